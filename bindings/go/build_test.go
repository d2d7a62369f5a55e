package primer

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// program makes a module with a program that imports this package from a folder.
func program(t *testing.T, source, packageFolder string) string {
	t.Helper()
	folder := t.TempDir()
	write(t, filepath.Join(folder, "main.go"), source)
	write(t, filepath.Join(folder, "go.mod"),
		"module program\n\ngo 1.22\n\nrequire primer v0.0.0\n\nreplace primer => "+packageFolder+"\n")
	return folder
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func output(t *testing.T, command *exec.Cmd) string {
	t.Helper()
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", command, err, out)
	}
	return string(out)
}

// What docs/go.md shows compiles as it stands there, and its program works.
func TestDocumentation(t *testing.T) {
	long(t) // It compiles a program.
	var source string
	fragments := "package main\n\nimport (\n\"context\"\n\"errors\"\n\"fmt\"\n\n\"primer\"\n)\n"
	blocks := strings.Split(string(read(t, "docs/go.md")), "```go\n")[1:]
	for i, block := range blocks {
		block, _, closed := strings.Cut(block, "```\n")
		if !closed {
			t.Fatal("a block of docs/go.md has no end")
		}
		if strings.HasPrefix(block, "package main\n") {
			source += block
			continue
		}
		fragments += fmt.Sprintf("func fragment%d(ctx context.Context, path string, model *primer.Model, "+
			"adapter *primer.Adapter, text string, german, english *primer.Dataset) error {\n%sreturn nil\n}\n\n", i, block)
	}
	if source == "" || len(blocks) != 6 {
		t.Fatal(len(blocks), "blocks in docs/go.md")
	}
	fragments += "var _, _ = errors.Is, fmt.Println\n"
	folder := program(t, source, must(filepath.Abs(packagePath)))
	write(t, filepath.Join(folder, "fragments.go"), fragments)
	build := exec.Command("go", "build", "-o", "program", ".")
	build.Dir = folder
	output(t, build)
	said := output(t, exec.Command(filepath.Join(folder, "program"), modelPath))
	if !strings.HasPrefix(said, "PER: Max Smith (") {
		t.Error(said)
	}
}

// With the tag primer_local, the library in the folder lib beside the source is linked and found, whatever is installed.
func TestLocalLibrary(t *testing.T) {
	long(t) // It compiles a program.
	library := strings.TrimPrefix(strings.TrimSpace(output(t, exec.Command("pkg-config", "--libs-only-L", "primer"))), "-L")
	if library == "" {
		skip(t, "the library is in a folder of the system")
	}
	local := t.TempDir()
	for _, pattern := range []string{"*.go", "*.c", "*.h", "go.mod"} {
		for _, file := range must(filepath.Glob(filepath.Join(packagePath, pattern))) {
			if !strings.HasSuffix(file, "_test.go") {
				write(t, filepath.Join(local, filepath.Base(file)), string(read(t, file)))
			}
		}
	}
	if err := os.Symlink(must(filepath.Abs(library)), filepath.Join(local, "lib")); err != nil {
		t.Fatal(err)
	}
	source := "package main\n\nimport \"primer\"\n\nfunc main() { println(primer.LibraryVersion()) }\n"
	build := exec.Command("go", "build", "-tags", "primer_local", "-o", "program", ".")
	build.Dir = program(t, source, local)
	build.Env = append(os.Environ(), "PKG_CONFIG=false")
	output(t, build)
	run := exec.Command(filepath.Join(build.Dir, "program"))
	run.Env = append(os.Environ(), "LD_LIBRARY_PATH=")
	if said := output(t, run); strings.TrimSpace(said) != LibraryVersion() {
		t.Error(said)
	}
}

// A library whose interface does not fit is told from one that does, at every entrance, before anything else is asked.
func TestAnotherLibrary(t *testing.T) {
	long(t) // It compiles a program.
	// It has every function, and each answers 0 but the one for the version.
	stub := "unsigned primer_abi_version(void) { return 0x7fff0000; }\n"
	for _, function := range readABI(t).Functions {
		if function.Name != "primer_abi_version" {
			stub += "int " + function.Name + "(void) { return 0; }\n"
		}
	}
	libraries := t.TempDir()
	write(t, filepath.Join(libraries, "stub.c"), stub)
	compile := exec.Command("cc", "-shared", "-fPIC", "-Wl,-soname,libprimer.so.0", "-o", "libprimer.so.0", "stub.c")
	compile.Dir = libraries
	output(t, compile)

	build := exec.Command("go", "build", "-o", "program", ".")
	build.Dir = program(t, `package main

import (
	"errors"
	"fmt"
	"strings"

	"primer"
)

func main() {
	var all []error
	said := func(err error) { all = append(all, err) }
	_, err := primer.LoadModel("x", nil)
	said(err)
	_, err = primer.ReadModel(strings.NewReader("x"), nil)
	said(err)
	_, err = primer.LoadONNXTagger("x", nil)
	said(err)
	_, err = primer.LoadDataset("x", nil)
	said(err)
	_, err = primer.ReadDataset(strings.NewReader("x"), "x", nil)
	said(err)
	_, err = primer.MethodByName("lora")
	said(err)
	_, err = primer.ConvertOffsets("x", 0, 0, nil)
	said(err)
	_, err = primer.ConvertEntities("x", 0, nil)
	said(err)
	said(primer.SetLog(primer.LogInfo, nil))
	for _, err := range all {
		fmt.Println(errors.Is(err, primer.ErrMismatch), err)
	}
}
`, must(filepath.Abs(packagePath)))
	output(t, build)
	run := exec.Command(filepath.Join(build.Dir, "program"))
	run.Env = append(os.Environ(), "LD_LIBRARY_PATH="+libraries)
	said := output(t, run)
	if strings.Count(said, "true primer: the library's interface is 32767.0, this package needs ") != 9 {
		t.Error(said)
	}
}
