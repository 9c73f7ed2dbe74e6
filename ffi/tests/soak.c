/* Deliveries by the thousand, accepted and refused, through every way in: what is left at the end is a leak.
 *
 * README: "What a `_new` or an `out_delivery`/`out_event`/`out_report` gave is the caller's and is freed once, with the
 * `_free` of its type."
 * README: "A receiver, a verifier, a delivery, an event and a report may be used by any number of threads at
 * once, as long as none frees it." */

#include "check.h"

#include <pthread.h>

#define ESCAPED_BODY                                                                                   \
  "{\"event\":\"run.failed\",\"run_id\":\"r\\u00e9\",\"summary\":\"caf\\u00e9\",\"error\":{\"code\":\"c\"}}"

static overten_signature signed_body(const char *body) {
  overten_signature signature;
  REQUIRE(overten_sign(TEXT(EXAMPLE_SECRET), EXAMPLE_NOW, body, strlen(body), &signature, NULL) == OVERTEN_OK);
  return signature;
}

static void read_event(const overten_delivery *delivery) {
  overten_event *event = NULL;
  overten_key key;
  overten_view view;
  REQUIRE(overten_delivery_event(delivery, &event, NULL) == OVERTEN_OK);
  REQUIRE(overten_event_summary(event, &view) == OVERTEN_OK);
  REQUIRE(overten_event_error_code(event, &view) == OVERTEN_OK);
  REQUIRE(overten_event_idempotency_key(event, OVERTEN_KEY_TASK, &key) == OVERTEN_OK);
  overten_event_free(event);
}

static void one(const overten_verifier *verifier, const char *body, const overten_signature *signature) {
  size_t value = strlen(signature->signature), time = strlen(signature->timestamp), len = strlen(body);
  overten_delivery *delivery = NULL;
  overten_verification *verification = NULL;
  overten_error error;
  REQUIRE(overten_verify(verifier, signature->signature, value, signature->timestamp, time, body, len, EXAMPLE_NOW,
                         &delivery, NULL, &error) == OVERTEN_OK);
  read_event(delivery);
  overten_delivery_free(delivery);

  REQUIRE(overten_verify(verifier, signature->signature, value, signature->timestamp, time, body, len - 1, EXAMPLE_NOW,
                         NULL, NULL, &error) == OVERTEN_SIGNATURE_MISMATCH);

  REQUIRE(overten_verification_new(verifier, signature->signature, value, signature->timestamp, time, &verification,
                                   NULL) == OVERTEN_OK);
  REQUIRE(overten_verification_update(verification, body, len) == OVERTEN_OK);
  REQUIRE(overten_verification_finish(verification, EXAMPLE_NOW, NULL, NULL) == OVERTEN_OK);
  overten_verification_free(verification);

  char packed[4096];
  size_t packed_len = 0;
  REQUIRE(overten_verify_packed(verifier, signature->signature, value, signature->timestamp, time, body, len,
                                EXAMPLE_NOW, OVERTEN_KEY_RUN, packed, sizeof packed, &packed_len, NULL) == OVERTEN_OK);
}

static void receive(const overten_receiver *receiver, const char *body, const overten_signature *signature) {
  overten_header headers[] = {
      {TEXT(OVERTEN_SIGNATURE_HEADER), signature->signature, strlen(signature->signature)},
      {TEXT(OVERTEN_TIMESTAMP_HEADER), signature->timestamp, strlen(signature->timestamp)},
  };
  overten_reception reception;
  overten_step step;
  overten_delivery *delivery = NULL;
  overten_event *event = NULL;
  overten_key key;
  overten_ending ending;
  char line[OVERTEN_LINE_BYTES];
  size_t len;
  REQUIRE(overten_reception_begin(receiver, TEXT("POST"), TEXT("/"), headers, 2, 0, &reception, &step) == OVERTEN_OK);
  REQUIRE(overten_reception_body(receiver, &reception, body, strlen(body), EXAMPLE_NOW, &delivery, &event, &key, &step, NULL) ==
          OVERTEN_OK);
  for (uint32_t outcome = OVERTEN_OUTCOME_NEW; step.kind != OVERTEN_STEP_ANSWER; outcome = OVERTEN_OUTCOME_DONE)
    REQUIRE(overten_reception_advance(&reception, outcome, 0, 0, &step, NULL) == OVERTEN_OK);
  REQUIRE(overten_reception_end(receiver, &reception, event, NULL, 0, 0, &ending, line, sizeof line, &len) == OVERTEN_OK);
  REQUIRE(ending.status == OVERTEN_ACCEPTED);
  overten_event_free(event);
  overten_delivery_free(delivery);
}

typedef struct { const overten_receiver *receiver; unsigned long deliveries; } work;

static void *deliver(void *given) {
  const work *share = given;
  overten_signature plain = signed_body(EXAMPLE_BODY), escaped = signed_body(ESCAPED_BODY);
  const overten_verifier *verifier = NULL;
  REQUIRE(overten_receiver_verifier(share->receiver, &verifier) == OVERTEN_OK);
  for (unsigned long i = 0; i < share->deliveries; i++) {
    const char *body = i % 2 == 0 ? EXAMPLE_BODY : ESCAPED_BODY;
    const overten_signature *signature = i % 2 == 0 ? &plain : &escaped;
    one(verifier, body, signature);
    receive(share->receiver, body, signature);
  }
  return NULL;
}

/* soak THREADS DELIVERIES: all threads share one receiver, and the verifier that it lends. */
int main(int argc, char **argv) {
  REQUIRE(argc == 3);
  unsigned long threads = strtoul(argv[1], NULL, 10);
  pthread_t running[64];
  REQUIRE(threads > 0 && threads <= 64);
  overten_receiver *receiver = NULL;
  REQUIRE(overten_receiver_new_from_lines(TEXT(EXAMPLE_SECRET), NULL, 0, NULL, &receiver, NULL) == OVERTEN_OK);
  work share = {receiver, strtoul(argv[2], NULL, 10) / threads};
  for (unsigned long i = 0; i < threads; i++) REQUIRE(pthread_create(&running[i], NULL, deliver, &share) == 0);
  for (unsigned long i = 0; i < threads; i++) REQUIRE(pthread_join(running[i], NULL) == 0);
  overten_receiver_free(receiver);
  printf("ran %lu\n", share.deliveries * threads);
  return 0;
}
