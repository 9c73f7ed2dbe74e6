/* A small HTTP receiver of Overten's webhooks, on libmicrohttpd: verifies, takes in exactly once, answers.
 *
 * receiver PORT SPOOL listens on 127.0.0.1 (put your proxy in front of it; 0 takes a free port) and appends what it takes in
 * to the file SPOOL, synced to disk before it answers: a line of outcome (accepted, or quarantined: authentic but unreadable),
 * key, timestamp, secret's label and body length; then the body and a newline. A consumer of yours reads from there.
 *
 * Settings are environment variables, named as the Worker's: OVERTEN_WEBHOOK_SECRETS (one a line, each `label:secret` or
 * `secret`), WEBHOOK_PATH, TOLERANCE_PAST_SECONDS and TOLERANCE_FUTURE_SECONDS (or `off`), KEY_SCOPE (run or task),
 * MAX_BODY_BYTES, RETENTION_SECONDS, MISMATCH_STATUS (401, or 503 until the first delivery has verified and while secrets are
 * being changed). The keys are kept in memory and a restart forgets them, so a delivery may be only 300 s old by default. */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <overten_webhook.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* ---- settings */

static struct {
  overten_verifier *verifier;
  overten_defaults defaults;
  uint64_t max_body_bytes;
  uint32_t scope, mismatch;
  const char *path;
  overten_error trouble; /* why it is misconfigured; its code is OVERTEN_OK when it is not */
  int spool;
} receiver;

static void refuse(const char *name, const char *wanted) {
  receiver.trouble.code = OVERTEN_MISCONFIGURED;
  snprintf(receiver.trouble.message, sizeof receiver.trouble.message, "set %s to %s", name, wanted);
}

static uint64_t number_setting(const char *name, uint64_t otherwise) {
  const char *text = getenv(name);
  if (text == NULL) return otherwise;
  size_t digits = strspn(text, "0123456789");
  if (digits == 0 || digits > 18 || text[digits] != '\0') refuse(name, "a whole number");
  return strtoull(text, NULL, 10);
}

static int64_t tolerance_setting(const char *name, uint64_t otherwise, uint32_t off, uint32_t *flags) {
  const char *text = getenv(name);
  if (text == NULL || strcmp(text, "off") != 0) return (int64_t)number_setting(name, otherwise);
  *flags |= off;
  return 0;
}

/* Whether it is the second word rather than the first, which is the default. */
static bool second_setting(const char *name, const char *first, const char *second, const char *wanted) {
  const char *text = getenv(name);
  if (text == NULL || strcmp(text, first) == 0) return false;
  if (strcmp(text, second) != 0) refuse(name, wanted);
  return true;
}

static void configure(void) {
  overten_options options = OVERTEN_OPTIONS_DEFAULT;
  overten_defaults *defaults = &receiver.defaults;
  const char *secrets = getenv("OVERTEN_WEBHOOK_SECRETS"), *path = getenv("WEBHOOK_PATH");
  overten_receiver_defaults(false, defaults);
  options.past_seconds =
      tolerance_setting("TOLERANCE_PAST_SECONDS", defaults->past_seconds, OVERTEN_PAST_UNCHECKED, &options.flags);
  options.future_seconds =
      tolerance_setting("TOLERANCE_FUTURE_SECONDS", defaults->future_seconds, OVERTEN_FUTURE_UNCHECKED, &options.flags);
  options.max_body_bytes = receiver.max_body_bytes = number_setting("MAX_BODY_BYTES", defaults->max_body_bytes);
  defaults->retention_seconds = number_setting("RETENTION_SECONDS", defaults->retention_seconds);
  receiver.scope = second_setting("KEY_SCOPE", "run", "task", "run or task") ? OVERTEN_KEY_TASK : OVERTEN_KEY_RUN;
  receiver.mismatch = second_setting("MISMATCH_STATUS", "401", "503", "401 or 503") ? 503 : 401;
  receiver.path = path != NULL ? path : "/webhooks/overten";
  if (*receiver.path != '/') refuse("WEBHOOK_PATH", "a path that begins with a slash");
  if (receiver.trouble.code == OVERTEN_OK &&
      overten_verifier_new_from_lines(secrets, secrets != NULL ? strlen(secrets) : 0, &options, &receiver.verifier,
                                      &receiver.trouble) == OVERTEN_OK)
    (void)overten_retention_check(receiver.verifier, defaults->retention_seconds, &receiver.trouble);
}

/* ---- the ledger: who has which key. What that means for a claim is the library's to judge. */

typedef struct {
  overten_key key; /* stays when its claim is over, so that no search ends early at its slot */
  uint32_t kind;   /* OVERTEN_LEDGER_... */
  int64_t since;
  uint64_t holder;
} slot;

