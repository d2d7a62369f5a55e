package primer

import (
	"fmt"
	"strings"
)

// named gives the name of a value; one that has none is shown as a number.
func named[E ~int32](value E, names map[E]string) string {
	if name, known := names[value]; known {
		return name
	}
	return fmt.Sprintf("%T(%d)", value, int32(value))
}

var logLevelNames = map[LogLevel]string{
	LogWarn: "warn",
	LogInfo: "info",
}

// String gives a name such as "info".
func (l LogLevel) String() string { return named(l, logLevelNames) }

var formatNames = map[Format]string{
	FormatAuto:  "auto",
	FormatCoNLL: "conll",
	FormatJSONL: "jsonl",
}

// String gives a name such as "conll".
func (f Format) String() string { return named(f, formatNames) }

var schemeNames = map[Scheme]string{
	SchemeAuto:  "auto",
	SchemeIOB1:  "iob1",
	SchemeIOB2:  "iob2",
	SchemeBIOES: "bioes",
}

// String gives a name such as "iob1".
func (s Scheme) String() string { return named(s, schemeNames) }

var folderFormatNames = map[FolderFormat]string{
	FolderPEFT:       "peft",
	FolderAdapterHub: "adapterhub",
}

// String gives a name such as "adapterhub".
func (f FolderFormat) String() string { return named(f, folderFormatNames) }

var methodNames = map[Method]string{
	MethodInitial: "initial",
	MethodHead:    "head",
	MethodAdapter: "adapter",
	MethodLoRA:    "lora",
	MethodBitFit:  "bitfit",
	MethodFull:    "full",
}

// String gives a name such as "lora", as [MethodByName] takes it.
func (m Method) String() string { return named(m, methodNames) }

var engineNames = map[Engine]string{
	EngineNative: "native",
	EngineONNX:   "onnx",
	EngineAuto:   "auto",
}

// String gives a name such as "onnx".
func (e Engine) String() string { return named(e, engineNames) }

var precisionNames = map[Precision]string{
	PrecisionF32:  "f32",
	PrecisionInt8: "int8",
	PrecisionBF16: "bf16",
}

// String gives a name such as "int8".
func (p Precision) String() string { return named(p, precisionNames) }

var deviceNames = map[Device]string{
	DeviceCPU:   "cpu",
	DeviceAuto:  "auto",
	DeviceCUDA:  "cuda",
	DeviceMetal: "metal",
}

// String gives a name such as "cuda".
func (d Device) String() string { return named(d, deviceNames) }

var activationNames = map[Activation]string{
	ActivationReLU:  "relu",
	ActivationSwish: "swish",
	ActivationGELU:  "gelu",
}

// String gives a name such as "swish".
func (a Activation) String() string { return named(a, activationNames) }

var stageNames = map[Stage]string{
	StageStart: "start",
	StageStep:  "step",
	StageEpoch: "epoch",
}

// String gives a name such as "step".
func (s Stage) String() string { return named(s, stageNames) }

var unitNames = map[Unit]string{
	UnitByte:      "byte",
	UnitUTF16:     "utf16",
	UnitCodePoint: "code_point",
}

// String gives a name such as "utf16".
func (u Unit) String() string { return named(u, unitNames) }

var algorithmNames = map[Algorithm]string{
	AlgorithmMAML:      "maml",
	AlgorithmMultiTask: "multi_task",
	AlgorithmReptile:   "reptile",
}

// String gives a name such as "multi_task".
func (a Algorithm) String() string { return named(a, algorithmNames) }

var orderNames = map[Order]string{
	OrderFirst:       "first",
	OrderTangents:    "tangents",
	OrderDifferences: "differences",
}

// String gives a name such as "tangents".
func (o Order) String() string { return named(o, orderNames) }

var innerScopeNames = map[InnerScope]string{
	InnerPhi:        "phi",
	InnerHead:       "head",
	InnerEverything: "everything",
}

// String gives a name such as "head".
func (s InnerScope) String() string { return named(s, innerScopeNames) }

var outerScopeNames = map[OuterScope]string{
	OuterBoth:     "both",
	OuterBackbone: "backbone",
	OuterPhi:      "phi",
}

// String gives a name such as "backbone".
func (s OuterScope) String() string { return named(s, outerScopeNames) }

var storageNames = map[Storage]string{
	StorageF32:  "f32",
	StorageF16:  "f16",
	StorageQ4_0: "q4_0",
	StorageQ8_0: "q8_0",
	StorageBF16: "bf16",
}

// String gives a name such as "f16".
func (s Storage) String() string { return named(s, storageNames) }

var siteNames = []struct {
	site Sites
	name string
}{
	{SiteQuery, "query"},
	{SiteKey, "key"},
	{SiteValue, "value"},
	{SiteAttentionOutput, "attention_output"},
	{SiteIntermediate, "intermediate"},
	{SiteOutput, "output"},
}

// String gives names such as "query|value".
func (s Sites) String() string {
	var names []string
	for _, known := range siteNames {
		if s&known.site != 0 {
			names = append(names, known.name)
			s &^= known.site
		}
	}
	if s != 0 || names == nil {
		names = append(names, fmt.Sprintf("%T(%d)", s, uint32(s)))
	}
	return strings.Join(names, "|")
}
