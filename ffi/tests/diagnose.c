/* Runs the diagnoses, read from standard input in the form that export.py writes, and prints the JSON of each report on a line. */

#include "check.h"

enum { MAX_SECRETS = 9, MAX_HEADERS = 16, MAX_BYTES = 4 * (MAX_SECRETS + MAX_HEADERS) };

typedef struct {
  overten_secret secrets[MAX_SECRETS], others[MAX_SECRETS];
  size_t secrets_len, others_len;
  overten_header headers[MAX_HEADERS];
  size_t headers_len;
  bytes body;
  int64_t now;
  overten_options options;
  char *kept[MAX_BYTES]; /* what is to be freed */
  size_t kept_len;
} capture;

static bytes next(capture *given) {
  const char *hex = strtok(NULL, " ");
  REQUIRE(hex != NULL && given->kept_len < MAX_BYTES);
  bytes read = unhexed(hex);
  given->kept[given->kept_len++] = read.data;
  return read;
}

static overten_secret secret(capture *given) {
  bytes label = next(given), value = next(given);
  return (overten_secret){label.len > 0 ? label.data : NULL, label.len, value.data, value.len};
}

static void diagnose(capture *given) {
  overten_report *report = NULL;
  overten_view json, text;
  CHECK(overten_diagnose(given->headers, given->headers_len, given->body.data, given->body.len, given->now, given->secrets,
                         given->secrets_len, given->others, given->others_len, &given->options, &report, NULL) == OVERTEN_OK);
  while (given->kept_len > 0) free(given->kept[--given->kept_len]); /* the report needs none of it */
  REQUIRE(overten_report_json(report, &json) == OVERTEN_OK && overten_report_text(report, &text) == OVERTEN_OK);
  CHECK(text.len > 0 && text.data[text.len - 1] == '\n' && memchr(json.data, '\n', json.len) == NULL);
  printf("%.*s\n", (int)json.len, json.data);
  overten_report_free(report);
}

static void read_line(capture *given, const char *word) {
  if (strcmp(word, "secret") == 0) {
    REQUIRE(given->secrets_len < MAX_SECRETS);
    given->secrets[given->secrets_len++] = secret(given);
  } else if (strcmp(word, "other") == 0) {
    REQUIRE(given->others_len < MAX_SECRETS);
    given->others[given->others_len++] = secret(given);
  } else if (strcmp(word, "header") == 0) {
    REQUIRE(given->headers_len < MAX_HEADERS);
    bytes name = next(given), value = next(given);
    given->headers[given->headers_len++] = (overten_header){name.data, name.len, value.data, value.len};
  } else if (strcmp(word, "body") == 0) {
    given->body = next(given);
  } else if (strcmp(word, "now") == 0) {
    given->now = strtoll(strtok(NULL, " "), NULL, 10);
  } else if (strcmp(word, "limit") == 0) {
    given->options.max_body_bytes = strtoull(strtok(NULL, " "), NULL, 10);
  } else if (strcmp(word, "tolerance") == 0) {
    given->options.past_seconds = given->options.future_seconds = strtoll(strtok(NULL, " "), NULL, 10);
  } else {
    bool known_line = false;
    REQUIRE(known_line);
  }
}

int main(void) {
  const capture blank = {.options = OVERTEN_OPTIONS_DEFAULT};
  capture given = blank;
  char *line = NULL, id[256];
  size_t room = 0;
  ssize_t len;
  while ((len = getline(&line, &room, stdin)) > 0) {
    line[len - 1] = '\0';
    const char *word = strtok(line, " ");
    REQUIRE(word != NULL);
    if (strcmp(word, "case") == 0) {
      given = blank;
      snprintf(id, sizeof id, "%s", strtok(NULL, " "));
      checking = id;
    } else if (strcmp(word, "end") == 0) {
      diagnose(&given);
    } else {
      read_line(&given, word);
    }
  }
  free(line);
  return failed != 0;
}
