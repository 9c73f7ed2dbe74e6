/* The convention at its edges: each pointer NULL in turn, lengths 0 and huge, outputs that must keep what they held.
 *
 * README: "A required pointer that is NULL is `OVERTEN_NULL_ARGUMENT`."
 * README: "A buffer of length 0 may be NULL: `(NULL, 0)` is the empty buffer."
 * README: "One above `PTRDIFF_MAX` is `OVERTEN_INVALID_ARGUMENT`, before the pointer is looked at."
 * README: "Written only when the function returns `OVERTEN_OK`; otherwise they keep what they held." */

#include "check.h"
#include "fields.h"

static const size_t HUGE_LENS[] = {(size_t)PTRDIFF_MAX + 1, SIZE_MAX};

static overten_verifier *verifier;
static overten_delivery *delivery;
static overten_event *event;
static overten_verification *verification;

/* The call must give that status, and say so by its words. */
#define GIVES(status, call)                                     \
  do {                                                          \
    checking = #call;                                           \
    CHECK((call) == (status));                                  \
  } while (0)
#define NULL_IS_REFUSED(call) GIVES(OVERTEN_NULL_ARGUMENT, call)

#define SIG TEXT(EXAMPLE_SIGNATURE)
#define TIME TEXT(EXAMPLE_TIMESTAMP)
#define BODY TEXT(EXAMPLE_BODY)

static const overten_header good_headers[] = {
    {TEXT(OVERTEN_SIGNATURE_HEADER), SIG},
    {TEXT(OVERTEN_TIMESTAMP_HEADER), TIME},
};

static void of_the_verifier(void) {
  overten_secret good = {NULL, 0, TEXT(EXAMPLE_SECRET)}, no_secret = {NULL, 0, NULL, 5}, no_label = {NULL, 5, TEXT(EXAMPLE_SECRET)};
  overten_verifier *out = NULL;
  size_t count = 77;
  overten_view view = {"kept", 4};
  NULL_IS_REFUSED(overten_verifier_new(NULL, 1, NULL, &out, NULL));
  NULL_IS_REFUSED(overten_verifier_new(&good, 1, NULL, NULL, NULL));
  NULL_IS_REFUSED(overten_verifier_new(&no_secret, 1, NULL, &out, NULL));
  NULL_IS_REFUSED(overten_verifier_new(&no_label, 1, NULL, &out, NULL));
  GIVES(OVERTEN_NO_SECRETS, overten_verifier_new(NULL, 0, NULL, &out, NULL));
  NULL_IS_REFUSED(overten_verifier_new_from_lines(NULL, 1, NULL, &out, NULL));
  NULL_IS_REFUSED(overten_verifier_new_from_lines(TEXT(EXAMPLE_SECRET), NULL, NULL, NULL));
  GIVES(OVERTEN_NO_SECRETS, overten_verifier_new_from_lines(NULL, 0, NULL, &out, NULL));
  NULL_IS_REFUSED(overten_verifier_secret_count(NULL, &count));
  NULL_IS_REFUSED(overten_verifier_secret_count(verifier, NULL));
  NULL_IS_REFUSED(overten_verifier_secret_label(NULL, 0, &view));
  NULL_IS_REFUSED(overten_verifier_secret_label(verifier, 0, NULL));
  GIVES(OVERTEN_INVALID_ARGUMENT, overten_verifier_secret_label(verifier, SIZE_MAX, &view));
  NULL_IS_REFUSED(overten_verifier_secret_fingerprint(NULL, 0, &view));
  NULL_IS_REFUSED(overten_verifier_secret_fingerprint(verifier, 0, NULL));
  for (size_t i = 0; i < 2; i++) {
    size_t huge = HUGE_LENS[i];
    overten_secret long_secret = {NULL, 0, EXAMPLE_SECRET, huge}, long_label = {"a", huge, TEXT(EXAMPLE_SECRET)};
    GIVES(OVERTEN_INVALID_ARGUMENT, overten_verifier_new(&good, huge, NULL, &out, NULL));
    GIVES(OVERTEN_INVALID_ARGUMENT, overten_verifier_new(&long_secret, 1, NULL, &out, NULL));
    GIVES(OVERTEN_INVALID_ARGUMENT, overten_verifier_new(&long_label, 1, NULL, &out, NULL));
    GIVES(OVERTEN_INVALID_ARGUMENT, overten_verifier_new_from_lines(EXAMPLE_SECRET, huge, NULL, &out, NULL));
  }
  GIVES(OVERTEN_INVALID_ARGUMENT, overten_verifier_new(&good, SIZE_MAX / sizeof good, NULL, &out, NULL));

  overten_options options = OVERTEN_OPTIONS_DEFAULT;
  options.past_seconds = -1;
  GIVES(OVERTEN_INVALID_ARGUMENT, overten_verifier_new(&good, 1, &options, &out, NULL));
  options = (overten_options)OVERTEN_OPTIONS_DEFAULT;
  options.future_seconds = INT64_MIN;
  GIVES(OVERTEN_INVALID_ARGUMENT, overten_verifier_new(&good, 1, &options, &out, NULL));
  options = (overten_options)OVERTEN_OPTIONS_DEFAULT;
  options.flags = 4;
  GIVES(OVERTEN_INVALID_ARGUMENT, overten_verifier_new(&good, 1, &options, &out, NULL));
  options = (overten_options)OVERTEN_OPTIONS_DEFAULT;
  options.max_body_bytes = UINT64_MAX;
  GIVES(OVERTEN_INVALID_ARGUMENT, overten_verifier_new(&good, 1, &options, &out, NULL));
  options.struct_size = 0;
  GIVES(OVERTEN_INVALID_ARGUMENT, overten_verifier_new(&good, 1, &options, &out, NULL));
  CHECK(out == NULL && count == 77 && view_is(view, "kept"));
}

static void of_the_headers(void) {
  overten_header no_name = {NULL, 3, SIG}, no_value = {TEXT("X-Other"), NULL, 3};
  NULL_IS_REFUSED(overten_headers_check(NULL, 1, NULL));
  NULL_IS_REFUSED(overten_headers_check(&no_name, 1, NULL));
  NULL_IS_REFUSED(overten_headers_check(&no_value, 1, NULL));
  GIVES(OVERTEN_MISSING_SIGNATURE, overten_headers_check(NULL, 0, NULL));
  NULL_IS_REFUSED(overten_headers_check_values(NULL, 1, TIME, NULL));
  NULL_IS_REFUSED(overten_headers_check_values(SIG, NULL, 1, NULL));
  GIVES(OVERTEN_MISSING_SIGNATURE, overten_headers_check_values(NULL, 0, TIME, NULL));
  GIVES(OVERTEN_MISSING_TIMESTAMP, overten_headers_check_values(SIG, NULL, 0, NULL));
  for (size_t i = 0; i < 2; i++) {
    size_t huge = HUGE_LENS[i];
    overten_header long_name = {"n", huge, SIG}, long_value = {TEXT("n"), "v", huge};
    GIVES(OVERTEN_INVALID_ARGUMENT, overten_headers_check(good_headers, huge, NULL));
    GIVES(OVERTEN_INVALID_ARGUMENT, overten_headers_check(&long_name, 1, NULL));
    GIVES(OVERTEN_INVALID_ARGUMENT, overten_headers_check(&long_value, 1, NULL));
    GIVES(OVERTEN_INVALID_ARGUMENT, overten_headers_check_values("s", huge, TIME, NULL));
    GIVES(OVERTEN_INVALID_ARGUMENT, overten_headers_check_values(SIG, "t", huge, NULL));
  }
}

