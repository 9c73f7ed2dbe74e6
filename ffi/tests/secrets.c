/* README: "Of a secret nothing is left once what was made from it is freed". Looks through all memory of the process that can be
 * written to, for the secret and for the two keyed states that are as good as it. */

#define OPENSSL_SUPPRESS_DEPRECATED /* the one-shot functions do not show a hash's state */

#include "check.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

enum { MASK = 0xa5, WIDTH = 32 };

static char secret[WIDTH];             /* there only for as long as a call needs it */
static unsigned char wanted[3][WIDTH]; /* masked, so that they are not found themselves */

static void fill(void) {
  for (size_t i = 0; i < sizeof secret; i++) secret[i] = (char)('A' + (i * 7) % 26);
}

static void empty(void) { OPENSSL_cleanse(secret, sizeof secret); }

static void want(unsigned char *masked, const void *bytes) {
  for (size_t i = 0; i < WIDTH; i++) masked[i] = ((const unsigned char *)bytes)[i] ^ MASK;
}

/* The state of HMAC-SHA256 that has taken in the key alone. */
static void want_state(unsigned char *masked, unsigned char pad) {
  unsigned char block[SHA256_CBLOCK];
  SHA256_CTX context;
  memset(block, pad, sizeof block);
  for (size_t i = 0; i < sizeof secret; i++) block[i] ^= (unsigned char)secret[i];
  REQUIRE(SHA256_Init(&context) == 1 && SHA256_Update(&context, block, sizeof block) == 1);
  want(masked, context.h);
  OPENSSL_cleanse(&context, sizeof context);
  OPENSSL_cleanse(block, sizeof block);
}

static unsigned count(const unsigned char *from, const unsigned char *to) {
  unsigned found = 0;
  for (const unsigned char *at = from; at + WIDTH <= to; at++)
    for (size_t w = 0; w < 3; w++) {
      size_t same = 0;
      while (same < WIDTH && (at[same] ^ MASK) == wanted[w][same]) same++;
      found += same == WIDTH;
    }
  return found;
}

static unsigned left(void) {
  char line[4096], modes[5];
  unsigned found = 0;
  void *from, *to;
  FILE *maps = fopen("/proc/self/maps", "r");
  REQUIRE(maps != NULL);
  while (fgets(line, sizeof line, maps) != NULL)
    if (sscanf(line, "%p-%p %4s", &from, &to, modes) == 3 && modes[0] == 'r' && modes[1] == 'w') found += count(from, to);
  fclose(maps);
  return found;
}

static overten_verifier *made(bool from_lines) {
  overten_verifier *verifier = NULL;
  fill();
  overten_secret given = {NULL, 0, secret, sizeof secret};
  uint32_t status = from_lines ? overten_verifier_new_from_lines(secret, sizeof secret, NULL, &verifier, NULL)
                               : overten_verifier_new(&given, 1, NULL, &verifier, NULL);
  empty();
  REQUIRE(status == OVERTEN_OK);
  return verifier;
}

static overten_signature signed_body(void) {
  overten_signature signature;
  fill();
  uint32_t status = overten_sign(secret, sizeof secret, EXAMPLE_NOW, TEXT(EXAMPLE_BODY), &signature, NULL);
  empty();
  REQUIRE(status == OVERTEN_OK);
  return signature;
}

static void of_what_refused_it(void) {
  overten_verifier *none = NULL;
  fill();
  overten_secret given[] = {{NULL, 0, secret, sizeof secret}, {NULL, 0, TEXT("short")}};
  uint32_t status = overten_verifier_new(given, 2, NULL, &none, NULL);
  empty();
  checking = "a verifier that was refused";
  CHECK(status == OVERTEN_SHORT_SECRET && left() == 0);
}

static void of_a_verification(const overten_verifier *verifier, overten_signature sent, bool to_its_end) {
  overten_verification *verification = NULL;
  REQUIRE(overten_verification_new(verifier, sent.signature, strlen(sent.signature), sent.timestamp, strlen(sent.timestamp),
                                   &verification, NULL) == OVERTEN_OK);
  CHECK(overten_verification_update(verification, TEXT(EXAMPLE_BODY)) == OVERTEN_OK);
  if (to_its_end) CHECK(overten_verification_finish(verification, EXAMPLE_NOW, NULL, NULL) == OVERTEN_OK);
  overten_verification_free(verification);
}

/* As a service does it: deep in the stack, where the body was read to. */
static void of_verifying(const overten_verifier *verifier, overten_signature sent, size_t len, overten_status status) {
  char body[4096];
  overten_delivery *delivery = NULL;
  memcpy(body, EXAMPLE_BODY, len);
  CHECK(overten_verify(verifier, sent.signature, strlen(sent.signature), sent.timestamp, strlen(sent.timestamp), body, len,
                       EXAMPLE_NOW, &delivery, NULL, NULL) == status);
  overten_delivery_free(delivery);
}

