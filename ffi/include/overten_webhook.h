/* INTENDED header, written by hand for the start; replaced by cbindgen's. */
#ifndef OVERTEN_WEBHOOK_H
#define OVERTEN_WEBHOOK_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OVERTEN_VERSION "0.1.0"
#define OVERTEN_VERSION_MAJOR 0
#define OVERTEN_VERSION_MINOR 1
#define OVERTEN_VERSION_PATCH 0

/* statuses: OVERTEN_OK 0, OVERTEN_NULL_ARGUMENT 1, OVERTEN_INVALID_ARGUMENT 2, OVERTEN_INTERNAL 3,
   OVERTEN_NO_SECRETS 100 ..., one per core Code, its word in upper case */
typedef uint32_t overten_status;

/* event kinds */
#define OVERTEN_KIND_RUN_COMPLETED 1
#define OVERTEN_KIND_RUN_FAILED 2
#define OVERTEN_KIND_OTHER 3

/* which key: RUN and TASK are the two scopes; BODY is for quarantined deliveries. A bit mask where several can be asked for. */
#define OVERTEN_KEY_RUN 1
#define OVERTEN_KEY_TASK 2
#define OVERTEN_KEY_BODY 4

/* overten_options.flags: a side of the tolerance switched off, by name */
#define OVERTEN_PAST_UNCHECKED 1
#define OVERTEN_FUTURE_UNCHECKED 2

typedef struct overten_verifier overten_verifier;         /* opaque */
typedef struct overten_delivery overten_delivery;         /* opaque */
typedef struct overten_event overten_event;               /* opaque */
typedef struct overten_verification overten_verification; /* opaque */

typedef struct overten_view { const char *data; size_t len; } overten_view;
/* label NULL: the default label (secret-0, ...) */
typedef struct overten_secret { const char *label; size_t label_len; const char *secret; size_t secret_len; } overten_secret;
typedef struct overten_header { const char *name; size_t name_len; const char *value; size_t value_len; } overten_header;

/* the same layout on every platform, wasm32 included: 32 bytes */
typedef struct overten_options {
  uint32_t struct_size;     /* offset 0: sizeof(overten_options) */
  uint32_t flags;           /* 4 */
  int64_t past_seconds;     /* 8: 0 is 'this very second', negative is refused */
  int64_t future_seconds;   /* 16 */
  uint64_t max_body_bytes;  /* 24 */
} overten_options;
#define OVERTEN_OPTIONS_DEFAULT { sizeof(overten_options), 0, 300, 300, 1048576 }

/* the same layout on every platform: 24 bytes */
typedef struct overten_verdict {
  int64_t timestamp;        /* 0: Unix seconds, as signed */
  int64_t age_seconds;      /* 8: negative for a delivery from the future */
  uint32_t secret_index;    /* 16: which secret matched */
  uint32_t reserved;        /* 20: 0 */
} overten_verdict;

/* the same layout on every platform: 264 bytes */
typedef struct overten_error {
  uint32_t code;            /* 0: the status that was returned */
  int32_t position;         /* 4: secret codes: the secret's position from 0; else -1 */
  int64_t age_seconds;      /* 8: timestamp_too_old, timestamp_in_future; else 0 */
  uint64_t limit;           /* 16: the freshness codes: tolerance in seconds; body_too_large: max_body_bytes; else 0 */
  int64_t offset;           /* 24: malformed_payload: offset in the body received; else -1 */
  char field[16];           /* 32: malformed_payload: the member at fault, NUL-terminated; else empty */
  char message[216];        /* 48: what went wrong and what to do, NUL-terminated */
} overten_error;

typedef struct overten_signature { char signature[72]; char timestamp[16]; } overten_signature; /* NUL-terminated */
typedef struct overten_key { char text[400]; } overten_key;                                     /* NUL-terminated */
typedef struct overten_answer {
  uint32_t http_status;            /* 0 */
  uint32_t retry_after_seconds;    /* 4: send Retry-After when not 0 */
  char allow[8];                   /* 8: send Allow when not empty */
  char body[48];                   /* 16: NUL-terminated, application/json */
} overten_answer;