static void of_verifying(void) {
  overten_delivery *out = NULL;
  overten_verdict verdict = {7, 7, 7, 7};
  NULL_IS_REFUSED(overten_verify(NULL, SIG, TIME, BODY, EXAMPLE_NOW, &out, &verdict, NULL));
  NULL_IS_REFUSED(overten_verify(verifier, NULL, 1, TIME, BODY, EXAMPLE_NOW, &out, &verdict, NULL));
  NULL_IS_REFUSED(overten_verify(verifier, SIG, NULL, 1, BODY, EXAMPLE_NOW, &out, &verdict, NULL));
  NULL_IS_REFUSED(overten_verify(verifier, SIG, TIME, NULL, 1, EXAMPLE_NOW, &out, &verdict, NULL));
  GIVES(OVERTEN_MISSING_SIGNATURE, overten_verify(verifier, NULL, 0, TIME, BODY, EXAMPLE_NOW, &out, &verdict, NULL));
  GIVES(OVERTEN_MISSING_TIMESTAMP, overten_verify(verifier, SIG, NULL, 0, BODY, EXAMPLE_NOW, &out, &verdict, NULL));
  GIVES(OVERTEN_SIGNATURE_MISMATCH, overten_verify(verifier, SIG, TIME, NULL, 0, EXAMPLE_NOW, &out, &verdict, NULL));
  NULL_IS_REFUSED(overten_verify_headers(NULL, good_headers, 2, BODY, EXAMPLE_NOW, &out, &verdict, NULL));
  NULL_IS_REFUSED(overten_verify_headers(verifier, NULL, 2, BODY, EXAMPLE_NOW, &out, &verdict, NULL));
  NULL_IS_REFUSED(overten_verify_headers(verifier, good_headers, 2, NULL, 1, EXAMPLE_NOW, &out, &verdict, NULL));
  GIVES(OVERTEN_MISSING_SIGNATURE, overten_verify_headers(verifier, NULL, 0, BODY, EXAMPLE_NOW, &out, &verdict, NULL));
  GIVES(OVERTEN_SIGNATURE_MISMATCH,
        overten_verify_headers(verifier, good_headers, 2, NULL, 0, EXAMPLE_NOW, &out, &verdict, NULL));
  for (size_t i = 0; i < 2; i++) {
    size_t huge = HUGE_LENS[i];
    GIVES(OVERTEN_INVALID_ARGUMENT, overten_verify(verifier, "s", huge, TIME, BODY, EXAMPLE_NOW, &out, &verdict, NULL));
    GIVES(OVERTEN_INVALID_ARGUMENT, overten_verify(verifier, SIG, "t", huge, BODY, EXAMPLE_NOW, &out, &verdict, NULL));
    GIVES(OVERTEN_INVALID_ARGUMENT, overten_verify(verifier, SIG, TIME, "b", huge, EXAMPLE_NOW, &out, &verdict, NULL));
    GIVES(OVERTEN_INVALID_ARGUMENT,
          overten_verify_headers(verifier, good_headers, huge, BODY, EXAMPLE_NOW, &out, &verdict, NULL));
    GIVES(OVERTEN_INVALID_ARGUMENT,
          overten_verify_headers(verifier, good_headers, 2, "b", huge, EXAMPLE_NOW, &out, &verdict, NULL));
  }
  CHECK(out == NULL && verdict.age_seconds == 7 && verdict.secret_index == 7);
  GIVES(OVERTEN_OK, overten_verify(verifier, SIG, TIME, BODY, EXAMPLE_NOW, NULL, NULL, NULL));
  GIVES(OVERTEN_OK, overten_verify_headers(verifier, good_headers, 2, BODY, EXAMPLE_NOW, NULL, NULL, NULL));
}

static void of_the_record(void) {
  char packed[2048] = {1};
  size_t len = 77;
  NULL_IS_REFUSED(overten_verify_packed(NULL, SIG, TIME, BODY, EXAMPLE_NOW, 1, packed, sizeof packed, &len, NULL));
  NULL_IS_REFUSED(overten_verify_packed(verifier, NULL, 1, TIME, BODY, EXAMPLE_NOW, 1, packed, sizeof packed, &len, NULL));
  NULL_IS_REFUSED(overten_verify_packed(verifier, SIG, NULL, 1, BODY, EXAMPLE_NOW, 1, packed, sizeof packed, &len, NULL));
  NULL_IS_REFUSED(overten_verify_packed(verifier, SIG, TIME, NULL, 1, EXAMPLE_NOW, 1, packed, sizeof packed, &len, NULL));
  NULL_IS_REFUSED(overten_verify_packed(verifier, SIG, TIME, BODY, EXAMPLE_NOW, 1, NULL, 1, &len, NULL));
  NULL_IS_REFUSED(overten_verify_packed(verifier, SIG, TIME, BODY, EXAMPLE_NOW, 1, packed, sizeof packed, NULL, NULL));
  GIVES(OVERTEN_INVALID_ARGUMENT,
        overten_verify_packed(verifier, SIG, TIME, BODY, EXAMPLE_NOW, 8, packed, sizeof packed, &len, NULL));
  GIVES(OVERTEN_MISSING_SIGNATURE,
        overten_verify_packed(verifier, NULL, 0, TIME, BODY, EXAMPLE_NOW, 1, packed, sizeof packed, &len, NULL));
  GIVES(OVERTEN_MISSING_TIMESTAMP,
        overten_verify_packed(verifier, SIG, NULL, 0, BODY, EXAMPLE_NOW, 1, packed, sizeof packed, &len, NULL));
  GIVES(OVERTEN_SIGNATURE_MISMATCH,
        overten_verify_packed(verifier, SIG, TIME, NULL, 0, EXAMPLE_NOW, 1, packed, sizeof packed, &len, NULL));
  NULL_IS_REFUSED(overten_delivery_packed(NULL, 1, packed, sizeof packed, &len));
  NULL_IS_REFUSED(overten_delivery_packed(delivery, 1, NULL, 1, &len));
  NULL_IS_REFUSED(overten_delivery_packed(delivery, 1, packed, sizeof packed, NULL));
  GIVES(OVERTEN_INVALID_ARGUMENT, overten_delivery_packed(delivery, UINT32_MAX, packed, sizeof packed, &len));
  for (size_t i = 0; i < 2; i++) {
    size_t huge = HUGE_LENS[i];
    GIVES(OVERTEN_INVALID_ARGUMENT, overten_delivery_packed(delivery, 1, packed, huge, &len));
    GIVES(OVERTEN_INVALID_ARGUMENT,
          overten_verify_packed(verifier, SIG, TIME, BODY, EXAMPLE_NOW, 1, packed, huge, &len, NULL));
    GIVES(OVERTEN_INVALID_ARGUMENT,
          overten_verify_packed(verifier, "s", huge, TIME, BODY, EXAMPLE_NOW, 1, packed, sizeof packed, &len, NULL));
    GIVES(OVERTEN_INVALID_ARGUMENT,
          overten_verify_packed(verifier, SIG, "t", huge, BODY, EXAMPLE_NOW, 1, packed, sizeof packed, &len, NULL));
    GIVES(OVERTEN_INVALID_ARGUMENT,
          overten_verify_packed(verifier, SIG, TIME, "b", huge, EXAMPLE_NOW, 1, packed, sizeof packed, &len, NULL));
  }
  CHECK(len == 77 && packed[0] == 1);
  GIVES(OVERTEN_OK, overten_delivery_packed(delivery, 1, NULL, 0, &len));
  CHECK(len > 200 && len < sizeof packed);
}

static void of_the_delivery(void) {
  int64_t number = 77;
  size_t index = 77;
  overten_view view = {"kept", 4};
  overten_key key = {"kept"};
  overten_event *out = NULL;
  NULL_IS_REFUSED(overten_delivery_timestamp(NULL, &number));
  NULL_IS_REFUSED(overten_delivery_timestamp(delivery, NULL));
  NULL_IS_REFUSED(overten_delivery_age_seconds(NULL, &number));
  NULL_IS_REFUSED(overten_delivery_age_seconds(delivery, NULL));
  NULL_IS_REFUSED(overten_delivery_secret_index(NULL, &index));
  NULL_IS_REFUSED(overten_delivery_secret_index(delivery, NULL));
  NULL_IS_REFUSED(overten_delivery_secret_label(NULL, &view));
  NULL_IS_REFUSED(overten_delivery_secret_label(delivery, NULL));
  NULL_IS_REFUSED(overten_delivery_body(NULL, &view));
  NULL_IS_REFUSED(overten_delivery_body(delivery, NULL));
  NULL_IS_REFUSED(overten_delivery_body_key(NULL, &key));
  NULL_IS_REFUSED(overten_delivery_body_key(delivery, NULL));
  NULL_IS_REFUSED(overten_delivery_event(NULL, &out, NULL));
  NULL_IS_REFUSED(overten_delivery_event(delivery, NULL, NULL));
  CHECK(number == 77 && index == 77 && view_is(view, "kept") && strcmp(key.text, "kept") == 0 && out == NULL);
}

#define ACCESSOR(name, read) read,

