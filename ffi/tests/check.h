/* What the C tests share. */
#ifndef CHECK_H
#define CHECK_H

#include <overten_webhook.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *checking = "start"; /* the case or function at hand, for messages */
static unsigned failed __attribute__((unused));

#define CHECK(condition)                                                                             \
  do {                                                                                               \
    if (!(condition)) {                                                                              \
      failed++;                                                                                      \
      fprintf(stderr, "%s:%d: %s: not so: %s\n", __FILE__, __LINE__, checking, #condition);         \
    }                                                                                                \
  } while (0)

/* What must hold for the test to go on at all. */
#define REQUIRE(condition)                                                                           \
  do {                                                                                               \
    if (!(condition)) {                                                                              \
      fprintf(stderr, "%s:%d: %s: cannot go on: %s\n", __FILE__, __LINE__, checking, #condition);   \
      exit(2);                                                                                       \
    }                                                                                                \
  } while (0)

#define EXAMPLE_SECRET "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define EXAMPLE_BODY "{\"event\":\"run.completed\",\"run_id\":\"run_01\",\"data\":{\"ok\":true}}"
#define EXAMPLE_SIGNATURE "sha256=f28888a08ad78128cfaa478ed699bbc4a9155929c0e8b1b0e14b671d1efe46c9"
#define EXAMPLE_TIMESTAMP "1760000000"
#define EXAMPLE_NOW INT64_C(1760000000)
#define TEXT(literal) (literal), (sizeof(literal) - 1)

static inline overten_verifier *example_verifier(void) {
  overten_secret secret = {NULL, 0, TEXT(EXAMPLE_SECRET)};
  overten_verifier *verifier = NULL;
  REQUIRE(overten_verifier_new(&secret, 1, NULL, &verifier, NULL) == OVERTEN_OK);
  return verifier;
}

static inline int view_is(overten_view view, const char *text) {
  return view.data != NULL && view.len == strlen(text) && memcmp(view.data, text, view.len) == 0;
}

typedef struct { char *data; size_t len; } bytes;

/* Bytes in the form that export.py writes, with a NUL behind them. */
static inline bytes unhexed(const char *hex) {
  size_t len = strcmp(hex, "-") == 0 ? 0 : strlen(hex) / 2;
  bytes out = {malloc(len + 1), len};
  REQUIRE(out.data != NULL);
  for (size_t i = 0; i < len; i++) {
    unsigned byte = 0;
    REQUIRE(sscanf(hex + 2 * i, "%2x", &byte) == 1);
    out.data[i] = (char)byte;
  }
  out.data[len] = '\0';
  return out;
}

#endif
