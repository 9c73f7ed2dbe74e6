/* README: "Verifying with a NULL `out_delivery` allocates nothing." Counts what the library asks of the C library. */

#include "check.h"

#include <errno.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static unsigned long allocations;

void *malloc(size_t len) { return allocations++, __libc_malloc(len); }
void *calloc(size_t count, size_t len) { return allocations++, __libc_calloc(count, len); }
void *realloc(void *old, size_t len) { return allocations++, __libc_realloc(old, len); }
int posix_memalign(void **out, size_t align, size_t len) {
  allocations++;
  *out = __libc_memalign(align, len);
  return *out == NULL ? ENOMEM : 0;
}

int main(void) {
  overten_verifier *verifier = example_verifier();
  overten_header headers[] = {
      {TEXT(OVERTEN_SIGNATURE_HEADER), TEXT(EXAMPLE_SIGNATURE)},
      {TEXT(OVERTEN_TIMESTAMP_HEADER), TEXT(EXAMPLE_TIMESTAMP)},
  };
  overten_verdict verdict;
  CHECK(allocations > 0); /* the verifier's: so the counter counts */

  allocations = 0;
  CHECK(overten_verify(verifier, TEXT(EXAMPLE_SIGNATURE), TEXT(EXAMPLE_TIMESTAMP), TEXT(EXAMPLE_BODY), EXAMPLE_NOW, NULL,
                       &verdict, NULL) == OVERTEN_OK);
  CHECK(overten_verify(verifier, TEXT(EXAMPLE_SIGNATURE), TEXT(EXAMPLE_TIMESTAMP), TEXT("{}"), EXAMPLE_NOW, NULL, NULL,
                       NULL) == OVERTEN_SIGNATURE_MISMATCH);
  CHECK(overten_verify_headers(verifier, headers, 2, TEXT(EXAMPLE_BODY), EXAMPLE_NOW, NULL, &verdict, NULL) == OVERTEN_OK);
  CHECK(overten_headers_check(headers, 2, NULL) == OVERTEN_OK);
  CHECK(allocations == 0);
  overten_verifier_free(verifier);
  return failed != 0;
}