enum { SLOTS = 1 << 16 };
static slot ledger[SLOTS];
static pthread_mutex_t ledger_lock = PTHREAD_MUTEX_INITIALIZER;

static overten_status judge(const slot *known, int64_t now) {
  return overten_claim_judge(known->kind, known->since, now, receiver.defaults.lease_seconds,
                             receiver.defaults.retention_seconds);
}

/* The key's slot, else the first one that is free by now; NULL: every slot is taken. */
static slot *find(const overten_key *key, int64_t now) {
  size_t hash = 5381;
  slot *vacant = NULL;
  for (const char *at = key->text; *at != '\0'; at++) hash = hash * 33 + (unsigned char)*at;
  for (size_t i = 0; i < SLOTS; i++) {
    slot *at = &ledger[(hash + i) % SLOTS];
    if (strcmp(at->key.text, key->text) == 0) return at;
    if (vacant == NULL && judge(at, now) == OVERTEN_OK) vacant = at;
    if (at->key.text[0] == '\0') break;
  }
  return vacant;
}

/* OVERTEN_OK: the key is the holder's. A full ledger is unavailable: forgetting a key could let a replay in. */
static overten_status claim(const overten_key *key, int64_t now, uint64_t *holder) {
  static uint64_t holders;
  pthread_mutex_lock(&ledger_lock);
  slot *at = find(key, now);
  overten_status status = at == NULL ? OVERTEN_UNAVAILABLE : judge(at, now);
  if (status == OVERTEN_OK) *at = (slot){*key, OVERTEN_LEDGER_CLAIMED, now, *holder = ++holders};
  pthread_mutex_unlock(&ledger_lock);
  return status;
}

/* Commits a claim or releases it, unless it lapsed and is somebody else's by now. */
static void settle(const overten_key *key, int64_t now, uint64_t holder, bool commit) {
  pthread_mutex_lock(&ledger_lock);
  slot *at = find(key, now);
  if (at != NULL && at->holder == holder) at->kind = commit ? OVERTEN_LEDGER_COMMITTED : OVERTEN_LEDGER_NOTHING;
  pthread_mutex_unlock(&ledger_lock);
}

/* ---- one request */

typedef struct {
  char *target;
  struct timespec start;
  overten_header *headers;
  size_t headers_len;
  char *body;
  size_t body_len, body_room;
  bool begun;
  /* as far as it came */
  overten_delivery *delivery;
  overten_event *event;
  overten_error error;
} request;

/* Appends a delivery to the spool, whole and durably, or not at all. */
static bool hand_on(const char *outcome, const overten_key *key, const request *given) {
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  overten_view label;
  int64_t timestamp;
  char line[600];
  if (overten_delivery_secret_label(given->delivery, &label) != OVERTEN_OK ||
      overten_delivery_timestamp(given->delivery, &timestamp) != OVERTEN_OK)
    return false;
  int len = snprintf(line, sizeof line, "%s %s %lld %.*s %zu\n", outcome, key->text, (long long)timestamp, (int)label.len,
                     label.data, given->body_len);
  struct iovec parts[] = {{line, (size_t)len}, {given->body, given->body_len}, {(char[]){'\n'}, 1}};
  pthread_mutex_lock(&lock);
  off_t before = lseek(receiver.spool, 0, SEEK_END);
  bool done = writev(receiver.spool, parts, 3) == (ssize_t)((size_t)len + given->body_len + 1) &&
              fdatasync(receiver.spool) == 0;
  /* Where not even that works, the record's length shows that it is not whole. */
  if (!done && ftruncate(receiver.spool, before) != 0) perror("spool");
  pthread_mutex_unlock(&lock);
  return done;
}

/* Exactly once: claim the key, hand on, commit; or release, so that the retry is taken in. */
static overten_status take_in(overten_status outcome, const overten_key *key, const request *given, int64_t now) {
  uint64_t holder;
  overten_status status = claim(key, now, &holder);
  if (status != OVERTEN_OK) return status;
  bool done = hand_on(overten_status_code(outcome), key, given);
  settle(key, now, holder, done);
  return done ? outcome : OVERTEN_UNAVAILABLE;
}

/* The whole body is there. */
static overten_status receive(request *given) {
  overten_key key;
  int64_t now = (int64_t)time(NULL);
  overten_status status = overten_verify_headers(receiver.verifier, given->headers, given->headers_len, given->body,
                                                 given->body_len, now, &given->delivery, NULL, &given->error);
  if (status != OVERTEN_OK) return status;
  status = overten_delivery_event(given->delivery, &given->event, &given->error);
  if (status == OVERTEN_MALFORMED_PAYLOAD) {
    status = overten_delivery_body_key(given->delivery, &key);
    return status == OVERTEN_OK ? take_in(OVERTEN_QUARANTINED, &key, given, now) : status;
  }
  if (status == OVERTEN_OK) status = overten_event_idempotency_key(given->event, receiver.scope, &key);
  return status == OVERTEN_OK ? take_in(OVERTEN_ACCEPTED, &key, given, now) : status;
}