static void of_the_event(void) {
  overten_status (*const texts[])(const overten_event *, overten_view *) = {
      overten_event_name,       overten_event_run_id,        overten_event_task_id,
      overten_event_error_code, overten_event_error_message, TEXTS(ACCESSOR)
  };
  overten_view view = {"kept", 4};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    NULL_IS_REFUSED(texts[i](NULL, &view));
    NULL_IS_REFUSED(texts[i](event, NULL));
  }
  uint32_t kind = 77;
  bool present = true;
  double number = 77;
  uint64_t whole_number = 77;
  overten_key key = {"kept"};
  NULL_IS_REFUSED(overten_event_kind(NULL, &kind));
  NULL_IS_REFUSED(overten_event_kind(event, NULL));
  overten_status (*const numbers[])(const overten_event *, bool *, double *) = {NUMBERS(ACCESSOR)};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    NULL_IS_REFUSED(numbers[i](NULL, &present, &number));
    NULL_IS_REFUSED(numbers[i](event, NULL, &number));
    NULL_IS_REFUSED(numbers[i](event, &present, NULL));
  }
  overten_status (*const whole_numbers[])(const overten_event *, bool *, uint64_t *) = {WHOLE_NUMBERS(ACCESSOR)};
  for (size_t i = 0; i < sizeof whole_numbers / sizeof *whole_numbers; i++) {
    NULL_IS_REFUSED(whole_numbers[i](NULL, &present, &whole_number));
    NULL_IS_REFUSED(whole_numbers[i](event, NULL, &whole_number));
    NULL_IS_REFUSED(whole_numbers[i](event, &present, NULL));
  }
  NULL_IS_REFUSED(overten_event_member(NULL, TEXT("event"), &view));
  NULL_IS_REFUSED(overten_event_member(event, NULL, 5, &view));
  NULL_IS_REFUSED(overten_event_member(event, TEXT("event"), NULL));
  NULL_IS_REFUSED(overten_event_idempotency_key(NULL, OVERTEN_KEY_RUN, &key));
  NULL_IS_REFUSED(overten_event_idempotency_key(event, OVERTEN_KEY_RUN, NULL));
  for (size_t i = 0; i < 2; i++)
    GIVES(OVERTEN_INVALID_ARGUMENT, overten_event_member(event, "event", HUGE_LENS[i], &view));
  const uint32_t scopes[] = {0, OVERTEN_KEY_RUN | OVERTEN_KEY_TASK, OVERTEN_KEY_BODY, UINT32_MAX};
  for (size_t i = 0; i < sizeof scopes / sizeof *scopes; i++)
    GIVES(OVERTEN_INVALID_ARGUMENT, overten_event_idempotency_key(event, scopes[i], &key));
  CHECK(present && !(number < 77) && whole_number == 77 && kind == 77);
  CHECK(view_is(view, "kept") && strcmp(key.text, "kept") == 0);
  GIVES(OVERTEN_OK, overten_event_member(event, NULL, 0, &view));
  CHECK(view.data == NULL);
  GIVES(OVERTEN_OK, overten_event_member(event, TEXT("\xff"), &view));
}

static void of_the_verification(void) {
  overten_verification *out = NULL;
  overten_verdict verdict = {7, 7, 7, 7};
  NULL_IS_REFUSED(overten_verification_new(NULL, SIG, TIME, &out, NULL));
  NULL_IS_REFUSED(overten_verification_new(verifier, NULL, 1, TIME, &out, NULL));
  NULL_IS_REFUSED(overten_verification_new(verifier, SIG, NULL, 1, &out, NULL));
  NULL_IS_REFUSED(overten_verification_new(verifier, SIG, TIME, NULL, NULL));
  NULL_IS_REFUSED(overten_verification_new_headers(NULL, good_headers, 2, &out, NULL));
  NULL_IS_REFUSED(overten_verification_new_headers(verifier, NULL, 2, &out, NULL));
  NULL_IS_REFUSED(overten_verification_new_headers(verifier, good_headers, 2, NULL, NULL));
  GIVES(OVERTEN_MISSING_SIGNATURE, overten_verification_new(verifier, NULL, 0, TIME, &out, NULL));
  GIVES(OVERTEN_MISSING_TIMESTAMP, overten_verification_new(verifier, SIG, NULL, 0, &out, NULL));
  GIVES(OVERTEN_MISSING_SIGNATURE, overten_verification_new_headers(verifier, NULL, 0, &out, NULL));
  NULL_IS_REFUSED(overten_verification_update(NULL, BODY));
  NULL_IS_REFUSED(overten_verification_update(verification, NULL, 1));
  NULL_IS_REFUSED(overten_verification_finish(NULL, EXAMPLE_NOW, &verdict, NULL));
  for (size_t i = 0; i < 2; i++) {
    size_t huge = HUGE_LENS[i];
    GIVES(OVERTEN_INVALID_ARGUMENT, overten_verification_new(verifier, "s", huge, TIME, &out, NULL));
    GIVES(OVERTEN_INVALID_ARGUMENT, overten_verification_new(verifier, SIG, "t", huge, &out, NULL));
    GIVES(OVERTEN_INVALID_ARGUMENT, overten_verification_new_headers(verifier, good_headers, huge, &out, NULL));
    GIVES(OVERTEN_INVALID_ARGUMENT, overten_verification_update(verification, "b", huge));
  }
  CHECK(out == NULL && verdict.age_seconds == 7);
  GIVES(OVERTEN_OK, overten_verification_update(verification, NULL, 0));
  GIVES(OVERTEN_OK, overten_verification_update(verification, BODY));
  GIVES(OVERTEN_OK, overten_verification_finish(verification, EXAMPLE_NOW, NULL, NULL));
  GIVES(OVERTEN_INVALID_ARGUMENT, overten_verification_finish(verification, EXAMPLE_NOW, NULL, NULL));
}

static void of_signing_and_answering(void) {
  overten_signature signature = {"kept", "kept"};
  overten_answer answer = {77, 0, "", ""};
  NULL_IS_REFUSED(overten_sign(NULL, 1, EXAMPLE_NOW, BODY, &signature, NULL));
  NULL_IS_REFUSED(overten_sign(TEXT(EXAMPLE_SECRET), EXAMPLE_NOW, NULL, 1, &signature, NULL));
  NULL_IS_REFUSED(overten_sign(TEXT(EXAMPLE_SECRET), EXAMPLE_NOW, BODY, NULL, NULL));
  GIVES(OVERTEN_EMPTY_SECRET, overten_sign(NULL, 0, EXAMPLE_NOW, BODY, &signature, NULL));
  NULL_IS_REFUSED(overten_answer_to(OVERTEN_OK, 401, NULL));
  GIVES(OVERTEN_INVALID_ARGUMENT, overten_answer_to(OVERTEN_OK, 200, &answer));
  for (size_t i = 0; i < 2; i++) {
    size_t huge = HUGE_LENS[i];
    GIVES(OVERTEN_INVALID_ARGUMENT, overten_sign("s", huge, EXAMPLE_NOW, BODY, &signature, NULL));
    GIVES(OVERTEN_INVALID_ARGUMENT, overten_sign(TEXT(EXAMPLE_SECRET), EXAMPLE_NOW, "b", huge, &signature, NULL));
        }
  CHECK(strcmp(signature.signature, "kept") == 0 && answer.http_status == 77);
  GIVES(OVERTEN_OK, overten_sign(TEXT(EXAMPLE_SECRET), EXAMPLE_NOW, NULL, 0, &signature, NULL));
  GIVES(OVERTEN_OK, overten_sign(TEXT(EXAMPLE_SECRET), EXAMPLE_NOW, BODY, &signature, NULL));
  CHECK(strcmp(signature.signature, EXAMPLE_SIGNATURE) == 0 && strcmp(signature.timestamp, EXAMPLE_TIMESTAMP) == 0);
}

