/* A small HTTP receiver of Overten's webhooks, on libmicrohttpd: does what the library asks for, step by step.
 *
 * receiver PORT SPOOL listens on 127.0.0.1 (put your proxy in front of it; 0 takes a free port) and appends what it takes in
 * to the file SPOOL, synced to disk before it answers: a line of outcome (accepted, or quarantined: authentic but unreadable),
 * key, timestamp, secret's label and body length; then the body and a newline. A consumer of yours reads from there. One
 * receiver at a time has a spool.
 *
 * Settings are environment variables, named as the Worker's: OVERTEN_WEBHOOK_SECRETS (one a line, each `label:secret` or
 * `secret`), WEBHOOK_PATH, TOLERANCE_PAST_SECONDS and TOLERANCE_FUTURE_SECONDS (or `off`), KEY_SCOPE (run or task),
 * MAX_BODY_BYTES, LEASE_SECONDS, RETENTION_SECONDS, MISMATCH_STATUS (401, or 503 until the first delivery has verified and while
 * secrets are being changed).
 *
 * The keys are kept in memory and a restart forgets them, so a delivery may be only 300 s old by default. LEDGER_KEYS of them
 * (65536, some 29 MB) are kept at most: then the oldest goes that is older than both sides of the tolerance together, which
 * no fresh delivery can have, so that 65536 deliveries in 600 s are the most that are taken in. With a side of the tolerance off
 * the oldest goes once its retention is over. */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <microhttpd.h>
#include <overten_webhook.h>
#include <poll.h>
#include <pthread.h>
#include <search.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* ---- settings */

static struct {
  overten_receiver *receiver;
  uint64_t retention_seconds, replay_seconds, ledger_keys;
  const char *spool_path;
  int spool;
} own;

static char problem[128]; /* what is wrong with a setting that cannot be read; empty where nothing is */

static void refuse(const char *name, const char *wanted) { snprintf(problem, sizeof problem, "set %s to %s", name, wanted); }

static uint64_t number_setting(const char *name, uint64_t otherwise) {
  const char *text = getenv(name);
  if (text == NULL) return otherwise;
  size_t digits = strspn(text, "0123456789");
  if (digits == 0 || digits > 18 || text[digits] != '\0') refuse(name, "a whole number");
  return strtoull(text, NULL, 10);
}

