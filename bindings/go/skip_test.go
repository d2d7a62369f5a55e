package primer

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// skip ends a test that cannot run where it is, and enters it into the list that PRIMER_SKIPPED names, which the Makefiles
// show in the end: without -v, go test says nothing of skipped tests. In continuous integration without a list it fails.
func skip(t *testing.T, reason string) {
	t.Helper()
	list := os.Getenv("PRIMER_SKIPPED")
	if list == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("this test was to be skipped: ", reason)
		}
		t.Skip(reason)
	}
	file := must(os.OpenFile(list, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644))
	defer file.Close()
	must(fmt.Fprintf(file, "go %s\t%s\n", t.Name(), strings.ReplaceAll(reason, "\n", " ")))
	t.Skip(reason)
}

// long passes over a test that takes seconds where only the short ones are asked for (go test -short).
func long(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("not one of the short tests")
	}
}
