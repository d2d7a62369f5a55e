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
	if os.Getenv("PRIMER_SKIPPED") == "" && os.Getenv("CI") != "" {
		t.Fatal("this test was to be skipped: ", reason)
	}
	enter(t, "", reason)
	t.Skip(reason)
}

// inapplicable ends a case of the conformance suite that Go cannot say or that is about another build of the library. It is
// listed, too, but is no failure anywhere.
func inapplicable(t *testing.T, reason string) {
	t.Helper()
	enter(t, "inapplicable: ", reason)
	t.Skip(reason)
}

func enter(t *testing.T, kind, reason string) {
	t.Helper()
	list := os.Getenv("PRIMER_SKIPPED")
	if list == "" {
		return
	}
	file := must(os.OpenFile(list, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644))
	defer file.Close()
	must(fmt.Fprintf(file, "%sgo %s\t%s\n", kind, t.Name(), strings.ReplaceAll(reason, "\n", " ")))
}

// long passes over a test that takes seconds where only the short ones are asked for (go test -short).
func long(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("not one of the short tests")
	}
}