static int64_t tolerance_setting(const char *name, int64_t otherwise, uint32_t off, uint32_t *flags) {
  const char *text = getenv(name);
  if (text == NULL || strcmp(text, "off") != 0) return (int64_t)number_setting(name, (uint64_t)otherwise);
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

/* ---- the log */

/* Whether stderr took all of it without anyone waiting. A pipe with room has room for a page. */
static bool write_now(const char *text, size_t len) {
  for (size_t done = 0, most; done < len; done += most) {
    struct pollfd log = {.fd = STDERR_FILENO, .events = POLLOUT};
    most = len - done < PIPE_BUF ? len - done : PIPE_BUF;
    if (poll(&log, 1, 0) != 1 || write(STDERR_FILENO, text + done, most) != (ssize_t)most) return false;
  }
  return true;
}

/* Logs one line of the library's. A log that nobody reads must stop neither answers nor SIGTERM: lines are dropped, and counted. */
static void log_line(const char *line, size_t len) {
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  static unsigned long long dropped;
  char text[OVERTEN_LINE_BYTES + 80];
  pthread_mutex_lock(&lock);
  int before = dropped > 0 ? snprintf(text, sizeof text, "\n%llu log lines were dropped: the log was full\n", dropped) : 0;
  snprintf(text + before, sizeof text - (size_t)before, "%.*s\n", (int)len, line);
  dropped = write_now(text, (size_t)before + len + 1) ? 0 : dropped + 1;
  pthread_mutex_unlock(&lock);
}

static void configure(void) {
  overten_receiver_options options = OVERTEN_RECEIVER_OPTIONS_DEFAULT;
  const char *secrets = getenv("OVERTEN_WEBHOOK_SECRETS"), *path = getenv("WEBHOOK_PATH");
  if (path == NULL) path = "/webhooks/overten";
  options.past_seconds =
      tolerance_setting("TOLERANCE_PAST_SECONDS", options.past_seconds, OVERTEN_PAST_UNCHECKED, &options.flags);
  options.future_seconds =
      tolerance_setting("TOLERANCE_FUTURE_SECONDS", options.future_seconds, OVERTEN_FUTURE_UNCHECKED, &options.flags);
  options.max_body_bytes = number_setting("MAX_BODY_BYTES", options.max_body_bytes);
  options.lease_seconds = number_setting("LEASE_SECONDS", options.lease_seconds);
  options.retention_seconds = number_setting("RETENTION_SECONDS", options.retention_seconds);
  options.scope = second_setting("KEY_SCOPE", "run", "task", "run or task") ? OVERTEN_KEY_TASK : OVERTEN_KEY_RUN;
  options.mismatch_http_status = second_setting("MISMATCH_STATUS", "401", "503", "401 or 503") ? 503 : 401;
  own.retention_seconds = options.retention_seconds;
  own.replay_seconds = (uint64_t)options.past_seconds + (uint64_t)options.future_seconds;
  if (options.flags != 0 || own.replay_seconds > own.retention_seconds) own.replay_seconds = own.retention_seconds;
  own.ledger_keys = number_setting("LEDGER_KEYS", 1 << 16);
  if (own.ledger_keys == 0) refuse("LEDGER_KEYS", "1 or more");

  if (problem[0] != '\0')
    overten_receiver_new_misconfigured(problem, strlen(problem), NULL, 0, &own.receiver);
  else /* where a setting is of no use there is a receiver too: it says so, and has each delivery sent again */
    overten_receiver_new_from_lines(secrets, secrets != NULL ? strlen(secrets) : 0, path, strlen(path), &options, &own.receiver,
                                    NULL);
  overten_view line;
  uint32_t level;
  if (overten_receiver_start_line(own.receiver, &level, &line) == OVERTEN_OK) log_line(line.data, line.len);
}

/* ---- one request */

enum { LINE_ROOM = 600 }; /* a record's line: a key has 400 bytes at most, a label 64 */

typedef struct request {
  struct request *next, *previous; /* in the list of those that are being read; NULL outside of it */
  int fd;
  uint64_t connected_at_ms;
  char *target;
  overten_header *headers;
  size_t headers_len;
  char *body;
  size_t body_len, body_room, max_body_bytes;
  bool begun;
  overten_reception reception;
  overten_step step;
  overten_delivery *delivery;
  overten_event *event; /* NULL where it cannot be read */
  overten_key key;
  uint64_t holder;
  overten_view whys[3]; /* of the library's steps no more than three fail for one request */
  size_t whys_len;
  char words[3][128];
} request;

static uint64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Notes why a step fails: the log line will have it. */
static uint32_t failed(request *given, const char *what, const char *why) {
  char *words = given->words[given->whys_len];
  snprintf(words, sizeof given->words[0], "%s: %s", what, why);
  given->whys[given->whys_len++] = (overten_view){words, strlen(words)};
  return OVERTEN_OUTCOME_FAILED;
}

/* ---- the ledger: who has which key. What that means for a claim is the library's to judge. */

typedef struct kept {
  struct kept *next, *previous; /* from the oldest committed one to the newest */
  overten_key key;
  uint32_t kind; /* OVERTEN_LEDGER_... */
  int64_t since;
  uint64_t holder;
} kept;

static pthread_mutex_t ledger_lock = PTHREAD_MUTEX_INITIALIZER;
static kept committed = {.next = &committed, .previous = &committed};
static void *by_key;
static uint64_t keys;

static int compare(const void *one, const void *other) {
  return strcmp(((const kept *)one)->key.text, ((const kept *)other)->key.text);
}

static kept *find(const overten_key *key) {
  kept wanted = {.key = *key};
  kept **found = tfind(&wanted, &by_key, compare);
  return found != NULL ? *found : NULL;
}

static void forget(kept *at) {
  if (at->kind == OVERTEN_LEDGER_COMMITTED) remque(at);
  tdelete(at, &by_key, compare);
  free(at);
  keys--;
}

static kept *add(const overten_key *key, int64_t now) {
  kept *oldest = committed.next;
  if (keys >= own.ledger_keys && oldest != &committed && now > oldest->since &&
      (uint64_t)(now - oldest->since) > own.replay_seconds)
    forget(oldest);
  kept *made = keys < own.ledger_keys ? calloc(1, sizeof *made) : NULL;
  if (made == NULL) return NULL;
  made->key = *key;
  if (tsearch(made, &by_key, compare) == NULL) return free(made), NULL;
  keys++;
  return made;
}

static uint32_t claim(request *given) {
  static uint64_t holders;
  uint32_t outcome = OVERTEN_OUTCOME_FAILED;
  int64_t now = (int64_t)time(NULL);
  pthread_mutex_lock(&ledger_lock);
  kept *at = find(&given->key);
  if (at == NULL) at = add(&given->key, now);
  if (at == NULL)
    failed(given, "the ledger is full", "each of its keys may still come again: raise LEDGER_KEYS");
  else
    overten_claim_judge(at->kind, at->since, now, given->step.lease_seconds, own.retention_seconds, &outcome);
  if (outcome == OVERTEN_OUTCOME_NEW) {
    if (at->kind == OVERTEN_LEDGER_COMMITTED) remque(at);
    at->kind = OVERTEN_LEDGER_CLAIMED, at->since = now, at->holder = given->holder = ++holders;
  }
  pthread_mutex_unlock(&ledger_lock);
  return outcome;
}

/* Commits the claim or releases it, unless it is somebody else's by now. */
static uint32_t settle(request *given, bool commit) {
  pthread_mutex_lock(&ledger_lock);
  kept *at = find(&given->key);
  bool is_held = at != NULL && at->kind == OVERTEN_LEDGER_CLAIMED && at->holder == given->holder;
  if (is_held && commit) {
    at->kind = OVERTEN_LEDGER_COMMITTED, at->since = (int64_t)time(NULL);
    insque(at, committed.previous);
  } else if (is_held) {
    forget(at);
  }
  pthread_mutex_unlock(&ledger_lock);
  return is_held ? OVERTEN_OUTCOME_DONE : OVERTEN_OUTCOME_CLAIM_LOST;
}

/* ---- the spool */

static off_t torn_at = -1; /* where a record begins that could neither be written whole nor be taken back; else -1 */

/* Without errno the reason is that there is no room: a write that is cut short says nothing. */
static const char *reason(void) { return errno != 0 ? strerror(errno) : "no room for all of it"; }

/* Cuts off what is behind the last whole record: a consumer goes by lengths and would take what follows for its body. */
static bool cut(off_t whole) {
  errno = 0;
  bool done = ftruncate(own.spool, whole) == 0 && fdatasync(own.spool) == 0;
  torn_at = done ? -1 : whole;
  return done;
}

/* Whether a consumer finds under its name what is appended. */
static bool is_in_place(void) {
  struct stat here, named;
  return fstat(own.spool, &here) == 0 && stat(own.spool_path, &named) == 0 && here.st_dev == named.st_dev &&
         here.st_ino == named.st_ino;
}

/* Appends the parts, whole and durably, or not at all: then it says why. */
static const char *append_parts(const struct iovec *parts, int count, size_t len) {
  if (!is_in_place()) return "it was removed or replaced: start the receiver again";
  if (torn_at >= 0 && !cut(torn_at)) return reason();
  off_t before = lseek(own.spool, 0, SEEK_END);
  if (before < 0) return reason();
  errno = 0;
  if (writev(own.spool, parts, count) == (ssize_t)len && fdatasync(own.spool) == 0) return NULL;
  const char *why = reason();
  return cut(before) ? why : "what was written of the delivery cannot be taken back yet";
}

static uint32_t append(request *given, const char *what) {
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  overten_view label;
  int64_t timestamp;
  char line[LINE_ROOM];
  if (overten_delivery_secret_label(given->delivery, &label) != OVERTEN_OK ||
      overten_delivery_timestamp(given->delivery, &timestamp) != OVERTEN_OK)
    return failed(given, "the delivery", "it says nothing of itself");
  int len = snprintf(line, sizeof line, "%s %s %lld %.*s %zu\n", what, given->key.text, (long long)timestamp, (int)label.len,
                     label.data, given->body_len);
  struct iovec parts[] = {{line, (size_t)len}, {given->body, given->body_len}, {(char[]){'\n'}, 1}};
  pthread_mutex_lock(&lock);
  const char *why = append_parts(parts, 3, (size_t)len + given->body_len + 1);
  pthread_mutex_unlock(&lock);
  return why == NULL ? OVERTEN_OUTCOME_DONE : failed(given, "the spool", why);
}

/* Goes over one record: 1 where it is whole, 0 at the end of the file or where that tore it, -1 where it is no record. */
static int walk_record(FILE *records, off_t size) {
  char line[LINE_ROOM];
  unsigned long long len;
  int read = 0;
  if (fgets(line, sizeof line, records) == NULL) return 0;
  if (strchr(line, '\n') == NULL) return feof(records) ? 0 : -1;
  bool is_ours = strncmp(line, "accepted ", 9) == 0 || strncmp(line, "quarantined ", 12) == 0;
  if (!is_ours || sscanf(line, "%*s %*s %*s %*s %llu%n", &len, &read) != 1 || line[read] != '\n') return -1;
  if (len >= (unsigned long long)(size - ftello(records))) return 0;
  if (fseeko(records, (off_t)len, SEEK_CUR) != 0) return -1;
  if (fgetc(records) == '\n') return 1;
  return ftello(records) == size ? 0 : -1;
}

/* Cuts off a record that a crash tore. What is no spool is left as it is. */
static bool mend_spool(void) {
  FILE *records = fopen(own.spool_path, "re");
  struct stat now;
  if (records == NULL || fstat(own.spool, &now) != 0) return false;
  off_t whole = 0;
  int found;
  while ((found = walk_record(records, now.st_size)) == 1) whole = ftello(records);
  bool is_read = !ferror(records);
  fclose(records);
  errno = EBADMSG;
  if (found < 0 || !is_read)
    return fprintf(stderr, "receiver: no record begins at byte %lld: move the file away\n", (long long)whole), false;
  if (whole == now.st_size) return true;
  fprintf(stderr, "receiver: cut off a torn record of %lld bytes, never accepted\n", (long long)(now.st_size - whole));
  return cut(whole);
}

/* Makes the spool durable as a file, and keeps a second receiver from it. */
static bool open_spool(const char *path) {
  char copy[PATH_MAX];
  own.spool_path = path;
  own.spool = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (own.spool < 0) return false;
  if (flock(own.spool, LOCK_EX | LOCK_NB) != 0 || !mend_spool()) return false;
  snprintf(copy, sizeof copy, "%s", path); /* which `dirname` changes */
  int folder = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return false;
  bool is_synced = fsync(folder) == 0;
  close(folder);
  return is_synced;
}

/* ---- what the library asks for */

/* Takes each step, and says what came of it, until the answer is due. */
static void take_steps(request *given) {
  overten_status status = OVERTEN_OK;
  while (status == OVERTEN_OK) {
    uint32_t outcome;
    uint64_t asked_at_ms = now_ms();
    switch (given->step.kind) {
    case OVERTEN_STEP_CLAIM: outcome = claim(given); break;
    case OVERTEN_STEP_HAND_ON: outcome = append(given, "accepted"); break;
    case OVERTEN_STEP_SET_ASIDE: outcome = append(given, "quarantined"); break;
    case OVERTEN_STEP_COMMIT: outcome = settle(given, true); break;
    case OVERTEN_STEP_RELEASE: outcome = settle(given, false); break;
    default: return;
    }
    status = overten_reception_advance(&given->reception, outcome, asked_at_ms, now_ms(), &given->step, NULL);
  }
}

/* Logs the line, and gives the answer. */
static overten_ending end(request *given) {
  overten_ending ending = {.answer.http_status = 500};
  char line[OVERTEN_LINE_BYTES];
  size_t len;
  if (overten_reception_end(own.receiver, &given->reception, given->event, given->whys, given->whys_len, now_ms(), &ending, line,
                            sizeof line, &len) == OVERTEN_OK)
    log_line(line, len);
  return ending;
}

/* ---- libmicrohttpd */

enum {
  WHOLE_MS = 10000, /* how long a head may take, and a stop; by when all of it must be answered, the library says */
  HEAD_BYTES = 256 * 1024 /* of libmicrohttpd's memory for a connection; what does not fit is its own 431 */
};

static pthread_mutex_t reading_lock = PTHREAD_MUTEX_INITIALIZER;
static request reading = {.next = &reading, .previous = &reading};
static bool is_stopping;        /* under the lock, as a request's target is until it has begun */
static atomic_uint connections; /* those that are not closed yet */

/* Whoever gets true has the request to itself: its thread once the body is there, or the watch over those that are slow. */
static bool stop_reading(request *given) {
  pthread_mutex_lock(&reading_lock);
  bool was_read = given->next != NULL;
  if (was_read) remque(given);
  given->next = given->previous = NULL;
  pthread_mutex_unlock(&reading_lock);
  return was_read;
}

static enum MHD_Result answer(struct MHD_Connection *connection, request *given) {
  overten_answer reply = end(given).answer;
  char seconds[16];
  struct MHD_Response *response = MHD_create_response_from_buffer(strlen(reply.body), reply.body, MHD_RESPMEM_MUST_COPY);
  if (response == NULL) return MHD_NO;
  snprintf(seconds, sizeof seconds, "%u", reply.retry_after_seconds);
  MHD_add_response_header(response, "Content-Type", "application/json");
  MHD_add_response_header(response, "Connection", "close"); /* each has its own deadline */
  if (reply.allow[0] != '\0') MHD_add_response_header(response, "Allow", reply.allow);
  if (reply.retry_after_seconds != 0) MHD_add_response_header(response, "Retry-After", seconds);
  enum MHD_Result queued = MHD_queue_response(connection, reply.http_status, response);
  MHD_destroy_response(response);
  return queued;
}

/* libmicrohttpd takes no answer while a body arrives, so that of a body too long or too slow goes to the socket itself. */
static void answer_unread(request *given) {
  overten_answer reply = end(given).answer;
  char retry_after[40] = "";
  if (reply.retry_after_seconds != 0) snprintf(retry_after, sizeof retry_after, "Retry-After: %u\r\n", reply.retry_after_seconds);
  dprintf(given->fd,
          "HTTP/1.1 %u Not Read\r\nConnection: close\r\nContent-Type: application/json\r\n%sContent-Length: %zu\r\n\r\n%s",
          reply.http_status, retry_after, strlen(reply.body), reply.body);
  shutdown(given->fd, SHUT_WR);
}

static void give_up(request *given, uint64_t now) {
  char line[OVERTEN_LINE_BYTES];
  overten_ending nothing;
  size_t len;
  remque(given);
  given->next = given->previous = NULL;
  if (given->begun && overten_reception_late(own.receiver, &given->reception, NULL, NULL, 0, now, &nothing, line, sizeof line, &len,
                                             &given->step) == OVERTEN_OK)
    answer_unread(given);
  shutdown(given->fd, SHUT_RD);
}

/* Sees to it that nobody keeps a connection by sending slowly. */
static void *watch(void *cls) {
  (void)cls;
  for (;;) {
    uint64_t now = now_ms();
    pthread_mutex_lock(&reading_lock);
    for (request *at = reading.next, *next; at != &reading; at = next) {
      next = at->next;
      bool is_idle = is_stopping && at->target == NULL;
      if (is_idle || now >= (at->begun ? at->step.answer_by_ms : at->connected_at_ms + WHOLE_MS)) give_up(at, now);
    }
    pthread_mutex_unlock(&reading_lock);
    nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
  }
  return NULL;
}

static void on_connection(void *cls, struct MHD_Connection *connection, void **context, enum MHD_ConnectionNotificationCode what) {
  request *given = *context;
  (void)cls;
  if (what == MHD_CONNECTION_NOTIFY_STARTED) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    *context = given = calloc(1, sizeof *given);
    if (given == NULL) return;
    given->fd = info->connect_fd, given->connected_at_ms = now_ms();
    connections++;
    pthread_mutex_lock(&reading_lock);
    insque(given, &reading);
    pthread_mutex_unlock(&reading_lock);
  } else if (given != NULL) {
    stop_reading(given);
    overten_event_free(given->event);
    overten_delivery_free(given->delivery);
    free(given->body);
    free(given->headers);
    free(given->target);
    free(given);
    connections--;
  }
}