/* OpenSSL leaves traces of its own. */
static void scrub(void) {
  char below[1 << 16];
  OPENSSL_cleanse(below, sizeof below);
}

static void of_a_verifier(bool from_lines, overten_signature sent) {
  overten_verifier *verifier = made(from_lines);
  checking = "a verifier";
  CHECK(left() == 2); /* its two keyed states, once */
  for (int to_its_end = 0; to_its_end < 2; to_its_end++) {
    checking = to_its_end == 1 ? "a verification that was finished" : "a verification that was given up";
    of_a_verification(verifier, sent, to_its_end == 1);
    CHECK(left() == 2);
  }
  checking = "a verifier that was used and freed";
  of_verifying(verifier, sent, sizeof EXAMPLE_BODY - 1, OVERTEN_OK);
  of_verifying(verifier, sent, 3, OVERTEN_SIGNATURE_MISMATCH);
  overten_verifier_free(verifier);
  CHECK(left() == 0);
}

/* Deep in the stack, as above. */
static void of_receiving(const overten_receiver *receiver, overten_signature sent, size_t len) {
  overten_header headers[] = {
      {TEXT(OVERTEN_SIGNATURE_HEADER), sent.signature, strlen(sent.signature)},
      {TEXT(OVERTEN_TIMESTAMP_HEADER), sent.timestamp, strlen(sent.timestamp)},
  };
  overten_reception reception;
  overten_step step;
  overten_delivery *delivery = NULL;
  overten_event *event = NULL;
  overten_key key;
  char body[4096];
  memcpy(body, EXAMPLE_BODY, len);
  CHECK(overten_reception_begin(receiver, TEXT("POST"), TEXT("/"), headers, 2, 0, &reception, &step) == OVERTEN_OK);
  CHECK(overten_reception_body(receiver, &reception, body, len, EXAMPLE_NOW, &delivery, &event, &key, &step, NULL) == OVERTEN_OK);
  overten_event_free(event);
  overten_delivery_free(delivery);
}

static void of_a_receiver(overten_signature sent) {
  overten_receiver *receiver = NULL;
  fill();
  overten_secret given = {NULL, 0, secret, sizeof secret};
  uint32_t status = overten_receiver_new(&given, 1, NULL, 0, NULL, &receiver, NULL);
  empty();
  REQUIRE(status == OVERTEN_OK);
  checking = "a receiver, which shares its states with the verifier that it lends";
  CHECK(left() == 2);
  checking = "a receiver that was used and freed";
  of_receiving(receiver, sent, sizeof EXAMPLE_BODY - 1);
  of_receiving(receiver, sent, 3);
  overten_receiver_free(receiver);
  CHECK(left() == 0);
}

/* Of a body that somebody changed, so that much is tried: the key as text, as base64 and as hex, and of each its states. */
static void of_a_diagnosis(overten_signature sent) {
  overten_header headers[] = {
      {TEXT(OVERTEN_SIGNATURE_HEADER), sent.signature, strlen(sent.signature)},
      {TEXT(OVERTEN_TIMESTAMP_HEADER), sent.timestamp, strlen(sent.timestamp)},
  };
  overten_report *report = NULL;
  overten_view json;
  fill();
  overten_secret given = {NULL, 0, secret, sizeof secret};
  uint32_t status = overten_diagnose(headers, 2, TEXT("{}"), EXAMPLE_NOW, &given, 1, &given, 1, NULL, &report, NULL);
  empty();
  checking = "a diagnosis";
  REQUIRE(status == OVERTEN_OK && overten_report_json(report, &json) == OVERTEN_OK);
  CHECK(strstr(json.data, "unexplained") != NULL && left() == 0);
  overten_report_free(report);
}

/* secrets CASE: each in a process of its own, so that none finds clean what another has written over. */
int main(int argc, char **argv) {
  REQUIRE(argc == 2);
  fill();
  want(wanted[0], secret);
  want_state(wanted[1], 0x36);
  want_state(wanted[2], 0x5c);
  scrub();
  checking = "the search itself";
  CHECK(left() == 1);
  empty();
  CHECK(left() == 0);

  overten_signature sent = signed_body();
  checking = "signing";
  CHECK(left() == 0);
  if (strcmp(argv[1], "refused") == 0) of_what_refused_it();
  else if (strcmp(argv[1], "verifier") == 0) of_a_verifier(false, sent);
  else if (strcmp(argv[1], "lines") == 0) of_a_verifier(true, sent);
  else if (strcmp(argv[1], "receiver") == 0) of_a_receiver(sent);
  else if (strcmp(argv[1], "diagnosis") == 0) of_a_diagnosis(sent);
  else REQUIRE(strcmp(argv[1], "signing") == 0);
  return failed != 0;
}
