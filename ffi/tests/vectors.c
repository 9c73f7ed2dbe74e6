/* Runs the vectors, read from standard input in the form that export.py writes, through every way to verify. */

#include "check.h"
#include "fields.h"

#include <math.h>
#include <strings.h>

enum { MAX_SECRETS = 16, MAX_HEADERS = 64, MAX_FIELDS = 64 };

typedef struct {
  char id[256];
  overten_secret secrets[MAX_SECRETS];
  size_t secrets_len;
  overten_header headers[MAX_HEADERS];
  size_t headers_len;
  bytes body;
  int64_t now;
  overten_options options;
  char result[16], code[32], payload[32], kind[32], key[512], task_key[512];
  uint32_t http_status;
  size_t secret;
  int64_t timestamp, age;
  bool has_age;
  struct { char name[32]; bytes text; } fields[MAX_FIELDS];
  size_t fields_len;
} vector;

static unsigned ran;

/* All values of one header as a host that joins them hands them over; data NULL where there is none. */
static bytes joined(const vector *given, const char *name) {
  bytes out = {NULL, 0};
  for (size_t i = 0; i < given->headers_len; i++) {
    const overten_header *header = &given->headers[i];
    if (header->name_len != strlen(name) || strncasecmp(header->name, name, header->name_len) != 0) continue;
    size_t comma = out.data != NULL;
    out.data = realloc(out.data, out.len + comma + header->value_len + 1);
    REQUIRE(out.data != NULL);
    if (comma) out.data[out.len++] = ',';
    memcpy(out.data + out.len, header->value, header->value_len);
    out.len += header->value_len;
  }
  return out;
}

static uint32_t chunked(const vector *given, const overten_verifier *verifier, size_t chunk, overten_verdict *verdict,
                        overten_error *error) {
  overten_verification *verification = NULL;
  uint32_t status =
      overten_verification_new_headers(verifier, given->headers, given->headers_len, &verification, error);
  if (status != OVERTEN_OK) return status;
  for (size_t at = 0; at < given->body.len; at += chunk) {
    size_t len = given->body.len - at < chunk ? given->body.len - at : chunk;
    uint32_t updated = overten_verification_update(verification, given->body.data + at, len);
    CHECK(updated == OVERTEN_OK || updated == OVERTEN_BODY_TOO_LARGE);
  }
  status = overten_verification_finish(verification, given->now, verdict, error);
  overten_verification_free(verification);
  return status;
}

typedef overten_status (*text_accessor)(const overten_event *, overten_view *);

#define NAMED(name, read) {#name, read},
static const struct { const char *name; text_accessor read; } texts[] = {
    {"name", overten_event_name},
    {"run_id", overten_event_run_id},
    {"task_id", overten_event_task_id},
    {"error_code", overten_event_error_code},
    {"error_message", overten_event_error_message},
    TEXTS(NAMED)
};

/* What the vector says of a field, text or number; NULL where it is absent. */
static const bytes *expected_of(const vector *given, const char *name) {
  for (size_t i = 0; i < given->fields_len; i++)
    if (strcmp(given->fields[i].name, name) == 0) return &given->fields[i].text;
  return NULL;
}

static bool is_number(const bytes *expected, bool present, double number) {
  return present == (expected != NULL) && !(fabs(number - (present ? strtod(expected->data, NULL) : 0)) > 0);
}

static void check_fields(const vector *given, const overten_event *event) {
  size_t found = 0;
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    overten_view text = {"unwritten", 9};
    CHECK(texts[i].read(event, &text) == OVERTEN_OK);
    const bytes *expected = expected_of(given, texts[i].name);
    if (expected == NULL) {
      CHECK(text.data == NULL && text.len == 0);
      continue;
    }
    found++;
    CHECK(text.data != NULL && text.len == expected->len && memcmp(text.data, expected->data, text.len) == 0);
  }

  bool present = false;
  double number = -1;
  uint64_t whole_number = 1;
