/* The header of the library that is installed, found by pkg-config: header and library are always of one version. */
#include <primer.h>