/* The target as sent, escapes and query included: the first that is known of a request. */
static void *on_target(void *cls, const char *target, struct MHD_Connection *connection) {
  (void)cls;
  request *given = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
  if (given == NULL) return NULL;
  pthread_mutex_lock(&reading_lock);
  given->target = strdup(target);
  pthread_mutex_unlock(&reading_lock);
  return given;
}

static enum MHD_Result add_header(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_len, const char *value,
                                  size_t value_len) {
  request *given = cls;
  (void)kind;
  given->headers[given->headers_len++] = (overten_header){name, name_len, value, value_len};
  return MHD_YES;
}

/* Whether a header goes on behind a NUL, where libmicrohttpd up to 0.9.75 ends it: then the next line, or the end of the head, is
 * further off than it should be. (So it is before a folded header, whose name comes out garbled.) */
static bool hides_bytes(const request *given, size_t at, const char *head_end) {
  const char *line_end = given->headers[at].value + given->headers[at].value_len + sizeof "\r\n" - 1;
  bool is_last = at + 1 == given->headers_len;
  return MHD_VERSION < 0x00097600 && line_end != (is_last ? head_end - (sizeof "\r\n" - 1) : given->headers[at + 1].name);
}

static enum MHD_Result begin(request *given, struct MHD_Connection *connection, const char *method) {
  int count = MHD_get_connection_values_n(connection, MHD_HEADER_KIND, NULL, NULL);
  given->headers = calloc((size_t)count + 1, sizeof *given->headers);
  if (given->target == NULL || given->headers == NULL) return MHD_NO;
  MHD_get_connection_values_n(connection, MHD_HEADER_KIND, add_header, given);
  const char *head_end = method + MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE)->header_size;
  for (size_t i = 0; i < given->headers_len; i++)
    if (hides_bytes(given, i, head_end)) given->headers[i].value_len++; /* with the NUL, so that it is not taken */
  pthread_mutex_lock(&reading_lock);
  overten_status status =
      overten_reception_begin(own.receiver, method, strlen(method), given->target, strlen(given->target), given->headers,
                              given->headers_len, given->connected_at_ms, &given->reception, &given->step);
  given->begun = status == OVERTEN_OK;
  given->max_body_bytes = given->step.max_body_bytes;
  pthread_mutex_unlock(&reading_lock);
  if (status != OVERTEN_OK) return MHD_NO;
  if (given->step.kind == OVERTEN_STEP_READ_BODY) return MHD_YES;
  return stop_reading(given) ? answer(connection, given) : MHD_NO;
}