#define CHECK_NUMBER(name, read) \
  CHECK(read(event, &present, &number) == OVERTEN_OK); \
  CHECK(is_number(expected_of(given, #name), present, number)); \
  found += present;
#define CHECK_WHOLE_NUMBER(name, read) \
  CHECK(read(event, &present, &whole_number) == OVERTEN_OK); \
  CHECK(is_number(expected_of(given, #name), present, (double)whole_number)); \
  found += present;
  NUMBERS(CHECK_NUMBER)
  WHOLE_NUMBERS(CHECK_WHOLE_NUMBER)
  CHECK(found == given->fields_len);
}

static void check_event(const vector *given, const overten_event *event) {
  uint32_t kind = 0;
  CHECK(overten_event_kind(event, &kind) == OVERTEN_OK);
  const char *word = kind == OVERTEN_KIND_RUN_COMPLETED ? "run_completed"
                     : kind == OVERTEN_KIND_RUN_FAILED  ? "run_failed"
                     : kind == OVERTEN_KIND_OTHER       ? "other"
                                                        : "none";
  CHECK(strcmp(word, given->kind) == 0);
  check_fields(given, event);
  overten_key key;
  CHECK(overten_event_idempotency_key(event, OVERTEN_KEY_RUN, &key) == OVERTEN_OK && strcmp(key.text, given->key) == 0);
  CHECK(overten_event_idempotency_key(event, OVERTEN_KEY_TASK, &key) == OVERTEN_OK &&
        strcmp(key.text, given->task_key) == 0);
}

static void check_delivery(const vector *given, const overten_delivery *delivery) {
  int64_t number = 0;
  size_t index = 99;
  overten_view view = {NULL, 0};
  CHECK(overten_delivery_secret_index(delivery, &index) == OVERTEN_OK && index == given->secret);
  char label[16];
  snprintf(label, sizeof label, "secret-%zu", given->secret);
  CHECK(overten_delivery_secret_label(delivery, &view) == OVERTEN_OK && view_is(view, label));
  CHECK(overten_delivery_body(delivery, &view) == OVERTEN_OK && (view.data == given->body.data || view.len == 0) &&
        view.len == given->body.len);
  if (given->has_age) {
    CHECK(overten_delivery_timestamp(delivery, &number) == OVERTEN_OK && number == given->timestamp);
    CHECK(overten_delivery_age_seconds(delivery, &number) == OVERTEN_OK && number == given->age);
  }
  overten_event *event = NULL;
  overten_error error;
  uint32_t status = overten_delivery_event(delivery, &event, &error);
  if (given->payload[0] != '\0') {
    overten_key key;
    CHECK(strcmp(overten_status_code(status), given->payload) == 0 && event == NULL);
    CHECK(status == OVERTEN_OK || error.offset >= 0 || error.field[0] != '\0');
    CHECK(overten_delivery_body_key(delivery, &key) == OVERTEN_OK && strcmp(key.text, given->key) == 0);
  } else {
    CHECK(status == OVERTEN_OK);
    if (status == OVERTEN_OK) check_event(given, event);
  }
  overten_event_free(event);
}

/* A rejection says the right code by every way in, and its age only where the code is about freshness. */
static void check_rejection(const vector *given, uint32_t status, const overten_error *error) {
  CHECK(strcmp(overten_status_code(status), given->code) == 0);
  CHECK(overten_status_http_status(status) == given->http_status);
  CHECK(overten_status_retryable(status) == (given->http_status >= 500));
  CHECK(error->code == status && error->message[0] != '\0');
  CHECK(error->age_seconds == (given->has_age ? given->age : 0));
}

static void check_packed(const vector *given, const overten_verifier *verifier, bytes signature, bytes timestamp,
                         uint32_t expected) {
  static char packed[1 << 16];
  size_t len = 0;
  overten_error error;
  uint32_t keys = OVERTEN_KEY_RUN | OVERTEN_KEY_TASK;
  uint32_t status = overten_verify_packed(verifier, signature.data, signature.len, timestamp.data, timestamp.len,
                                          given->body.data, given->body.len, given->now, keys, packed, sizeof packed,
                                          &len, &error);
  CHECK(status == expected);
  if (status != OVERTEN_OK) return;
  if (len > sizeof packed) return; /* thousands of members; the record's own test is on the Rust side */
  uint32_t payload = 0, kept = 0;
  memcpy(&kept, packed, 4);
  memcpy(&payload, packed + 4, 4);
  CHECK(kept == len && payload == (given->payload[0] != '\0' ? OVERTEN_MALFORMED_PAYLOAD : OVERTEN_OK));
}

static void check_verdicts(const vector *given, const overten_verifier *verifier) {
  bool verified = strcmp(given->result, "verified") == 0;
  overten_delivery *delivery = NULL;
  overten_verdict verdict;
  overten_error error;
  memset(&error, 0, sizeof error);
  uint32_t status = overten_verify_headers(verifier, given->headers, given->headers_len, given->body.data,
                                           given->body.len, given->now, &delivery, &verdict, &error);
  CHECK((status == OVERTEN_OK) == verified && (delivery != NULL) == verified);
  if (status == OVERTEN_OK && verified) {
    CHECK(verdict.secret_index == given->secret);
    check_delivery(given, delivery);
  } else if (!verified) {
    check_rejection(given, status, &error);
  }
  overten_delivery_free(delivery);

  bytes signature = joined(given, OVERTEN_SIGNATURE_HEADER), timestamp = joined(given, OVERTEN_TIMESTAMP_HEADER);
  CHECK(overten_verify(verifier, signature.data, signature.len, timestamp.data, timestamp.len, given->body.data,
                       given->body.len, given->now, NULL, NULL, NULL) == status);
  check_packed(given, verifier, signature, timestamp, status);
  uint32_t headers = overten_headers_check(given->headers, given->headers_len, NULL);
  bool of_headers = status >= OVERTEN_MISSING_SIGNATURE && status <= OVERTEN_MALFORMED_TIMESTAMP;
  CHECK(headers == (of_headers ? status : OVERTEN_OK));
  CHECK(overten_headers_check_values(signature.data, signature.len, timestamp.data, timestamp.len, NULL) == headers);
  free(signature.data);
  free(timestamp.data);

  const size_t chunks[] = {1, 7, 64, 1000, SIZE_MAX};
  for (size_t i = given->body.len > 100000 ? 3 : 0; i < sizeof chunks / sizeof *chunks; i++) {
    size_t chunk = chunks[i] < given->body.len ? chunks[i] : given->body.len + 1;
    memset(&error, 0, sizeof error);
    CHECK(chunked(given, verifier, chunk, &verdict, &error) == status);
    if (status != OVERTEN_OK && !verified) check_rejection(given, status, &error);
  }
}

static void run(const vector *given) {
  ran++;
  checking = given->id;
  overten_verifier *verifier = NULL;
  overten_error error;
  uint32_t status =
      overten_verifier_new(given->secrets, given->secrets_len, &given->options, &verifier, &error);
  if (strcmp(given->result, "refused") == 0) {
    CHECK(strcmp(overten_status_code(status), given->code) == 0 && verifier == NULL);
    CHECK(overten_status_http_status(status) == given->http_status);
    CHECK(error.code == status && error.message[0] != '\0');
  } else {
    CHECK(status == OVERTEN_OK);
    if (status == OVERTEN_OK) check_verdicts(given, verifier);
  }
  overten_verifier_free(verifier);
}

static void clear(vector *given) {
  for (size_t i = 0; i < given->secrets_len; i++) free((char *)(uintptr_t)given->secrets[i].secret);
  for (size_t i = 0; i < given->headers_len; i++) {
    free((char *)(uintptr_t)given->headers[i].name);
    free((char *)(uintptr_t)given->headers[i].value);
  }
  for (size_t i = 0; i < given->fields_len; i++) free(given->fields[i].text.data);
  free(given->body.data);
  memset(given, 0, sizeof *given);
  given->options = (overten_options)OVERTEN_OPTIONS_DEFAULT;
}

static void copy(char *to, size_t room, const char *text) {
  REQUIRE(strlen(text) < room);
  strcpy(to, text);
}

static int64_t seconds_or_off(const char *text, uint32_t flag, overten_options *options) {
  if (strcmp(text, "off") != 0) return strtoll(text, NULL, 10);
  options->flags |= flag;
  return 0;
}

/* One line of a case: its first word, and the rest. */
static void take(vector *given, const char *word, char *rest) {
#define IS(name) (strcmp(word, name) == 0)
  if (IS("case")) copy(given->id, sizeof given->id, rest);
  else if (IS("secret")) {
    REQUIRE(given->secrets_len < MAX_SECRETS);
    bytes secret = unhexed(rest);
    given->secrets[given->secrets_len++] = (overten_secret){NULL, 0, secret.data, secret.len};
  } else if (IS("header")) {
    REQUIRE(given->headers_len < MAX_HEADERS);
    char *value = strchr(rest, ' ');
    REQUIRE(value != NULL);
    *value++ = '\0';
    bytes name = unhexed(rest), bytes_of_value = unhexed(value);
    given->headers[given->headers_len++] =
        (overten_header){name.data, name.len, bytes_of_value.data, bytes_of_value.len};
  } else if (IS("body")) given->body = unhexed(rest);
  else if (IS("spaces")) {
    size_t spaces = strtoull(rest, NULL, 10);
    given->body.data = realloc(given->body.data, given->body.len + spaces + 1);
    REQUIRE(given->body.data != NULL);
    memset(given->body.data + given->body.len, ' ', spaces);
    given->body.len += spaces;
  } else if (IS("now")) given->now = strtoll(rest, NULL, 10);
  else if (IS("limit")) given->options.max_body_bytes = strtoull(rest, NULL, 10);
  else if (IS("past")) given->options.past_seconds = seconds_or_off(rest, OVERTEN_PAST_UNCHECKED, &given->options);
  else if (IS("future")) given->options.future_seconds = seconds_or_off(rest, OVERTEN_FUTURE_UNCHECKED, &given->options);
  else if (IS("expect")) copy(given->result, sizeof given->result, rest);
  else if (IS("expect_code")) copy(given->code, sizeof given->code, rest);
  else if (IS("expect_status")) given->http_status = (uint32_t)strtoul(rest, NULL, 10);
  else if (IS("expect_payload")) copy(given->payload, sizeof given->payload, rest);
  else if (IS("expect_secret")) given->secret = strtoull(rest, NULL, 10);
  else if (IS("expect_timestamp")) given->timestamp = strtoll(rest, NULL, 10);
  else if (IS("expect_age")) given->age = strtoll(rest, NULL, 10), given->has_age = true;
  else if (IS("expect_key")) copy(given->key, sizeof given->key, rest);
  else if (IS("expect_task_key")) copy(given->task_key, sizeof given->task_key, rest);
  else if (IS("expect_kind")) copy(given->kind, sizeof given->kind, rest);
  else if (IS("field")) {
    REQUIRE(given->fields_len < MAX_FIELDS);
    char *text = strchr(rest, ' ');
    REQUIRE(text != NULL);
    *text++ = '\0';
    copy(given->fields[given->fields_len].name, sizeof given->fields[0].name, rest);
    given->fields[given->fields_len++].text = unhexed(text);
  } else {
    bool known_line = false;
    REQUIRE(known_line);
  }
}

int main(void) {
  static vector given;
  clear(&given);
  char *line = NULL;
  size_t room = 0;
  ssize_t len;
  while ((len = getline(&line, &room, stdin)) > 0) {
    line[len - 1] = '\0';
    char *rest = strchr(line, ' ');
    if (rest != NULL) *rest++ = '\0';
    if (strcmp(line, "end") == 0) {
      run(&given);
      clear(&given);
    } else {
      REQUIRE(rest != NULL);
      take(&given, line, rest);
    }
  }
  clear(&given);
  free(line);
  printf("ran %u\n", ran);
  return failed != 0;
}
