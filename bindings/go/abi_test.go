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

// constants are the values by C's names. Conformance cases are read by it.
var constants = map[string]int32{
	"PRIMER_OK":                    int32(OK),
	"PRIMER_ERR_INVALID_ARGUMENT":  int32(ErrInvalidArgument),
	"PRIMER_ERR_INVALID_UTF8":      int32(ErrInvalidUTF8),
	"PRIMER_ERR_IO":                int32(ErrIO),
	"PRIMER_ERR_FORMAT":            int32(ErrFormat),
	"PRIMER_ERR_DATA":              int32(ErrData),
	"PRIMER_ERR_MISMATCH":          int32(ErrMismatch),
	"PRIMER_ERR_UNSUPPORTED":       int32(ErrUnsupported),
	"PRIMER_ERR_CANCELLED":         int32(ErrCancelled),
	"PRIMER_ERR_BUSY":              int32(ErrBusy),
	"PRIMER_ERR_NON_FINITE":        int32(ErrNonFinite),
	"PRIMER_ERR_TOO_LARGE":         int32(ErrTooLarge),
	"PRIMER_ERR_COMPUTE":           int32(ErrCompute),
	"PRIMER_ERR_PANIC":             int32(ErrPanic),
	"PRIMER_ERR_OUT_OF_MEMORY":     int32(ErrOutOfMemory),
	"PRIMER_ERR_DEVICE":            int32(ErrDevice),
	"PRIMER_LOG_WARN":              int32(LogWarn),
	"PRIMER_LOG_INFO":              int32(LogInfo),
	"PRIMER_FORMAT_AUTO":           int32(FormatAuto),
	"PRIMER_FORMAT_CONLL":          int32(FormatCoNLL),
	"PRIMER_FORMAT_JSONL":          int32(FormatJSONL),
	"PRIMER_SCHEME_AUTO":           int32(SchemeAuto),
	"PRIMER_SCHEME_IOB1":           int32(SchemeIOB1),
	"PRIMER_SCHEME_IOB2":           int32(SchemeIOB2),
	"PRIMER_SCHEME_BIOES":          int32(SchemeBIOES),
	"PRIMER_FOLDER_PEFT":           int32(FolderPEFT),
	"PRIMER_FOLDER_ADAPTERHUB":     int32(FolderAdapterHub),
	"PRIMER_METHOD_INITIAL":        int32(MethodInitial),
	"PRIMER_METHOD_HEAD":           int32(MethodHead),
	"PRIMER_METHOD_ADAPTER":        int32(MethodAdapter),
	"PRIMER_METHOD_LORA":           int32(MethodLoRA),
	"PRIMER_METHOD_BITFIT":         int32(MethodBitFit),
	"PRIMER_METHOD_FULL":           int32(MethodFull),
	"PRIMER_ENGINE_NATIVE":         int32(EngineNative),
	"PRIMER_ENGINE_ONNX":           int32(EngineONNX),
	"PRIMER_ENGINE_AUTO":           int32(EngineAuto),
	"PRIMER_PRECISION_F32":         int32(PrecisionF32),
	"PRIMER_PRECISION_INT8":        int32(PrecisionInt8),
	"PRIMER_PRECISION_BF16":        int32(PrecisionBF16),
	"PRIMER_DEVICE_CPU":            int32(DeviceCPU),
	"PRIMER_DEVICE_AUTO":           int32(DeviceAuto),
	"PRIMER_DEVICE_CUDA":           int32(DeviceCUDA),
	"PRIMER_DEVICE_METAL":          int32(DeviceMetal),
	"PRIMER_ACTIVATION_RELU":       int32(ActivationReLU),
	"PRIMER_ACTIVATION_SWISH":      int32(ActivationSwish),
	"PRIMER_ACTIVATION_GELU":       int32(ActivationGELU),
	"PRIMER_SITE_QUERY":            int32(SiteQuery),
	"PRIMER_SITE_KEY":              int32(SiteKey),
	"PRIMER_SITE_VALUE":            int32(SiteValue),
	"PRIMER_SITE_ATTENTION_OUTPUT": int32(SiteAttentionOutput),
	"PRIMER_SITE_INTERMEDIATE":     int32(SiteIntermediate),
	"PRIMER_SITE_OUTPUT":           int32(SiteOutput),
	"PRIMER_STAGE_START":           int32(StageStart),
	"PRIMER_STAGE_STEP":            int32(StageStep),
	"PRIMER_STAGE_EPOCH":           int32(StageEpoch),
	"PRIMER_UNIT_BYTE":             int32(UnitByte),
	"PRIMER_UNIT_UTF16":            int32(UnitUTF16),
	"PRIMER_UNIT_CODE_POINT":       int32(UnitCodePoint),
	"PRIMER_ALGORITHM_MAML":        int32(AlgorithmMAML),
	"PRIMER_ALGORITHM_MULTI_TASK":  int32(AlgorithmMultiTask),
	"PRIMER_ALGORITHM_REPTILE":     int32(AlgorithmReptile),
	"PRIMER_ORDER_FIRST":           int32(OrderFirst),
	"PRIMER_ORDER_TANGENTS":        int32(OrderTangents),
	"PRIMER_ORDER_DIFFERENCES":     int32(OrderDifferences),
	"PRIMER_INNER_PHI":             int32(InnerPhi),
	"PRIMER_INNER_HEAD":            int32(InnerHead),
	"PRIMER_INNER_EVERYTHING":      int32(InnerEverything),
	"PRIMER_OUTER_BOTH":            int32(OuterBoth),
	"PRIMER_OUTER_BACKBONE":        int32(OuterBackbone),
	"PRIMER_OUTER_PHI":             int32(OuterPhi),
	"PRIMER_STORAGE_F32":           int32(StorageF32),
	"PRIMER_STORAGE_F16":           int32(StorageF16),
	"PRIMER_STORAGE_Q4_0":          int32(StorageQ4_0),
	"PRIMER_STORAGE_Q8_0":          int32(StorageQ8_0),
	"PRIMER_STORAGE_BF16":          int32(StorageBF16),
}

