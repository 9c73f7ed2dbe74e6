/* explain SIGNATURE TIMESTAMP < BODY: says why a captured delivery does not verify. */
#include <overten_webhook.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int main(int argc, char **argv) {
  static char body[1024 * 1024 + 1];
  size_t body_len = fread(body, 1, sizeof body, stdin);
  const char *secrets = getenv("OVERTEN_WEBHOOK_SECRETS"); /* one a line, each `label:secret` or `secret` */
  if (argc != 3 || secrets == NULL) return EXIT_FAILURE;
  overten_header headers[] = {
      {OVERTEN_SIGNATURE_HEADER, strlen(OVERTEN_SIGNATURE_HEADER), argv[1], strlen(argv[1])},
      {OVERTEN_TIMESTAMP_HEADER, strlen(OVERTEN_TIMESTAMP_HEADER), argv[2], strlen(argv[2])},
  };

  overten_report *report = NULL;
  overten_error error;
  if (overten_diagnose_from_lines(headers, 2, body, body_len, (int64_t)time(NULL), secrets, strlen(secrets), NULL, 0, NULL,
                                  &report, &error) != OVERTEN_OK) {
    fprintf(stderr, "%s: %s\n", overten_status_code(error.code), error.message);
    return EXIT_FAILURE;
  }
  overten_view text;
  if (overten_report_text(report, &text) == OVERTEN_OK) fwrite(text.data, 1, text.len, stdout);
  overten_report_free(report);
  return EXIT_SUCCESS;
}
