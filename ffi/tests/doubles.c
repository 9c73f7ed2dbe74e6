/* Clocks that a test sets, a point at which it can hold a request, and a file that cannot be cut, linked into a receiver by `--wrap`. The shipped example has
 * none of them. */

#include <errno.h>
#include <overten_webhook.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

time_t __wrap_time(time_t *out);
int __wrap_clock_gettime(clockid_t id, struct timespec *out);
int __wrap_ftruncate(int file, off_t len);
int __real_ftruncate(int file, off_t len);
overten_status __wrap_overten_delivery_timestamp(const overten_delivery *delivery, int64_t *out_unix_seconds);
overten_status __real_overten_delivery_timestamp(const overten_delivery *delivery, int64_t *out_unix_seconds);

/* What stands in the file TEST_CLOCK: Unix seconds, and milliseconds that have passed on the monotonic clock. */
static void read_clocks(long long *unix_seconds, long long *passed_ms) {
  FILE *clock = fopen(getenv("TEST_CLOCK"), "r");
  if (clock == NULL || fscanf(clock, "%lld %lld", unix_seconds, passed_ms) != 2) abort();
  fclose(clock);
}

time_t __wrap_time(time_t *out) {
  long long now, passed_ms;
  read_clocks(&now, &passed_ms);
  if (out != NULL) *out = (time_t)now;
  return (time_t)now;
}

int __wrap_clock_gettime(clockid_t id, struct timespec *out) {
  long long now, passed_ms;
  if (id != CLOCK_MONOTONIC) abort();
  read_clocks(&now, &passed_ms);
  *out = (struct timespec){.tv_sec = (time_t)(passed_ms / 1000), .tv_nsec = (long)(passed_ms % 1000 * 1000000)};
  return 0;
}

int __wrap_ftruncate(int file, off_t len) {
  if (getenv("TEST_CANNOT_CUT") == NULL) return __real_ftruncate(file, len);
  errno = EIO;
  return -1;
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