// stringers give the name of a value of each group of constants.
var stringers = map[string]func(int32) string{
	"STATUS":     func(v int32) string { return Status(v).String() },
	"LOG":        func(v int32) string { return LogLevel(v).String() },
	"FORMAT":     func(v int32) string { return Format(v).String() },
	"SCHEME":     func(v int32) string { return Scheme(v).String() },
	"FOLDER":     func(v int32) string { return FolderFormat(v).String() },
	"METHOD":     func(v int32) string { return Method(v).String() },
	"ENGINE":     func(v int32) string { return Engine(v).String() },
	"DEVICE":     func(v int32) string { return Device(v).String() },
	"PRECISION":  func(v int32) string { return Precision(v).String() },
	"ACTIVATION": func(v int32) string { return Activation(v).String() },
	"SITE":       func(v int32) string { return Sites(v).String() },
	"STAGE":      func(v int32) string { return Stage(v).String() },
	"UNIT":       func(v int32) string { return Unit(v).String() },
	"ALGORITHM":  func(v int32) string { return Algorithm(v).String() },
	"ORDER":      func(v int32) string { return Order(v).String() },
	"INNER":      func(v int32) string { return InnerScope(v).String() },
	"OUTER":      func(v int32) string { return OuterScope(v).String() },
	"STORAGE":    func(v int32) string { return Storage(v).String() },
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

// structs are the Go types of C's structs. primer_str is Go's string.
var structs = map[string]any{
	"primer_model_options":   ModelOptions{},
	"primer_model_sizes":     ModelSizes{},
	"primer_tagger_options":  TaggerOptions{},
	"primer_dataset_options": DatasetOptions{},
	"primer_adapt_options":   AdaptOptions{},
	"primer_progress":        Progress{},
	"primer_input":           Input{},
	"primer_entity":          Entity{},
	"primer_word":            Word{},
	"primer_score":           Score{},
	"primer_scores":          Scores{},
	"primer_prime_options":   PrimeOptions{},
	"primer_task":            Task{},
	"primer_prime_progress":  PrimeProgress{},
}

// goField gives the Go name of a C field, "" where Go needs none.
func goField(structName, field string) string {
	switch structName + "." + field {
	case "primer_entity.label", "primer_word.tag":
		return goName(field) + "Index"
	case "primer_entity.label_name", "primer_word.tag_name":
		return goName(strings.TrimSuffix(field, "_name"))
	case "primer_adapt_options.type_count", "primer_adapt_options.layer_count", "primer_prime_options.type_count",
		"primer_tagger_options.provider_count", "primer_input.word_count":
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
		switch part {
		case "mib":
			part = "MiB"
		case "onnxruntime":
			part = "ONNXRuntime"
		case "lora":
			part = "LoRA"
		case "rslora":
			part = "RSLoRA"
		default:
			part = strings.ToUpper(part[:1]) + part[1:]
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "")
}

// Every field of every struct has a field in Go.
func TestStructsHaveAllFields(t *testing.T) {
	for _, s := range readABI(t).Structs {
		if s.Name == "primer_str" {
			continue
		}
		if structs[s.Name] == nil {
			t.Errorf("there is no %s", s.Name)
			continue
		}
		kind := reflect.TypeOf(structs[s.Name])
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
