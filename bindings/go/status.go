package primer

// #include "primer.h"
import "C"

// String gives the status as the C header spells it, "PRIMER_ERR_IO".
func (s Status) String() string {
	return C.GoString(C.primer_status_name(C.primer_status(s)))
}

// Error makes a status an error, to compare with by [errors.Is].
func (s Status) Error() string {
	return "primer: " + s.String()
}