/* New, in flight until the lease lapses, duplicate until the retention is over; a claim from the future lapses too. */
static void of_diagnosing(void) {
  overten_secret good = {NULL, 0, TEXT(EXAMPLE_SECRET)}, no_secret = {NULL, 0, NULL, 5};
  overten_header no_value = {TEXT("X-Other"), NULL, 3};
  overten_report *out = NULL;
  overten_view view = {"kept", 4};
  NULL_IS_REFUSED(overten_diagnose(NULL, 2, BODY, 0, &good, 1, &good, 1, NULL, &out, NULL));
  NULL_IS_REFUSED(overten_diagnose(&no_value, 1, BODY, 0, &good, 1, &good, 1, NULL, &out, NULL));
  NULL_IS_REFUSED(overten_diagnose(good_headers, 2, NULL, 1, 0, &good, 1, &good, 1, NULL, &out, NULL));
  NULL_IS_REFUSED(overten_diagnose(good_headers, 2, BODY, 0, NULL, 1, &good, 1, NULL, &out, NULL));
  NULL_IS_REFUSED(overten_diagnose(good_headers, 2, BODY, 0, &no_secret, 1, &good, 1, NULL, &out, NULL));
  NULL_IS_REFUSED(overten_diagnose(good_headers, 2, BODY, 0, &good, 1, NULL, 1, NULL, &out, NULL));
  NULL_IS_REFUSED(overten_diagnose(good_headers, 2, BODY, 0, &good, 1, &good, 1, NULL, NULL, NULL));
  NULL_IS_REFUSED(overten_diagnose_from_lines(NULL, 2, BODY, 0, "a", 1, &good, 1, NULL, &out, NULL));
  NULL_IS_REFUSED(overten_diagnose_from_lines(good_headers, 2, NULL, 1, 0, "a", 1, &good, 1, NULL, &out, NULL));
  NULL_IS_REFUSED(overten_diagnose_from_lines(good_headers, 2, BODY, 0, NULL, 1, &good, 1, NULL, &out, NULL));
  NULL_IS_REFUSED(overten_diagnose_from_lines(good_headers, 2, BODY, 0, "a", 1, NULL, 1, NULL, &out, NULL));
  NULL_IS_REFUSED(overten_diagnose_from_lines(good_headers, 2, BODY, 0, "a", 1, &good, 1, NULL, NULL, NULL));
  NULL_IS_REFUSED(overten_report_json(NULL, &view));
  NULL_IS_REFUSED(overten_report_text(NULL, &view));
  for (size_t i = 0; i < 2; i++) {
    size_t huge = HUGE_LENS[i];
    GIVES(OVERTEN_INVALID_ARGUMENT, overten_diagnose(good_headers, huge, BODY, 0, &good, 1, &good, 1, NULL, &out, NULL));
    GIVES(OVERTEN_INVALID_ARGUMENT, overten_diagnose(good_headers, 2, "b", huge, 0, &good, 1, &good, 1, NULL, &out, NULL));
    GIVES(OVERTEN_INVALID_ARGUMENT, overten_diagnose(good_headers, 2, BODY, 0, &good, huge, &good, 1, NULL, &out, NULL));
    GIVES(OVERTEN_INVALID_ARGUMENT, overten_diagnose(good_headers, 2, BODY, 0, &good, 1, &good, huge, NULL, &out, NULL));
    GIVES(OVERTEN_INVALID_ARGUMENT,
          overten_diagnose_from_lines(good_headers, huge, BODY, 0, "a", 1, &good, 1, NULL, &out, NULL));
    GIVES(OVERTEN_INVALID_ARGUMENT,
          overten_diagnose_from_lines(good_headers, 2, "b", huge, 0, "a", 1, &good, 1, NULL, &out, NULL));
    GIVES(OVERTEN_INVALID_ARGUMENT,
          overten_diagnose_from_lines(good_headers, 2, BODY, 0, "a", huge, &good, 1, NULL, &out, NULL));
    GIVES(OVERTEN_INVALID_ARGUMENT,
          overten_diagnose_from_lines(good_headers, 2, BODY, 0, "a", 1, &good, huge, NULL, &out, NULL));
  }
  overten_options options = OVERTEN_OPTIONS_DEFAULT;
  options.future_seconds = -1;
  GIVES(OVERTEN_INVALID_ARGUMENT, overten_diagnose(good_headers, 2, BODY, 0, &good, 1, NULL, 0, &options, &out, NULL));
  CHECK(out == NULL);
  /* What a verifier refuses is what a report says. */
  GIVES(OVERTEN_OK, overten_diagnose(NULL, 0, NULL, 0, 0, NULL, 0, NULL, 0, NULL, &out, NULL));
  NULL_IS_REFUSED(overten_report_json(out, NULL));
  NULL_IS_REFUSED(overten_report_text(out, NULL));
  CHECK(view_is(view, "kept"));
  GIVES(OVERTEN_OK, overten_report_json(out, &view));
  CHECK(strstr(view.data, "\"code\":\"no_secrets\"") != NULL);
  overten_report_free(out);
}

static void of_claims(void) {
  uint32_t outcome = 77;
  NULL_IS_REFUSED(overten_claim_judge(OVERTEN_LEDGER_NOTHING, 0, 0, 60, 604800, NULL));
  GIVES(OVERTEN_INVALID_ARGUMENT, overten_claim_judge(3, 0, 0, 60, 604800, &outcome));
  CHECK(outcome == 77);
  const struct {
    uint32_t kind;
    int64_t since, now;
    uint32_t outcome;
  } claims[] = {
      {OVERTEN_LEDGER_NOTHING, 0, 0, OVERTEN_OUTCOME_NEW},
      {OVERTEN_LEDGER_CLAIMED, 100, 160, OVERTEN_OUTCOME_IN_FLIGHT},
      {OVERTEN_LEDGER_CLAIMED, 100, 161, OVERTEN_OUTCOME_NEW},
      {OVERTEN_LEDGER_CLAIMED, 3700, 100, OVERTEN_OUTCOME_NEW},
      {OVERTEN_LEDGER_COMMITTED, 100, 604900, OVERTEN_OUTCOME_DUPLICATE},
      {OVERTEN_LEDGER_COMMITTED, 100, 604901, OVERTEN_OUTCOME_NEW},
  };
  for (size_t i = 0; i < sizeof claims / sizeof *claims; i++) {
    GIVES(OVERTEN_OK, overten_claim_judge(claims[i].kind, claims[i].since, claims[i].now, 60, 604800, &outcome));
    CHECK(outcome == claims[i].outcome);
  }
}

#define PATH TEXT("/webhooks/overten")

/* A receiver that cannot judge is given all the same, whatever was wrong. */
static void ends(overten_receiver **receiver, bool is_given) {
  CHECK((*receiver != NULL) == is_given);
  overten_receiver_free(*receiver);
  *receiver = NULL;
}

static void of_making_a_receiver(void) {
  overten_secret good = {NULL, 0, TEXT(EXAMPLE_SECRET)};
  overten_receiver *out = NULL;
  NULL_IS_REFUSED(overten_receiver_new(NULL, 1, PATH, NULL, &out, NULL));
  ends(&out, true);
  NULL_IS_REFUSED(overten_receiver_new(&good, 1, NULL, 1, NULL, &out, NULL));
  ends(&out, true);
  NULL_IS_REFUSED(overten_receiver_new(&good, 1, PATH, NULL, NULL, NULL));
  NULL_IS_REFUSED(overten_receiver_new_from_lines(NULL, 1, PATH, NULL, &out, NULL));
  ends(&out, true);
  NULL_IS_REFUSED(overten_receiver_new_from_lines(TEXT(EXAMPLE_SECRET), NULL, 1, NULL, &out, NULL));
  ends(&out, true);
  NULL_IS_REFUSED(overten_receiver_new_from_lines(TEXT(EXAMPLE_SECRET), PATH, NULL, NULL, NULL));
  NULL_IS_REFUSED(overten_receiver_new_misconfigured(NULL, 1, PATH, &out));
  NULL_IS_REFUSED(overten_receiver_new_misconfigured(TEXT("why"), NULL, 1, &out));
  NULL_IS_REFUSED(overten_receiver_new_misconfigured(TEXT("why"), PATH, NULL));
  GIVES(OVERTEN_OK, overten_receiver_new(&good, 1, NULL, 0, NULL, &out, NULL));
  ends(&out, true);
  for (size_t i = 0; i < 2; i++) {
    size_t huge = HUGE_LENS[i];
    GIVES(OVERTEN_INVALID_ARGUMENT, overten_receiver_new(&good, huge, PATH, NULL, &out, NULL));
    ends(&out, true);
    GIVES(OVERTEN_INVALID_ARGUMENT, overten_receiver_new(&good, 1, "/", huge, NULL, &out, NULL));
    ends(&out, true);
    GIVES(OVERTEN_INVALID_ARGUMENT, overten_receiver_new_from_lines("s", huge, PATH, NULL, &out, NULL));
    ends(&out, true);
    GIVES(OVERTEN_INVALID_ARGUMENT, overten_receiver_new_from_lines(TEXT(EXAMPLE_SECRET), "/", huge, NULL, &out, NULL));
    ends(&out, true);
    GIVES(OVERTEN_INVALID_ARGUMENT, overten_receiver_new_misconfigured("why", huge, PATH, &out));
    GIVES(OVERTEN_INVALID_ARGUMENT, overten_receiver_new_misconfigured(TEXT("why"), "/", huge, &out));
    ends(&out, false);
  }
  overten_receiver_options options = OVERTEN_RECEIVER_OPTIONS_DURABLE;
  GIVES(OVERTEN_OK, overten_receiver_new(&good, 1, PATH, &options, &out, NULL));
  ends(&out, true);
  options.struct_size = (uint32_t)sizeof(overten_options);
  GIVES(OVERTEN_INVALID_ARGUMENT, overten_receiver_new(&good, 1, PATH, &options, &out, NULL));
  ends(&out, true);
}