/* ---- verifier */
/* caller frees *out_verifier with overten_verifier_free; secrets and options may go on return; options NULL: defaults */
overten_status overten_verifier_new(const overten_secret *secrets, size_t secrets_len, const overten_options *options,
                                    overten_verifier **out_verifier, overten_error *out_error /*nullable*/);
/* the form of an environment variable: one secret a line, each `label:secret` or `secret`, blank lines skipped */
overten_status overten_verifier_new_from_lines(const char *lines, size_t lines_len, const overten_options *options,
                                    overten_verifier **out_verifier, overten_error *out_error /*nullable*/);
void overten_verifier_free(overten_verifier *verifier);
overten_status overten_verifier_secret_count(const overten_verifier *verifier, size_t *out_count);
overten_status overten_verifier_secret_label(const overten_verifier *verifier, size_t index, overten_view *out_label);
overten_status overten_verifier_secret_fingerprint(const overten_verifier *verifier, size_t index, overten_view *out_fingerprint);

/* ---- verify */
/* steps 1 to 3: what can be said before any of the body is read */
overten_status overten_headers_check(const overten_header *headers, size_t headers_len, overten_error *out_error /*nullable*/);
/* out_delivery, out_verdict, out_error nullable; body borrowed until the delivery and its events are freed */
overten_status overten_verify(const overten_verifier *verifier, const char *signature, size_t signature_len,
                              const char *timestamp, size_t timestamp_len, const void *body, size_t body_len,
                              int64_t now_unix_seconds, overten_delivery **out_delivery, overten_verdict *out_verdict,
                              overten_error *out_error);
overten_status overten_verify_headers(const overten_verifier *verifier, const overten_header *headers, size_t headers_len,
                              const void *body, size_t body_len, int64_t now_unix_seconds,
                              overten_delivery **out_delivery, overten_verdict *out_verdict, overten_error *out_error);

/* ---- delivery */
void overten_delivery_free(overten_delivery *delivery);
overten_status overten_delivery_timestamp(const overten_delivery *delivery, int64_t *out_unix_seconds);
overten_status overten_delivery_age_seconds(const overten_delivery *delivery, int64_t *out_age_seconds);
overten_status overten_delivery_secret_index(const overten_delivery *delivery, size_t *out_index);
overten_status overten_delivery_secret_label(const overten_delivery *delivery, overten_view *out_label);
overten_status overten_delivery_body(const overten_delivery *delivery, overten_view *out_body);
overten_status overten_delivery_body_key(const overten_delivery *delivery, overten_key *out_key);
/* caller frees *out_event; OVERTEN_MALFORMED_PAYLOAD with out_error's offset and field */
overten_status overten_delivery_event(const overten_delivery *delivery, overten_event **out_event, overten_error *out_error);

/* ---- event: views live until the event is freed */
void overten_event_free(overten_event *event);
overten_status overten_event_kind(const overten_event *event, uint32_t *out_kind);
overten_status overten_event_name(const overten_event *event, overten_view *out_name);
overten_status overten_event_run_id(const overten_event *event, overten_view *out_run_id);
/* each of these: absent is data == NULL */
overten_status overten_event_task_id(const overten_event *event, overten_view *out_task_id);
overten_status overten_event_agent_name(const overten_event *event, overten_view *out_agent_name);
overten_status overten_event_format(const overten_event *event, overten_view *out_format);
overten_status overten_event_status(const overten_event *event, overten_view *out_status);
overten_status overten_event_summary(const overten_event *event, overten_view *out_summary);
overten_status overten_event_download_url(const overten_event *event, overten_view *out_download_url);
overten_status overten_event_edit_url(const overten_event *event, overten_view *out_edit_url);
overten_status overten_event_message(const overten_event *event, overten_view *out_message);
overten_status overten_event_error_code(const overten_event *event, overten_view *out_error_code);
overten_status overten_event_error_message(const overten_event *event, overten_view *out_error_message);
overten_status overten_event_credits_used(const overten_event *event, bool *out_present, double *out_credits_used);
overten_status overten_event_duration_ms(const overten_event *event, bool *out_present, uint64_t *out_duration_ms);
/* any member, the JSON text as sent */
overten_status overten_event_member(const overten_event *event, const char *name, size_t name_len, overten_view *out_json);
/* scope: OVERTEN_KEY_RUN or OVERTEN_KEY_TASK */
overten_status overten_event_idempotency_key(const overten_event *event, uint32_t scope, overten_key *out_key);