static overten_status too_large(request *given) {
  given->error = (overten_error){.code = OVERTEN_BODY_TOO_LARGE, .message = "the body is longer than MAX_BODY_BYTES says"};
  return OVERTEN_BODY_TOO_LARGE;
}

/* What can be said before any of the body is read: path, method, configuration, headers, announced length. */
static overten_status judge_head(request *given, const char *method, const char *length) {
  overten_status status = overten_request_check(receiver.path, strlen(receiver.path), method, strlen(method), given->target,
                                                strlen(given->target));
  if (status != OVERTEN_OK) return status;
  given->error = receiver.trouble;
  if (given->error.code != OVERTEN_OK) return OVERTEN_MISCONFIGURED;
  status = overten_headers_check(given->headers, given->headers_len, &given->error);
  if (status == OVERTEN_OK && length != NULL && strtoull(length, NULL, 10) > receiver.max_body_bytes) return too_large(given);
  return status;
}

/* ---- its log line */

static void log_text(const char *name, const char *text, size_t len) {
  fprintf(stderr, ",\"%s\":\"", name);
  for (size_t i = 0; i < len; i++) {
    unsigned char byte = (unsigned char)text[i];
    if (byte < 0x20 || byte == 0x7f) fprintf(stderr, "\\u%04x", byte);
    else if (byte == '"' || byte == '\\') fprintf(stderr, "\\%c", byte);
    else putc(byte, stderr);
  }
  putc('"', stderr);
}

static void log_line(const request *given, overten_status status) {
  struct timespec end;
  overten_view view;
  int64_t age = given->error.age_seconds;
  clock_gettime(CLOCK_MONOTONIC, &end);
  double elapsed = (double)(end.tv_sec - given->start.tv_sec) * 1e3 + (double)(end.tv_nsec - given->start.tv_nsec) / 1e6;
  flockfile(stderr);
  fprintf(stderr, "{\"code\":\"%s\"", overten_status_code(status));
  if (given->event != NULL) {
    if (overten_event_name(given->event, &view) == OVERTEN_OK) log_text("event", view.data, view.len);
    if (overten_event_run_id(given->event, &view) == OVERTEN_OK) log_text("run_id", view.data, view.len);
    if (overten_event_task_id(given->event, &view) == OVERTEN_OK && view.data != NULL) log_text("task_id", view.data, view.len);
  }
  if (overten_delivery_secret_label(given->delivery, &view) == OVERTEN_OK) log_text("secret", view.data, view.len);
  if (overten_delivery_age_seconds(given->delivery, &age) == OVERTEN_OK || status == OVERTEN_TIMESTAMP_TOO_OLD ||
      status == OVERTEN_TIMESTAMP_IN_FUTURE)
    fprintf(stderr, ",\"age_seconds\":%lld", (long long)age);
  fprintf(stderr, ",\"body_bytes\":%zu,\"elapsed_ms\":%.3f", given->body_len, elapsed);
  if (given->error.code != OVERTEN_OK && given->error.code != status)
    fprintf(stderr, ",\"reason\":\"%s\"", overten_status_code(given->error.code));
  if (given->error.code != OVERTEN_OK) log_text("detail", given->error.message, strlen(given->error.message));
  fputs("}\n", stderr);
  funlockfile(stderr);
}

/* ---- libmicrohttpd */

static enum MHD_Result answer(struct MHD_Connection *connection, const request *given, overten_status status) {
  overten_answer reply;
  char seconds[16];
  log_line(given, status);
  if (overten_answer_to(status, receiver.mismatch, &reply) != OVERTEN_OK) return MHD_NO;
  struct MHD_Response *response = MHD_create_response_from_buffer(strlen(reply.body), reply.body, MHD_RESPMEM_MUST_COPY);
  if (response == NULL) return MHD_NO;
  snprintf(seconds, sizeof seconds, "%u", reply.retry_after_seconds);
  MHD_add_response_header(response, "Content-Type", "application/json");
  if (reply.allow[0] != '\0') MHD_add_response_header(response, "Allow", reply.allow);
  if (reply.retry_after_seconds != 0) MHD_add_response_header(response, "Retry-After", seconds);
  enum MHD_Result queued = MHD_queue_response(connection, reply.http_status, response);
  MHD_destroy_response(response);
  return queued;
}

/* libmicrohttpd takes no answer while a body arrives, so a body of unannounced length that passes the limit is answered on
 * the socket itself, and the connection closed: nothing more of it is read. */