static void of_the_receiver(const overten_receiver *receiver) {
  const overten_verifier *lent = verifier;
  overten_view view = {"kept", 4};
  overten_defaults defaults = {77, 0, 0, 0, 0};
  uint32_t level = 77;
  bool present = true;
  int64_t seconds = 77;
  NULL_IS_REFUSED(overten_receiver_start_line(NULL, &level, &view));
  NULL_IS_REFUSED(overten_receiver_start_line(receiver, NULL, &view));
  NULL_IS_REFUSED(overten_receiver_start_line(receiver, &level, NULL));
  NULL_IS_REFUSED(overten_receiver_problem(NULL, &view));
  NULL_IS_REFUSED(overten_receiver_problem(receiver, NULL));
  NULL_IS_REFUSED(overten_receiver_verifier(NULL, &lent));
  NULL_IS_REFUSED(overten_receiver_verifier(receiver, NULL));
  NULL_IS_REFUSED(overten_receiver_last_matched(NULL, 0, &present, &seconds));
  NULL_IS_REFUSED(overten_receiver_last_matched(receiver, 0, NULL, &seconds));
  NULL_IS_REFUSED(overten_receiver_last_matched(receiver, 0, &present, NULL));
  GIVES(OVERTEN_INVALID_ARGUMENT, overten_receiver_last_matched(receiver, SIZE_MAX, &present, &seconds));
  NULL_IS_REFUSED(overten_receiver_defaults(true, NULL));
  CHECK(view_is(view, "kept") && level == 77 && present && seconds == 77 && lent == verifier && defaults.past_seconds == 77);
  GIVES(OVERTEN_OK, overten_receiver_last_matched(receiver, 0, &present, &seconds));
  CHECK(!present && seconds == 0);
  GIVES(OVERTEN_OK, overten_receiver_defaults(true, &defaults));
  overten_receiver_options durable = OVERTEN_RECEIVER_OPTIONS_DURABLE, options = OVERTEN_RECEIVER_OPTIONS_DEFAULT;
  CHECK(defaults.past_seconds == 259200 && defaults.retention_seconds == 604800 && defaults.lease_seconds == 60);
  CHECK(durable.past_seconds == 259200 && durable.retention_seconds == 604800 && durable.lease_seconds == 60);
  GIVES(OVERTEN_OK, overten_receiver_defaults(false, &defaults));
  CHECK(defaults.past_seconds == 300 && defaults.future_seconds == 300 && defaults.max_body_bytes == 1048576);
  CHECK(options.past_seconds == 300 && options.future_seconds == 300 && options.max_body_bytes == 1048576);
}

static void of_a_raw_line(const overten_receiver *receiver) {
  static char line[OVERTEN_RAW_LINE_BYTES] = "kept";
  overten_reception at = {{0}};
  overten_step step;
  size_t len = 77, room = sizeof line;
  GIVES(OVERTEN_OK, overten_reception_begin(receiver, TEXT("GET"), PATH, good_headers, 2, 0, &at, &step));
  NULL_IS_REFUSED(overten_reception_raw_line(NULL, &at, good_headers, 2, "b", 1, 0, line, room, &len));
  NULL_IS_REFUSED(overten_reception_raw_line(receiver, NULL, good_headers, 2, "b", 1, 0, line, room, &len));
  NULL_IS_REFUSED(overten_reception_raw_line(receiver, &at, NULL, 1, "b", 1, 0, line, room, &len));
  NULL_IS_REFUSED(overten_reception_raw_line(receiver, &at, good_headers, 2, NULL, 1, 0, line, room, &len));
  NULL_IS_REFUSED(overten_reception_raw_line(receiver, &at, good_headers, 2, "b", 1, 0, NULL, room, &len));
  NULL_IS_REFUSED(overten_reception_raw_line(receiver, &at, good_headers, 2, "b", 1, 0, line, room, NULL));
  for (size_t i = 0; i < 2; i++) {
    size_t huge = HUGE_LENS[i];
    GIVES(OVERTEN_INVALID_ARGUMENT, overten_reception_raw_line(receiver, &at, good_headers, huge, NULL, 0, 0, line, room, &len));
    GIVES(OVERTEN_INVALID_ARGUMENT, overten_reception_raw_line(receiver, &at, good_headers, 2, "", huge, 0, line, room, &len));
    GIVES(OVERTEN_INVALID_ARGUMENT, overten_reception_raw_line(receiver, &at, good_headers, 2, NULL, 0, 0, line, huge, &len));
  }
  GIVES(OVERTEN_INVALID_ARGUMENT, overten_reception_raw_line(receiver, &at, good_headers, 2, NULL, 0, 0, line, room - 1, &len));
  CHECK(len == 77 && strcmp(line, "kept") == 0);
  GIVES(OVERTEN_OK, overten_reception_raw_line(receiver, &at, good_headers, 2, NULL, 0, 0, line, room, &len));
  CHECK(len == 0 && line[0] == '\0'); /* it is off */
}

