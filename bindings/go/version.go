package primer

// #include "primer.h"
import "C"

import (
	"fmt"
	"sync"
	"unsafe"
)

const (
	// VersionMajor, VersionMinor and VersionPatch are the version that this package was compiled with.
	VersionMajor = C.PRIMER_VERSION_MAJOR
	VersionMinor = C.PRIMER_VERSION_MINOR
	VersionPatch = C.PRIMER_VERSION_PATCH
	// Version is the same as text, such as "0.1.0".
	Version = C.PRIMER_VERSION
	// ABIVersion is the version of the C interface that this package was compiled with: major times 65536 plus minor.
	ABIVersion = C.PRIMER_ABI_VERSION
)

// LibraryVersion is the version of the library that the process runs with, such as "0.1.0".
func LibraryVersion() string {
	return C.GoString(C.primer_version())
}

// LibraryABIVersion is the version of that library's C interface. This package works with a library of the same major
// version whose minor version is not lower; with any other, all that loads or reads something fails with
// [ErrMismatch].
func LibraryABIVersion() uint32 {
	return uint32(C.primer_abi_version())
}

// HasFeature says whether the library was built with an optional feature: "cuda" and "metal" (GPUs), "mpi" (priming by
// several processes), "onnx" (ONNX files and ONNX Runtime).
func HasFeature(name string) bool {
	var memory memory
	defer memory.free()
	text, err := memory.name("name", name)
	return err == nil && C.primer_has_feature(text) != 0
}

// usable is the error of every entrance to the library where the one that was found is the wrong one.
var usable = sync.OnceValue(func() error {
	return compatible(ABIVersion, LibraryABIVersion())
})

func compatible(header, library uint32) error {
	if header>>16 == library>>16 && library&0xffff >= header&0xffff {
		return nil
	}
	return failure(ErrMismatch, fmt.Sprintf("the library's interface is %d.%d, this package needs %d.%d or newer",
		library>>16, library&0xffff, header>>16, header&0xffff))
}

// A size_t must hold every int, and the other way round: indices and counts are converted.
var _ [0]struct{} = [unsafe.Sizeof(int(0)) - unsafe.Sizeof(C.size_t(0))]struct{}{}