static bool add_chunk(request *given, const char *chunk, size_t len) {
  size_t most = given->max_body_bytes + 1 - given->body_len; /* one more than is of interest shows that it is too long */
  if (len > most) len = most;
  if (len > given->body_room - given->body_len) {
    size_t room = (given->body_len + len) * 2;
    char *grown = realloc(given->body, room);
    if (grown == NULL) return false; /* the connection is closed, and Overten sends it again */
    given->body = grown, given->body_room = room;
  }
  memcpy(given->body + given->body_len, chunk, len);
  given->body_len += len;
  return true;
}

static bool whole(request *given) {
  return stop_reading(given) &&
         overten_reception_body(own.receiver, &given->reception, given->body, given->body_len, (int64_t)time(NULL), &given->delivery,
                                &given->event, &given->key, &given->step, NULL) == OVERTEN_OK;
}

/* Called with the head, then with each chunk of the body, then once more at the end. */
static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *chunk, size_t *chunk_len, void **state) {
  request *given = *state;
  size_t len = *chunk_len;
  (void)cls, (void)url, (void)version;
  *chunk_len = 0;
  if (given == NULL) return MHD_NO;
  if (!given->begun) return begin(given, connection, method);
  if (len != 0 && !add_chunk(given, chunk, len)) return MHD_NO;
  if (len != 0 && given->body_len <= given->max_body_bytes) return MHD_YES;
  if (!whole(given)) return MHD_NO;
  take_steps(given);
  if (len == 0) return answer(connection, given);
  answer_unread(given); /* and the connection is closed: nothing more of it is read */
  return MHD_NO;
}