static void of_a_reception(const overten_receiver *receiver) {
  overten_reception at = {{0}}, kept;
  overten_step step = {77, 0, 0, 0, 0};
  overten_delivery *given = NULL;
  overten_event *read = NULL;
  overten_key key = {"kept"};
  overten_ending ending = {.status = 77};
  overten_view none = {NULL, 1};
  char packed[2048], line[OVERTEN_LINE_BYTES];
  size_t len = 77;
  NULL_IS_REFUSED(overten_reception_begin(NULL, TEXT("POST"), PATH, good_headers, 2, 0, &at, &step));
  NULL_IS_REFUSED(overten_reception_begin(receiver, NULL, 1, PATH, good_headers, 2, 0, &at, &step));
  NULL_IS_REFUSED(overten_reception_begin(receiver, TEXT("POST"), NULL, 1, good_headers, 2, 0, &at, &step));
  NULL_IS_REFUSED(overten_reception_begin(receiver, TEXT("POST"), PATH, NULL, 1, 0, &at, &step));
  NULL_IS_REFUSED(overten_reception_begin(receiver, TEXT("POST"), PATH, good_headers, 2, 0, NULL, &step));
  NULL_IS_REFUSED(overten_reception_begin(receiver, TEXT("POST"), PATH, good_headers, 2, 0, &at, NULL));
  for (size_t i = 0; i < 2; i++) {
    size_t huge = HUGE_LENS[i];
    GIVES(OVERTEN_INVALID_ARGUMENT, overten_reception_begin(receiver, "P", huge, PATH, good_headers, 2, 0, &at, &step));
    GIVES(OVERTEN_INVALID_ARGUMENT, overten_reception_begin(receiver, TEXT("POST"), "/", huge, good_headers, 2, 0, &at, &step));
    GIVES(OVERTEN_INVALID_ARGUMENT, overten_reception_begin(receiver, TEXT("POST"), PATH, good_headers, huge, 0, &at, &step));
  }
  CHECK(at.opaque[0] == 0 && step.kind == 77);
  GIVES(OVERTEN_OK, overten_reception_begin(receiver, TEXT("POST"), PATH, good_headers, 2, 0, &at, &step));
  CHECK(step.kind == OVERTEN_STEP_READ_BODY && step.max_body_bytes == 1048576);

  kept = at;
  step.kind = 77;
  NULL_IS_REFUSED(overten_reception_body(NULL, &at, BODY, EXAMPLE_NOW, &given, &read, &key, &step, NULL));
  NULL_IS_REFUSED(overten_reception_body(receiver, NULL, BODY, EXAMPLE_NOW, &given, &read, &key, &step, NULL));
  NULL_IS_REFUSED(overten_reception_body(receiver, &at, NULL, 1, EXAMPLE_NOW, &given, &read, &key, &step, NULL));
  NULL_IS_REFUSED(overten_reception_body(receiver, &at, BODY, EXAMPLE_NOW, NULL, &read, &key, &step, NULL));
  NULL_IS_REFUSED(overten_reception_body(receiver, &at, BODY, EXAMPLE_NOW, &given, NULL, &key, &step, NULL));
  NULL_IS_REFUSED(overten_reception_body(receiver, &at, BODY, EXAMPLE_NOW, &given, &read, NULL, &step, NULL));
  NULL_IS_REFUSED(overten_reception_body(receiver, &at, BODY, EXAMPLE_NOW, &given, &read, &key, NULL, NULL));
  NULL_IS_REFUSED(overten_reception_body_packed(NULL, &at, BODY, EXAMPLE_NOW, 1, packed, sizeof packed, &len, &key, &step,
                                                NULL));
  NULL_IS_REFUSED(overten_reception_body_packed(receiver, NULL, BODY, EXAMPLE_NOW, 1, packed, sizeof packed, &len, &key,
                                                &step, NULL));
  NULL_IS_REFUSED(overten_reception_body_packed(receiver, &at, NULL, 1, EXAMPLE_NOW, 1, packed, sizeof packed, &len, &key,
                                                &step, NULL));
  NULL_IS_REFUSED(overten_reception_body_packed(receiver, &at, BODY, EXAMPLE_NOW, 1, NULL, 1, &len, &key, &step, NULL));
  NULL_IS_REFUSED(overten_reception_body_packed(receiver, &at, BODY, EXAMPLE_NOW, 1, packed, sizeof packed, NULL, &key, &step,
                                                NULL));
  NULL_IS_REFUSED(overten_reception_body_packed(receiver, &at, BODY, EXAMPLE_NOW, 1, packed, sizeof packed, &len, NULL, &step,
                                                NULL));
  NULL_IS_REFUSED(overten_reception_body_packed(receiver, &at, BODY, EXAMPLE_NOW, 1, packed, sizeof packed, &len, &key, NULL,
                                                NULL));
  GIVES(OVERTEN_INVALID_ARGUMENT,
        overten_reception_body_packed(receiver, &at, BODY, EXAMPLE_NOW, 8, packed, sizeof packed, &len, &key, &step, NULL));
  NULL_IS_REFUSED(overten_reception_broken_off(NULL, &step, NULL));
  NULL_IS_REFUSED(overten_reception_broken_off(&at, NULL, NULL));
  NULL_IS_REFUSED(overten_reception_advance(NULL, OVERTEN_OUTCOME_NEW, 0, 0, &step, NULL));
  NULL_IS_REFUSED(overten_reception_advance(&at, OVERTEN_OUTCOME_NEW, 0, 0, NULL, NULL));
  GIVES(OVERTEN_INVALID_ARGUMENT, overten_reception_advance(&at, OVERTEN_OUTCOME_NEW, 0, 0, &step, NULL));
  for (size_t i = 0; i < 2; i++) {
    size_t huge = HUGE_LENS[i];
    GIVES(OVERTEN_INVALID_ARGUMENT,
          overten_reception_body(receiver, &at, "b", huge, EXAMPLE_NOW, &given, &read, &key, &step, NULL));
    GIVES(OVERTEN_INVALID_ARGUMENT,
          overten_reception_body_packed(receiver, &at, "b", huge, EXAMPLE_NOW, 1, packed, sizeof packed, &len, &key, &step, NULL));
    GIVES(OVERTEN_INVALID_ARGUMENT,
          overten_reception_body_packed(receiver, &at, BODY, EXAMPLE_NOW, 1, packed, huge, &len, &key, &step, NULL));
  }
  CHECK(memcmp(&at, &kept, sizeof at) == 0 && step.kind == 77 && given == NULL && read == NULL && len == 77);
  CHECK(strcmp(key.text, "kept") == 0);
  GIVES(OVERTEN_OK, overten_reception_body(receiver, &at, BODY, EXAMPLE_NOW, &given, &read, &key, &step, NULL));
  GIVES(OVERTEN_INVALID_ARGUMENT, overten_reception_body(receiver, &at, BODY, EXAMPLE_NOW, &given, &read, &key, &step, NULL));

  kept = at;
  step.kind = 77;
  NULL_IS_REFUSED(overten_reception_late(NULL, &at, read, &none, 0, 0, &ending, line, sizeof line, &len, &step));
  NULL_IS_REFUSED(overten_reception_late(receiver, NULL, read, &none, 0, 0, &ending, line, sizeof line, &len, &step));
  NULL_IS_REFUSED(overten_reception_late(receiver, &at, read, NULL, 1, 0, &ending, line, sizeof line, &len, &step));
  NULL_IS_REFUSED(overten_reception_late(receiver, &at, read, &none, 1, 0, &ending, line, sizeof line, &len, &step));
  NULL_IS_REFUSED(overten_reception_late(receiver, &at, read, &none, 0, 0, NULL, line, sizeof line, &len, &step));
  NULL_IS_REFUSED(overten_reception_late(receiver, &at, read, &none, 0, 0, &ending, NULL, 1, &len, &step));
  NULL_IS_REFUSED(overten_reception_late(receiver, &at, read, &none, 0, 0, &ending, line, sizeof line, NULL, &step));
  NULL_IS_REFUSED(overten_reception_late(receiver, &at, read, &none, 0, 0, &ending, line, sizeof line, &len, NULL));
  NULL_IS_REFUSED(overten_reception_late_named(NULL, &at, TEXT("e"), TEXT("r"), TEXT("t"), &none, 0, 0, &ending, line,
                                               sizeof line, &len, &step));
  NULL_IS_REFUSED(overten_reception_late_named(receiver, NULL, TEXT("e"), TEXT("r"), TEXT("t"), &none, 0, 0, &ending, line,
                                               sizeof line, &len, &step));
  NULL_IS_REFUSED(overten_reception_late_named(receiver, &at, NULL, 1, TEXT("r"), TEXT("t"), &none, 0, 0, &ending, line,
                                               sizeof line, &len, &step));
  NULL_IS_REFUSED(overten_reception_late_named(receiver, &at, TEXT("e"), NULL, 1, TEXT("t"), &none, 0, 0, &ending, line,
                                               sizeof line, &len, &step));
  NULL_IS_REFUSED(overten_reception_late_named(receiver, &at, TEXT("e"), TEXT("r"), NULL, 1, &none, 0, 0, &ending, line,
                                               sizeof line, &len, &step));
  NULL_IS_REFUSED(overten_reception_late_named(receiver, &at, TEXT("e"), TEXT("r"), TEXT("t"), NULL, 1, 0, &ending, line,
                                               sizeof line, &len, &step));
  NULL_IS_REFUSED(overten_reception_late_named(receiver, &at, TEXT("e"), TEXT("r"), TEXT("t"), &none, 0, 0, NULL, line,
                                               sizeof line, &len, &step));
  NULL_IS_REFUSED(overten_reception_late_named(receiver, &at, TEXT("e"), TEXT("r"), TEXT("t"), &none, 0, 0, &ending, NULL, 1,
                                               &len, &step));
  NULL_IS_REFUSED(overten_reception_late_named(receiver, &at, TEXT("e"), TEXT("r"), TEXT("t"), &none, 0, 0, &ending, line,
                                               sizeof line, NULL, &step));
  NULL_IS_REFUSED(overten_reception_late_named(receiver, &at, TEXT("e"), TEXT("r"), TEXT("t"), &none, 0, 0, &ending, line,
                                               sizeof line, &len, NULL));
  for (size_t i = 0; i < 2; i++) {
    size_t huge = HUGE_LENS[i];
    GIVES(OVERTEN_INVALID_ARGUMENT,
          overten_reception_late(receiver, &at, read, &none, huge, 0, &ending, line, sizeof line, &len, &step));
    GIVES(OVERTEN_INVALID_ARGUMENT, overten_reception_late(receiver, &at, read, &none, 0, 0, &ending, line, huge, &len, &step));
    GIVES(OVERTEN_INVALID_ARGUMENT,
          overten_reception_late_named(receiver, &at, "e", huge, TEXT("r"), TEXT("t"), &none, 0, 0, &ending, line,
                                       sizeof line, &len, &step));
    GIVES(OVERTEN_INVALID_ARGUMENT,
          overten_reception_late_named(receiver, &at, TEXT("e"), "r", huge, TEXT("t"), &none, 0, 0, &ending, line,
                                       sizeof line, &len, &step));
    GIVES(OVERTEN_INVALID_ARGUMENT,
          overten_reception_late_named(receiver, &at, TEXT("e"), TEXT("r"), "t", huge, &none, 0, 0, &ending, line,
                                       sizeof line, &len, &step));
    GIVES(OVERTEN_INVALID_ARGUMENT,
          overten_reception_late_named(receiver, &at, TEXT("e"), TEXT("r"), TEXT("t"), &none, huge, 0, &ending, line,
                                       sizeof line, &len, &step));
    GIVES(OVERTEN_INVALID_ARGUMENT,
          overten_reception_late_named(receiver, &at, TEXT("e"), TEXT("r"), TEXT("t"), &none, 0, 0, &ending, line, huge, &len,
                                       &step));
  }
  CHECK(memcmp(&at, &kept, sizeof at) == 0 && step.kind == 77 && ending.status == 77 && len == 77);
  GIVES(OVERTEN_OK, overten_reception_late(receiver, &at, read, &none, 0, 0, &ending, NULL, 0, &len, &step));
  CHECK(memcmp(&at, &kept, sizeof at) == 0 && len > 77 && ending.status == 77);
  GIVES(OVERTEN_OK, overten_reception_late(receiver, &at, read, &none, 0, 0, &ending, line, len, &len, &step));
  CHECK(memcmp(&at, &kept, sizeof at) == 0 && ending.status == 77); /* its NUL has no room */
  GIVES(OVERTEN_OK, overten_reception_late(receiver, &at, read, &none, 0, 0, &ending, line, len + 1, &len, &step));
  CHECK(ending.status == OVERTEN_UNAVAILABLE && ending.answer.http_status == 503 && strlen(line) == len);

  ending.status = 77, len = 77;
  GIVES(OVERTEN_INVALID_ARGUMENT, overten_reception_end(receiver, &at, read, &none, 0, 0, &ending, line, sizeof line, &len));
  GIVES(OVERTEN_OK, overten_reception_advance(&at, OVERTEN_OUTCOME_DUPLICATE, 0, 0, &step, NULL));
  CHECK(step.kind == OVERTEN_STEP_ANSWER);
  kept = at;
  NULL_IS_REFUSED(overten_reception_end(NULL, &at, read, &none, 0, 0, &ending, line, sizeof line, &len));
  NULL_IS_REFUSED(overten_reception_end(receiver, NULL, read, &none, 0, 0, &ending, line, sizeof line, &len));
  NULL_IS_REFUSED(overten_reception_end(receiver, &at, read, NULL, 1, 0, &ending, line, sizeof line, &len));
  NULL_IS_REFUSED(overten_reception_end(receiver, &at, read, &none, 1, 0, &ending, line, sizeof line, &len));
  NULL_IS_REFUSED(overten_reception_end(receiver, &at, read, &none, 0, 0, NULL, line, sizeof line, &len));
  NULL_IS_REFUSED(overten_reception_end(receiver, &at, read, &none, 0, 0, &ending, NULL, 1, &len));
  NULL_IS_REFUSED(overten_reception_end(receiver, &at, read, &none, 0, 0, &ending, line, sizeof line, NULL));
  NULL_IS_REFUSED(overten_reception_end_named(NULL, &at, TEXT("e"), TEXT("r"), TEXT("t"), &none, 0, 0, &ending, line,
                                              sizeof line, &len));
  NULL_IS_REFUSED(overten_reception_end_named(receiver, NULL, TEXT("e"), TEXT("r"), TEXT("t"), &none, 0, 0, &ending, line,
                                              sizeof line, &len));
  NULL_IS_REFUSED(overten_reception_end_named(receiver, &at, NULL, 1, TEXT("r"), TEXT("t"), &none, 0, 0, &ending, line,
                                              sizeof line, &len));
  NULL_IS_REFUSED(overten_reception_end_named(receiver, &at, TEXT("e"), NULL, 1, TEXT("t"), &none, 0, 0, &ending, line,
                                              sizeof line, &len));
  NULL_IS_REFUSED(overten_reception_end_named(receiver, &at, TEXT("e"), TEXT("r"), NULL, 1, &none, 0, 0, &ending, line,
                                              sizeof line, &len));
  NULL_IS_REFUSED(overten_reception_end_named(receiver, &at, TEXT("e"), TEXT("r"), TEXT("t"), NULL, 1, 0, &ending, line,
                                              sizeof line, &len));
  NULL_IS_REFUSED(overten_reception_end_named(receiver, &at, TEXT("e"), TEXT("r"), TEXT("t"), &none, 0, 0, NULL, line,
                                              sizeof line, &len));
  NULL_IS_REFUSED(overten_reception_end_named(receiver, &at, TEXT("e"), TEXT("r"), TEXT("t"), &none, 0, 0, &ending, NULL, 1,
                                              &len));
  NULL_IS_REFUSED(overten_reception_end_named(receiver, &at, TEXT("e"), TEXT("r"), TEXT("t"), &none, 0, 0, &ending, line,
                                              sizeof line, NULL));
  for (size_t i = 0; i < 2; i++) {
    size_t huge = HUGE_LENS[i];
    GIVES(OVERTEN_INVALID_ARGUMENT,
          overten_reception_end(receiver, &at, read, &none, huge, 0, &ending, line, sizeof line, &len));
    GIVES(OVERTEN_INVALID_ARGUMENT, overten_reception_end(receiver, &at, read, &none, 0, 0, &ending, line, huge, &len));
    GIVES(OVERTEN_INVALID_ARGUMENT,
          overten_reception_end_named(receiver, &at, "e", huge, TEXT("r"), TEXT("t"), &none, 0, 0, &ending, line, sizeof line,
                                      &len));
    GIVES(OVERTEN_INVALID_ARGUMENT,
          overten_reception_end_named(receiver, &at, TEXT("e"), "r", huge, TEXT("t"), &none, 0, 0, &ending, line, sizeof line,
                                      &len));
    GIVES(OVERTEN_INVALID_ARGUMENT,
          overten_reception_end_named(receiver, &at, TEXT("e"), TEXT("r"), "t", huge, &none, 0, 0, &ending, line, sizeof line,
                                      &len));
    GIVES(OVERTEN_INVALID_ARGUMENT,
          overten_reception_end_named(receiver, &at, TEXT("e"), TEXT("r"), TEXT("t"), &none, huge, 0, &ending, line,
                                      sizeof line, &len));
    GIVES(OVERTEN_INVALID_ARGUMENT,
          overten_reception_end_named(receiver, &at, TEXT("e"), TEXT("r"), TEXT("t"), &none, 0, 0, &ending, line, huge, &len));
  }
  GIVES(OVERTEN_INVALID_ARGUMENT,
        overten_reception_end_named(receiver, &at, TEXT("\xff"), TEXT("r"), NULL, 0, NULL, 0, 0, &ending, line, sizeof line, &len));
  CHECK(memcmp(&at, &kept, sizeof at) == 0 && ending.status == 77 && len == 77);
  GIVES(OVERTEN_OK, overten_reception_end(receiver, &at, NULL, NULL, 0, 0, &ending, line, sizeof line, &len));
  CHECK(ending.status == OVERTEN_DUPLICATE && ending.answer.http_status == 0 && strlen(line) == len);
  GIVES(OVERTEN_INVALID_ARGUMENT, overten_reception_end(receiver, &at, NULL, NULL, 0, 0, &ending, line, sizeof line, &len));
  overten_event_free(read);
  overten_delivery_free(given);
}

