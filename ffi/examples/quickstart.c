/* quickstart SIGNATURE TIMESTAMP < BODY: verifies one delivery and says what it is. */
#include <overten_webhook.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int fail(const overten_error *error) {
  fprintf(stderr, "%s: %s\n", overten_status_code(error->code), error->message);
  return EXIT_FAILURE;
}

int main(int argc, char **argv) {
  static char body[1024 * 1024 + 1]; /* one more than the limit */
  size_t body_len = fread(body, 1, sizeof body, stdin);
  const char *secrets = getenv("OVERTEN_WEBHOOK_SECRETS"); /* one a line, each `label:secret` or `secret` */
  if (argc != 3 || secrets == NULL) return EXIT_FAILURE;

  overten_error error;
  overten_verifier *verifier = NULL; /* make it once, use it from any thread */
  if (overten_verifier_new_from_lines(secrets, strlen(secrets), NULL, &verifier, &error) != OVERTEN_OK) {
    return fail(&error);
  }

  overten_delivery *delivery = NULL; /* having one is the proof */
  overten_event *event = NULL;
  overten_key key;
  overten_view run_id;
  if (overten_verify(verifier, argv[1], strlen(argv[1]), argv[2], strlen(argv[2]), body, body_len, (int64_t)time(NULL),
                     &delivery, NULL, &error) != OVERTEN_OK ||
      overten_delivery_event(delivery, &event, &error) != OVERTEN_OK) {
    overten_delivery_free(delivery);
    overten_verifier_free(verifier);
    return fail(&error);
  }
  if (overten_event_run_id(event, &run_id) == OVERTEN_OK &&
      overten_event_idempotency_key(event, OVERTEN_KEY_RUN, &key) == OVERTEN_OK) {
    printf("run %.*s, key %s\n", (int)run_id.len, run_id.data, key.text); /* claim the key, then handle the event */
  }

  overten_event_free(event);
  overten_delivery_free(delivery);
  overten_verifier_free(verifier);
  return EXIT_SUCCESS;
}
