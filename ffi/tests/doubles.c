/* A clock that a test sets and a point at which it can hold a request, linked into a receiver by `--wrap`. The shipped example has
 * neither. */

#include <overten_webhook.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

time_t __wrap_time(time_t *out);
overten_status __wrap_overten_delivery_timestamp(const overten_delivery *delivery, int64_t *out_unix_seconds);
overten_status __real_overten_delivery_timestamp(const overten_delivery *delivery, int64_t *out_unix_seconds);

/* The time that stands in the file TEST_CLOCK. */
time_t __wrap_time(time_t *out) {
  long long now = 0;
  FILE *clock = fopen(getenv("TEST_CLOCK"), "r");
  if (clock == NULL || fscanf(clock, "%lld", &now) != 1) abort();
  fclose(clock);
  if (out != NULL) *out = (time_t)now;
  return (time_t)now;
}

/* What the receiver asks once a key is claimed, before it hands on. Where TEST_GATE names two file descriptors this tells the first
 * that it was called, and waits for a byte from the second. */
overten_status __wrap_overten_delivery_timestamp(const overten_delivery *delivery, int64_t *out_unix_seconds) {
  int arrived, gate;
  char byte = '.';
  const char *names = getenv("TEST_GATE");
  if (names != NULL && (sscanf(names, "%d,%d", &arrived, &gate) != 2 || write(arrived, &byte, 1) != 1 || read(gate, &byte, 1) != 1))
    abort();
  return __real_overten_delivery_timestamp(delivery, out_unix_seconds);
}
