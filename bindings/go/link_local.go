//go:build primer_local

package primer

// A library in the folder lib beside this file: shared, or static where libprimer.a is alone there.

// #cgo LDFLAGS: -L${SRCDIR}/lib -lprimer -Wl,-rpath,${SRCDIR}/lib
// #cgo linux LDFLAGS: -lgcc_s -lpthread -ldl -lm
import "C"