/* Logs what broke off, which nobody can be answered any more. */
static void on_end(void *cls, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode why) {
  request *given = *state;
  (void)cls, (void)connection;
  if (given == NULL || why == MHD_REQUEST_TERMINATED_COMPLETED_OK || !given->begun || !stop_reading(given)) return;
  failed(given, "the connection", "it ended before the body did");
  if (overten_reception_broken_off(&given->reception, &given->step, NULL) == OVERTEN_OK) end(given);
}

static struct MHD_Daemon *listen_on(uint16_t port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
  return MHD_start_daemon(MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_ITC, 0, NULL, NULL, on_request,
                          NULL, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address, MHD_OPTION_URI_LOG_CALLBACK, on_target, NULL,
                          MHD_OPTION_NOTIFY_CONNECTION, on_connection, NULL, MHD_OPTION_NOTIFY_COMPLETED, on_end, NULL,
                          MHD_OPTION_CONNECTION_LIMIT, 256u, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEAD_BYTES,
                          MHD_OPTION_CONNECTION_TIMEOUT, 15u, MHD_OPTION_END);
}

/* Takes no more connections and has what is at work answered: each has its deadline by then. Whether all were. */
static bool stop_listening(struct MHD_Daemon *daemon) {
  uint64_t by_ms = now_ms() + WHOLE_MS + 500; /* the watch looks ten times a second */
  int listening = MHD_quiesce_daemon(daemon);
  if (listening >= 0) close(listening);
  pthread_mutex_lock(&reading_lock);
  is_stopping = true;
  pthread_mutex_unlock(&reading_lock);
  while (connections > 0 && now_ms() < by_ms) nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
  return connections == 0;
}

