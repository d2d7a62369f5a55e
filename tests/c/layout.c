/* Layouts and numbers that programs are compiled with. layout.h is generated; src/capi/layout.rs has
 * the same from the library's side, and tests/abi what is promised. */
#include "test.h"

#define AT(type, field, offset) _Static_assert(offsetof(type, field) == (offset), #type "." #field " has moved")
#define SIZE(type, size) _Static_assert(sizeof(type) == (size), "the size of " #type " has changed")

_Static_assert(sizeof(void *) == 8, "these numbers are for 64 bits");

#define IS(constant, number) _Static_assert((constant) == (number), #constant " has changed")

#include "layout.h"

int main(void) {
    CHECK(primer_abi_version() == PRIMER_ABI_VERSION);
    CHECK(strcmp(primer_version(), PRIMER_VERSION) == 0);
    CHECK(primer_has_feature("no such feature") == 0 && primer_has_feature(NULL) == 0);
    for (primer_status s = -2; s < 20; s++) {
        CHECK((strncmp(primer_status_name(s), "PRIMER_", 7) == 0) == (s >= PRIMER_OK && s <= PRIMER_ERR_STALE));
    }
    return 0;
}
