package primer

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// abi is what the header says, as the conformance suite describes it.
type abi struct {
	Version    string
	ABIVersion uint32 `json:"abi_version"`
	Constants  []struct {
		Name  string
		Value int32
		Enum  string
	}
	Structs []struct {
		Name   string
		Fields []struct{ Name, Type string }
	}
	Functions []struct{ Name string }
	Handles   []struct{ Name string }
}

func readABI(t testing.TB) (described abi) {
	t.Helper()
	if err := json.Unmarshal(read(t, "tests/conformance/abi.json"), &described); err != nil {
		t.Fatal(err)
	}
	return described
}

// The package has every constant of the header, with its value and a name that fits C's.
func TestConstantsAreThoseOfTheHeader(t *testing.T) {
	described := readABI(t)
	if described.Version != Version || described.ABIVersion != ABIVersion {
		t.Error(Version, ABIVersion)
	}
	seen := map[string]bool{}
	for _, c := range described.Constants {
		value, known := constants[c.Name]
		if !known || value != c.Value {
			t.Errorf("%s is %d and not %d", c.Name, value, c.Value)
		}
		seen[c.Name] = true
		stringer := stringers[c.Enum]
		if stringer == nil {
			t.Errorf("%s is of an unknown group, %s", c.Name, c.Enum)
			continue
		}
		expected := strings.ToLower(strings.TrimPrefix(c.Name, "PRIMER_"+c.Enum+"_"))
		if c.Enum == "STATUS" {
			expected = c.Name
		}
		if name := stringer(value); name != expected {
			t.Errorf("the name of %s is %q", c.Name, name)
		}
	}
	for name := range constants {
		if !seen[name] {
			t.Errorf("%s is not in the header", name)
		}
	}
	for group, stringer := range stringers {
		if name := stringer(1 << 20); group != "STATUS" && !strings.HasSuffix(name, "(1048576)") || name == "" {
			t.Errorf("%s: a number without a name is %q", group, name)
		}
	}
	if sites := SiteQuery | SiteOutput | 64; sites.String() != "query|output|primer.Sites(64)" {
		t.Error(sites)
	}
}

// The package's constants are made of C's: no number is typed twice. And it uses every function of the library.
func TestSourceUsesAllOfTheHeader(t *testing.T) {
	described := readABI(t)
	used := map[string]bool{}
	defined := map[string]bool{}
	isSource := func(file fs.FileInfo) bool { return !strings.HasSuffix(file.Name(), "_test.go") }
	packages, err := parser.ParseDir(token.NewFileSet(), packagePath, isSource, 0)
	if err != nil {
		t.Fatal(err)
	}
	cName := func(node ast.Node) string {
		if selector, is := node.(*ast.SelectorExpr); is {
			if of, is := selector.X.(*ast.Ident); is && of.Name == "C" {
				return selector.Sel.Name
			}
		}
		return ""
	}
	for _, file := range packages["primer"].Files {
		ast.Inspect(file, func(node ast.Node) bool {
			used[cName(node)] = true
			if constant, is := node.(*ast.GenDecl); is && constant.Tok == token.CONST {
				for _, spec := range constant.Specs {
					for _, value := range spec.(*ast.ValueSpec).Values {
						defined[cName(value)] = true
					}
				}
			}
			return true
		})
	}
	for _, call := range regexp.MustCompile(`primer_\w+\(`).FindAllString(string(read(t, packagePath, "callback.c")), -1) {
		used[strings.TrimSuffix(call, "(")] = true
	}
	// What takes a cancel does all that the same call without one does.
	used["primer_dataset_load"] = used["primer_dataset_load_with_cancel"]
	for _, function := range described.Functions {
		if !used[function.Name] {
			t.Errorf("%s is not used", function.Name)
		}
	}
	for _, handle := range described.Handles {
		if !used[handle.Name] {
			t.Errorf("%s is not used", handle.Name)
		}
	}
	for _, constant := range described.Constants {
		if !defined[constant.Name] {
			t.Errorf("no constant is made of %s", constant.Name)
		}
	}
}

// structs are the Go types of C's structs that are no options. primer_str is Go's string.
var structs = map[string]any{
	"primer_model_sizes":    ModelSizes{},
	"primer_progress":       Progress{},
	"primer_input":          Input{},
	"primer_entity":         Entity{},
	"primer_word":           Word{},
	"primer_score":          Score{},
	"primer_scores":         Scores{},
	"primer_task":           Task{},
	"primer_prime_progress": PrimeProgress{},
}

// goField gives the Go name of a C field, "" where Go needs none.
func goField(structName, field string) string {
	if name, known := optionFields[structName+"."+field]; known {
		return name
	}
	switch structName + "." + field {
	case "primer_entity.label", "primer_word.tag":
		return goName(field) + "Index"
	case "primer_entity.label_name", "primer_word.tag_name":
		return goName(strings.TrimSuffix(field, "_name"))
	case "primer_input.word_count":
		return "" // a slice has its length
	}
	if field == "struct_size" || strings.HasPrefix(field, "reserved") {
		return ""
	}
	return goName(field)
}

// goName writes snake_case as Go does.
func goName(name string) string {
	var parts []string
	for _, part := range strings.Split(name, "_") {
		parts = append(parts, strings.ToUpper(part[:1])+part[1:])
	}
	return strings.Join(parts, "")
}

// Every field of every struct has a field in Go.
func TestStructsHaveAllFields(t *testing.T) {
	for _, s := range readABI(t).Structs {
		if s.Name == "primer_str" {
			continue
		}
		made := structs[s.Name]
		if options, is := optionStructs[s.Name]; is {
			made = options
		}
		if made == nil {
			t.Errorf("there is no %s", s.Name)
			continue
		}
		kind := reflect.TypeOf(made)
		for _, field := range s.Fields {
			name := goField(s.Name, field.Name)
			if _, exists := kind.FieldByName(name); name != "" && !exists {
				t.Errorf("%v has no %s", kind, name)
			}
		}
	}
}

// A module that is fetched alone needs a header of its own.
func TestHeaderIsThatOfTheLibrary(t *testing.T) {
	if !bytes.Equal(read(t, packagePath, "primer.h"), read(t, "include/primer.h")) {
		t.Error("bindings/go/primer.h differs from include/primer.h: copy it")
	}
}