static enum MHD_Result cut_off(struct MHD_Connection *connection, request *given) {
  overten_answer reply;
  overten_status status = too_large(given);
  log_line(given, status);
  const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  if (info == NULL || overten_answer_to(status, receiver.mismatch, &reply) != OVERTEN_OK) return MHD_NO;
  dprintf(info->connect_fd,
          "HTTP/1.1 %u Content Too Large\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
          reply.http_status, strlen(reply.body), reply.body);
  shutdown(info->connect_fd, SHUT_WR);
  return MHD_NO;
}

static enum MHD_Result add_header(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_len, const char *value,
                                  size_t value_len) {
  request *given = cls;
  (void)kind;
  given->headers[given->headers_len++] = (overten_header){name, name_len, value, value_len};
  return MHD_YES;
}

static enum MHD_Result add_chunk(request *given, const char *chunk, size_t len) {
  if (len > given->body_room - given->body_len) {
    size_t room = (given->body_len + len) * 2;
    char *grown = realloc(given->body, room);
    if (grown == NULL) return MHD_NO; /* the connection is closed, and Overten sends it again */
    given->body = grown, given->body_room = room;
  }
  memcpy(given->body + given->body_len, chunk, len);
  given->body_len += len;
  return MHD_YES;
}

/* Called with the head, then with each chunk of the body, then once more at the end. */
static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *chunk, size_t *chunk_len, void **state) {
  request *given = *state;
  size_t len = *chunk_len;
  (void)cls, (void)url, (void)version;
  *chunk_len = 0;
  if (given == NULL) return MHD_NO;
  if (!given->begun) {
    int count = MHD_get_connection_values_n(connection, MHD_HEADER_KIND, NULL, NULL);
    given->begun = true;
    given->headers = calloc((size_t)count + 1, sizeof *given->headers);
    if (given->headers == NULL) return MHD_NO;
    MHD_get_connection_values_n(connection, MHD_HEADER_KIND, add_header, given);
    const char *length = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Length");
    overten_status status = judge_head(given, method, length);
    return status == OVERTEN_OK ? MHD_YES : answer(connection, given, status);
  }
  if (len == 0) return answer(connection, given, receive(given));
  return len > receiver.max_body_bytes - given->body_len ? cut_off(connection, given) : add_chunk(given, chunk, len);
}

/* The target as sent, escapes and query included: the first that is known of a request. */
static void *on_target(void *cls, const char *target, struct MHD_Connection *connection) {
  (void)cls, (void)connection;
  request *given = calloc(1, sizeof *given);
  if (given == NULL) return NULL;
  clock_gettime(CLOCK_MONOTONIC, &given->start);
  given->target = strdup(target);
  if (given->target != NULL) return given;
  free(given);
  return NULL;
}

static void on_end(void *cls, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode why) {
  request *given = *state;
  (void)cls, (void)connection, (void)why;
  if (given == NULL) return;
  overten_event_free(given->event);
  overten_delivery_free(given->delivery);
  free(given->body);
  free(given->headers);
  free(given->target);
  free(given);
  *state = NULL;
}

int main(int argc, char **argv) {
  int port = argc == 3 && strlen(argv[1]) <= 5 && strspn(argv[1], "0123456789") == strlen(argv[1]) ? atoi(argv[1]) : -1;
  if (port < 0 || port > 65535) return fputs("usage: receiver PORT SPOOL\n", stderr), EXIT_FAILURE;
  receiver.spool = open(argv[2], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (receiver.spool < 0) return perror(argv[2]), EXIT_FAILURE;
  setvbuf(stderr, NULL, _IOLBF, BUFSIZ);
  configure();
  if (receiver.trouble.code != OVERTEN_OK)
    fprintf(stderr, "%s: %s\n", overten_status_code(receiver.trouble.code), receiver.trouble.message);

  sigset_t end;
  int received;
  sigemptyset(&end);
  sigaddset(&end, SIGTERM);
  sigaddset(&end, SIGINT);
  pthread_sigmask(SIG_BLOCK, &end, NULL);
  signal(SIGPIPE, SIG_IGN);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
  struct MHD_Daemon *daemon =
      MHD_start_daemon(MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, on_request, NULL,
                       MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address, MHD_OPTION_URI_LOG_CALLBACK, on_target, NULL,
                       MHD_OPTION_NOTIFY_COMPLETED, on_end, NULL, MHD_OPTION_CONNECTION_TIMEOUT, 15u,
                       MHD_OPTION_CONNECTION_LIMIT, 256u, MHD_OPTION_END);
  if (daemon == NULL) return fputs("receiver: cannot listen there\n", stderr), EXIT_FAILURE;
  printf("listening on 127.0.0.1:%u\n", MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
  fflush(stdout);
  sigwait(&end, &received);
  MHD_stop_daemon(daemon);
  overten_verifier_free(receiver.verifier);
  return EXIT_SUCCESS;
}