/* ---- bodies that arrive in chunks; the verifier must outlive the verification */
overten_status overten_verification_new(const overten_verifier *verifier, const char *signature, size_t signature_len,
                              const char *timestamp, size_t timestamp_len,
                              overten_verification **out_verification, overten_error *out_error);
overten_status overten_verification_new_headers(const overten_verifier *verifier, const overten_header *headers, size_t headers_len,
                              overten_verification **out_verification, overten_error *out_error);
/* OVERTEN_BODY_TOO_LARGE: stop reading */
overten_status overten_verification_update(overten_verification *verification, const void *chunk, size_t chunk_len);
/* once; does not free */
overten_status overten_verification_finish(overten_verification *verification, int64_t now_unix_seconds,
                              overten_verdict *out_verdict, overten_error *out_error);
void overten_verification_free(overten_verification *verification);

/* ---- whole delivery in one call, for language bindings: no handle, no pointer kept */
/* Verifies, reads, and writes verdict, event and keys as one record (layout: ffi/README.md, "The packed record").
   keys: mask of OVERTEN_KEY_*. *out_packed_len is the record's length; nothing is written to out_packed where that is
   more than out_packed_capacity: call again with more. OVERTEN_OK also for an authentic delivery whose payload is malformed:
   the record says so. */
overten_status overten_verify_packed(const overten_verifier *verifier, const char *signature, size_t signature_len,
                              const char *timestamp, size_t timestamp_len, const void *body, size_t body_len,
                              int64_t now_unix_seconds, uint32_t keys, void *out_packed, size_t out_packed_capacity,
                              size_t *out_packed_len, overten_error *out_error);
/* the same record from a delivery that is there already */
overten_status overten_delivery_packed(const overten_delivery *delivery, uint32_t keys, void *out_packed,
                              size_t out_packed_capacity, size_t *out_packed_len);

/* ---- sign */
overten_status overten_sign(const char *secret, size_t secret_len, int64_t timestamp_unix_seconds, const void *body, size_t body_len,
                              overten_signature *out_signature, overten_error *out_error);

/* ---- answers (SPEC 6) */
/* path, then method: OVERTEN_OK, OVERTEN_NOT_FOUND or OVERTEN_METHOD_NOT_ALLOWED */
overten_status overten_request_check(const char *path, size_t path_len, const char *method, size_t method_len,
                              const char *target, size_t target_len);
/* mismatch_http_status: 401, or 503 while secrets are being set up */
overten_status overten_answer_to(overten_status code, uint32_t mismatch_http_status, overten_answer *out_answer);

/* ---- statuses: any value is defined; text is static and NUL-terminated */
const char *overten_status_code(uint32_t status);        /* "signature_mismatch"; "unknown" */
const char *overten_status_message(uint32_t status);
uint32_t overten_status_http_status(uint32_t status);     /* 503 for an unknown one */
bool overten_status_retryable(uint32_t status);

/* ---- version of the library that is linked */
const char *overten_version(void);
uint32_t overten_version_number(void);   /* major << 16 | minor << 8 | patch */
#endif