int main(int argc, char **argv) {
  int port = argc == 3 && strlen(argv[1]) <= 5 && strspn(argv[1], "0123456789") == strlen(argv[1]) ? atoi(argv[1]) : -1;
  if (port < 0 || port > 65535) return fputs("usage: receiver PORT SPOOL\n", stderr), EXIT_FAILURE;
  if (!open_spool(argv[2])) return perror("receiver: the spool, which no other receiver may have open"), EXIT_FAILURE;
  setvbuf(stderr, NULL, _IOLBF, BUFSIZ);
  configure();

  sigset_t stop;
  int received;
  pthread_t watcher;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigaddset(&stop, SIGINT);
  pthread_sigmask(SIG_BLOCK, &stop, NULL);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN); /* a spool at its limit is a failure to append, not an end */
  struct MHD_Daemon *daemon = listen_on((uint16_t)port);
  if (daemon == NULL || pthread_create(&watcher, NULL, watch, NULL) != 0)
    return fputs("receiver: cannot listen there\n", stderr), EXIT_FAILURE;
  printf("listening on 127.0.0.1:%u\n", MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
  fflush(stdout);
  sigwait(&stop, &received);
  if (!stop_listening(daemon)) _exit(EXIT_FAILURE); /* a disk that hangs: nothing ends the threads that wait for it */
  MHD_stop_daemon(daemon);
  overten_receiver_free(own.receiver);
  return EXIT_SUCCESS;
}
