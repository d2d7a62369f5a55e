//go:build !primer_local

package primer

// The installed library, as its pkg-config file describes it.

// #cgo pkg-config: primer
import "C"