/* README: "Functions that take a status or another number take any value of it: an unknown one is `OVERTEN_INVALID_ARGUMENT`,
 * never undefined; where a status is only told about or answered, an unknown one is `unknown` and answered as misconfigured." */
static void of_any_number(void) {
  const uint32_t unknown[] = {4, 99, 108, 301, 608, UINT32_MAX};
  overten_answer answer;
  overten_reception reception = {{0}};
  overten_step step;
  uint32_t outcome;
  for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
    CHECK(strcmp(overten_status_code(unknown[i]), "unknown") == 0 && overten_status_message(unknown[i])[0] != '\0');
    CHECK(overten_status_http_status(unknown[i]) == 503 && overten_status_retryable(unknown[i]));
    GIVES(OVERTEN_OK, overten_answer_to(unknown[i], 401, &answer));
    CHECK(answer.http_status == 503 && strcmp(answer.body, "{\"error\":\"misconfigured\"}") == 0);
    GIVES(OVERTEN_INVALID_ARGUMENT, overten_answer_to(OVERTEN_OK, unknown[i], &answer));
    GIVES(OVERTEN_INVALID_ARGUMENT, overten_claim_judge(unknown[i], 0, 0, 60, 604800, &outcome));
    GIVES(OVERTEN_INVALID_ARGUMENT, overten_reception_advance(&reception, unknown[i], 0, 0, &step, NULL));
  }
}

