/* What verifying costs, beside OpenSSL's one-shot HMAC() with the same checks around it: one Markdown section from one run.
 *
 * The contenders take turns in short rounds, and what counts is processor time, so that what else the machine does falls on all of
 * them. `HMAC() alone` is OpenSSL without any check and with timestamp and body joined beforehand: a bound, no verifier. */

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <overten_webhook.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECRET "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define HEAD "{\"event\":\"run.completed\",\"run_id\":\"run_01HXYZ\",\"summary\":\""
#define NOW INT64_C(1760000000)

enum { LARGEST = 1 << 20, ROUNDS = 401, PAST = 300, FUTURE = 300 };

static overten_verifier *verifier;
static overten_signature headers;
static char body[LARGEST];
static size_t body_len;
static unsigned char joined[LARGEST + 16]; /* HMAC() wants its input in one piece */
static size_t joined_len;

static void refused(const char *where) {
  fprintf(stderr, "%s refused what is authentic\n", where);
  exit(1);
}

static void ours(void) {
  if (overten_verify(verifier, headers.signature, strlen(headers.signature), headers.timestamp, strlen(headers.timestamp), body,
                     body_len, NOW, NULL, NULL, NULL) != OVERTEN_OK)
    refused("overten_verify");
}

static void ours_with_event(void) {
  overten_delivery *delivery = NULL;
  overten_event *event = NULL;
  overten_view run_id;
  if (overten_verify(verifier, headers.signature, strlen(headers.signature), headers.timestamp, strlen(headers.timestamp), body,
                     body_len, NOW, &delivery, NULL, NULL) != OVERTEN_OK ||
      overten_delivery_event(delivery, &event, NULL) != OVERTEN_OK || overten_event_run_id(event, &run_id) != OVERTEN_OK)
    refused("overten_delivery_event");
  overten_event_free(event);
  overten_delivery_free(delivery);
}

static int digit(char hex) {
  if (hex >= '0' && hex <= '9') return hex - '0';
  if (hex >= 'a' && hex <= 'f') return hex - 'a' + 10;
  if (hex >= 'A' && hex <= 'F') return hex - 'A' + 10;
  return -1;
}

/* The checks of the contract in its order, as one would write them over OpenSSL. */
static int openssl_verify(const char *signature, size_t signature_len, const char *timestamp, size_t timestamp_len) {
  unsigned char sent[32], made[EVP_MAX_MD_SIZE];
  unsigned made_len = 0;
  int64_t seconds = 0;
  if (signature_len != 7 + 64 || memcmp(signature, "sha256=", 7) != 0) return 0;
  for (size_t i = 0; i < 32; i++) {
    int high = digit(signature[7 + 2 * i]), low = digit(signature[8 + 2 * i]);
    if (high < 0 || low < 0) return 0;
    sent[i] = (unsigned char)(high << 4 | low);
  }
  if (timestamp_len < 1 || timestamp_len > 12 || (timestamp[0] == '0' && timestamp_len > 1)) return 0;
  for (size_t i = 0; i < timestamp_len; i++) {
    if (timestamp[i] < '0' || timestamp[i] > '9') return 0;
    seconds = seconds * 10 + (timestamp[i] - '0');
  }
  if (body_len > LARGEST) return 0;
  memcpy(joined, timestamp, timestamp_len);
  joined[timestamp_len] = '.';
  memcpy(joined + timestamp_len + 1, body, body_len);
  joined_len = timestamp_len + 1 + body_len;
  if (HMAC(EVP_sha256(), SECRET, (int)strlen(SECRET), joined, joined_len, made, &made_len) == NULL || made_len != 32) return 0;
  if (CRYPTO_memcmp(made, sent, 32) != 0) return 0;
  return NOW - seconds <= PAST && seconds - NOW <= FUTURE;
}

static void openssl(void) {
  if (!openssl_verify(headers.signature, strlen(headers.signature), headers.timestamp, strlen(headers.timestamp)))
    refused("OpenSSL");
}

static void hmac_alone(void) {
  unsigned char made[EVP_MAX_MD_SIZE];
  if (HMAC(EVP_sha256(), SECRET, (int)strlen(SECRET), joined, joined_len, made, NULL) == NULL) refused("HMAC()");
}

static double nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static int by_size(const void *a, const void *b) {
  double first = *(const double *)a, second = *(const double *)b;
  return (first > second) - (first < second);
}

int main(void) {
  const size_t sizes[] = {256, 1024, 16 * 1024, LARGEST};
  const char *const names[] = {"256 B", "1 KiB", "16 KiB", "1 MiB"};
  void (*const contenders[])(void) = {openssl, ours, ours_with_event, hmac_alone};
  static double rounds[4][ROUNDS];
  overten_secret secret = {NULL, 0, SECRET, strlen(SECRET)};
  if (overten_verifier_new(&secret, 1, NULL, &verifier, NULL) != OVERTEN_OK) return 1;
  printf("## C\n\nProcessor time in µs a delivery, and how many times as long as with the same checks written over OpenSSL's one-shot\n"
         "HMAC() (%s): medians of %d rounds that all take in turns. HMAC() alone, without any check, is a bound.\n\n",
         OpenSSL_version(OPENSSL_VERSION), ROUNDS);
  printf("| body | OpenSSL, same checks | overten_verify | overten_verify and event | HMAC() alone |\n| --- | --- | --- | --- | --- |\n");
  for (size_t s = 0; s < 4; s++) {
    body_len = sizes[s];
    memset(body, 'a', body_len);
    memcpy(body, HEAD, strlen(HEAD));
    memcpy(body + body_len - 2, "\"}", 2);
    if (overten_sign(SECRET, strlen(SECRET), NOW, body, body_len, &headers, NULL) != OVERTEN_OK) return 1;
    size_t times = 1 + 100000 / (body_len + 200);
    for (size_t round = 0; round < ROUNDS; round++)
      for (size_t c = 0; c < 4; c++) {
        double start = nanoseconds();
        for (size_t i = 0; i < times; i++) contenders[c]();
        rounds[c][round] = (nanoseconds() - start) / (double)times / 1e3;
      }
    for (size_t c = 0; c < 4; c++) qsort(rounds[c], ROUNDS, sizeof(double), by_size);
    printf("| %s |", names[s]);
    for (size_t c = 0; c < 4; c++) printf(" %.2f %.2f× |", rounds[c][ROUNDS / 2], rounds[c][ROUNDS / 2] / rounds[0][ROUNDS / 2]);
    printf("\n");
  }
  overten_verifier_free(verifier);
  return 0;
}