/* README: "`data` is NULL when the field is absent; it is not NULL, with `len` 0, when the field is there and empty." */
static void of_absent_and_empty(void) {
  static const char body[] = "{\"event\":\"e\",\"run_id\":\"r\",\"summary\":\"\",\"message\":null}";
  overten_signature signature;
  overten_delivery *given = NULL;
  overten_event *read = NULL;
  overten_view empty = {"kept", 4}, absent = {"kept", 4};
  bool present = true;
  double credits = 77;
  REQUIRE(overten_sign(TEXT(EXAMPLE_SECRET), EXAMPLE_NOW, TEXT(body), &signature, NULL) == OVERTEN_OK);
  REQUIRE(overten_verify(verifier, signature.signature, strlen(signature.signature), TIME, TEXT(body), EXAMPLE_NOW, &given, NULL,
                         NULL) == OVERTEN_OK);
  REQUIRE(overten_delivery_event(given, &read, NULL) == OVERTEN_OK);
  GIVES(OVERTEN_OK, overten_event_summary(read, &empty));
  GIVES(OVERTEN_OK, overten_event_message(read, &absent));
  CHECK(empty.data != NULL && empty.len == 0 && absent.data == NULL && absent.len == 0);
  GIVES(OVERTEN_OK, overten_event_credits_used(read, &present, &credits));
  CHECK(!present && !(credits > 0));
  overten_event_free(read);
  overten_delivery_free(given);
}

/* README: "`out_error` is written only when the function does *not* return `OVERTEN_OK`." It says nothing that a log must not hold. */
static void of_the_error(void) {
  overten_error error;
  memset(&error, 7, sizeof error);
  overten_error before = error;
  GIVES(OVERTEN_OK, overten_verify(verifier, SIG, TIME, BODY, EXAMPLE_NOW, NULL, NULL, &error));
  CHECK(memcmp(&error, &before, sizeof error) == 0);
  char changed[] = EXAMPLE_SIGNATURE;
  changed[sizeof changed - 2] = '0';
  memset(&error, 0, sizeof error);
  GIVES(OVERTEN_SIGNATURE_MISMATCH, overten_verify(verifier, TEXT(changed), TIME, BODY, EXAMPLE_NOW, NULL, NULL, &error));
  CHECK(strstr(error.message, "f28888a0") == NULL && strstr(error.message, "whsec_AAEC") == NULL);
  /* Something in front of the host read the body: its sender is not to blame. */
  overten_header announced[] = {good_headers[0], good_headers[1], {TEXT("content-length"), TEXT("62")}};
  GIVES(OVERTEN_SIGNATURE_MISMATCH, overten_verify_headers(verifier, announced, 3, NULL, 0, EXAMPLE_NOW, NULL, NULL, &error));
  CHECK(strstr(error.message, "the body has 0 bytes where Content-Length says 62") != NULL);
  overten_verification *emptied = NULL;
  REQUIRE(overten_verification_new_headers(verifier, announced, 3, &emptied, NULL) == OVERTEN_OK);
  GIVES(OVERTEN_SIGNATURE_MISMATCH, overten_verification_finish(emptied, EXAMPLE_NOW, NULL, &error));
  CHECK(strstr(error.message, "the body has 0 bytes where Content-Length says 62") != NULL);
  overten_verification_free(emptied);
  GIVES(OVERTEN_TIMESTAMP_TOO_OLD, overten_verify(verifier, SIG, TIME, BODY, EXAMPLE_NOW + 301, NULL, NULL, &error));
  CHECK(error.age_seconds == 301 && error.limit == 300);
  GIVES(OVERTEN_TIMESTAMP_IN_FUTURE, overten_verify(verifier, SIG, TIME, BODY, EXAMPLE_NOW - 301, NULL, NULL, &error));
  CHECK(error.age_seconds == -301 && error.limit == 300);
  overten_secret two[] = {{NULL, 0, TEXT(EXAMPLE_SECRET)}, {NULL, 0, TEXT("secret-planted")}};
  overten_verifier *out = NULL;
  GIVES(OVERTEN_SHORT_SECRET, overten_verifier_new(two, 2, NULL, &out, &error));
  CHECK(error.position == 1 && strstr(error.message, "planted") == NULL);
  NULL_IS_REFUSED(overten_verify(NULL, SIG, TIME, BODY, EXAMPLE_NOW, NULL, NULL, &error));
  CHECK(error.code == OVERTEN_NULL_ARGUMENT && error.message[0] != '\0');
}

/* With handles that are NULL by now: a status from each function that takes one. */
static void of_what_was_freed(void) {
  overten_view view;
  uint32_t kind;
  size_t count;
  int64_t seconds;
  NULL_IS_REFUSED(overten_verifier_secret_count(verifier, &count));
  NULL_IS_REFUSED(overten_verify(verifier, SIG, TIME, BODY, EXAMPLE_NOW, NULL, NULL, NULL));
  NULL_IS_REFUSED(overten_verify_headers(verifier, good_headers, 2, BODY, EXAMPLE_NOW, NULL, NULL, NULL));
  NULL_IS_REFUSED(overten_verification_new(verifier, SIG, TIME, &verification, NULL));
  NULL_IS_REFUSED(overten_verification_update(verification, BODY));
  NULL_IS_REFUSED(overten_verification_finish(verification, EXAMPLE_NOW, NULL, NULL));
  NULL_IS_REFUSED(overten_delivery_body(delivery, &view));
  NULL_IS_REFUSED(overten_delivery_timestamp(delivery, &seconds));
  NULL_IS_REFUSED(overten_delivery_event(delivery, &event, NULL));
  NULL_IS_REFUSED(overten_event_kind(event, &kind));
  NULL_IS_REFUSED(overten_event_run_id(event, &view));
}

int main(void) {
  verifier = example_verifier();
  REQUIRE(overten_verify(verifier, SIG, TIME, BODY, EXAMPLE_NOW, &delivery, NULL, NULL) == OVERTEN_OK);
  REQUIRE(overten_delivery_event(delivery, &event, NULL) == OVERTEN_OK);
  REQUIRE(overten_verification_new(verifier, SIG, TIME, &verification, NULL) == OVERTEN_OK);
  of_the_verifier();
  of_the_headers();
  of_verifying();
  of_the_record();
  of_the_delivery();
  of_the_event();
  of_the_verification();
  of_signing_and_answering();
  of_diagnosing();
  of_claims();
  of_making_a_receiver();
  overten_receiver *receiver = NULL;
  REQUIRE(overten_receiver_new_from_lines(TEXT(EXAMPLE_SECRET), PATH, NULL, &receiver, NULL) == OVERTEN_OK);
  of_the_receiver(receiver);
  of_a_raw_line(receiver);
  of_a_reception(receiver);
  overten_receiver_free(receiver);
  of_the_error();
  of_any_number();
  of_absent_and_empty();
  overten_event_free(event);
  overten_delivery_free(delivery);
  overten_verification_free(verification);
  overten_verifier_free(verifier);
  /* Freed, then NULL. README: "Every `_free` takes NULL and does nothing." */
  event = NULL, delivery = NULL, verification = NULL, verifier = NULL;
  overten_event_free(event);
  overten_delivery_free(delivery);
  overten_verification_free(verification);
  overten_verifier_free(verifier);
  overten_receiver_free(NULL);
  overten_report_free(NULL);
  of_what_was_freed();
  return failed != 0;
}
