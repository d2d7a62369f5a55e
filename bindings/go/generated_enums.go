// Generated from interface/ by `make generate`. Do not edit: change the source.
// Code generated from interface/; DO NOT EDIT.

package primer

// #include "primer.h"
import "C"

// Status is what came of a call. Values are never reused; treat one that is not listed as a failure.
type Status int32

const (
	// OK: success.
	OK Status = C.PRIMER_OK
	// ErrInvalidArgument: an argument or option has a value that cannot be used; the message names it.
	ErrInvalidArgument Status = C.PRIMER_ERR_INVALID_ARGUMENT
	// ErrInvalidUTF8: text is not valid UTF-8; the error's byte is the first bad one.
	ErrInvalidUTF8 Status = C.PRIMER_ERR_INVALID_UTF8
	// ErrIO: the operating system refused: no such file, no permission, disk full.
	ErrIO Status = C.PRIMER_ERR_IO
	// ErrFormat: a model, tokenizer or adapter file is damaged or not what it claims to be.
	ErrFormat Status = C.PRIMER_ERR_FORMAT
	// ErrData: labelled data cannot be read; the error's file and line say where.
	ErrData Status = C.PRIMER_ERR_DATA
	// ErrMismatch: two things that are fine by themselves do not fit: an adapter and another model, a checkpoint and other
	// options.
	ErrMismatch Status = C.PRIMER_ERR_MISMATCH
	// ErrUnsupported: a file or an option is well formed but asks for something that this library, as it was built, does
	// not do.
	ErrUnsupported Status = C.PRIMER_ERR_UNSUPPORTED
	// ErrCancelled: the caller asked to stop.
	ErrCancelled Status = C.PRIMER_ERR_CANCELLED
	// ErrBusy: the handle is exclusive and in use by another call.
	ErrBusy Status = C.PRIMER_ERR_BUSY
	// ErrNonFinite: a loss or a gradient is not finite: training has diverged.
	ErrNonFinite Status = C.PRIMER_ERR_NON_FINITE
	// ErrTooLarge: something is larger than the limit that protects the process.
	ErrTooLarge Status = C.PRIMER_ERR_TOO_LARGE
	// ErrCompute: a computation failed inside the tensor library or on the device.
	ErrCompute Status = C.PRIMER_ERR_COMPUTE
	// ErrPanic: a defect of this library was caught; please report the message. An exclusive handle that was in the call
	// gives this status from then on and can only be freed.
	ErrPanic Status = C.PRIMER_ERR_PANIC
	// ErrOutOfMemory: a device's memory does not hold what was asked of it; the message names the size. Smaller batches
	// may fit; the handles can be used on.
	ErrOutOfMemory Status = C.PRIMER_ERR_OUT_OF_MEMORY
	// ErrDevice: the device that was asked for is not there, or cannot be used.
	ErrDevice Status = C.PRIMER_ERR_DEVICE
	// ErrStale: a checkpoint is one of a run with other data, options or backbone; the message says what differs.
	ErrStale Status = C.PRIMER_ERR_STALE
)

// LogLevel is how important a message is: the lower, the more it matters.
type LogLevel int32

const (
	// LogWarn: something does not work as it should, but the call goes on.
	LogWarn LogLevel = C.PRIMER_LOG_WARN
	// LogInfo: something that happens once a model or a training run.
	LogInfo LogLevel = C.PRIMER_LOG_INFO
)

var logLevelNames = map[LogLevel]string{
	LogWarn: "warn",
	LogInfo: "info",
}

// String gives a name such as "info".
func (value LogLevel) String() string { return named(value, logLevelNames) }

// Device is where a model computes.
type Device int32

const (
	// DeviceCPU: the processor.
	DeviceCPU Device = C.PRIMER_DEVICE_CPU
	// DeviceAuto: the first GPU that the library and the machine can use, else the processor.
	DeviceAuto Device = C.PRIMER_DEVICE_AUTO
	// DeviceCUDA: an NVIDIA GPU; needs the feature "cuda".
	DeviceCUDA Device = C.PRIMER_DEVICE_CUDA
	// DeviceMetal: the GPU of an Apple machine; needs the feature "metal".
	DeviceMetal Device = C.PRIMER_DEVICE_METAL
)

var deviceNames = map[Device]string{
	DeviceCPU:   "cpu",
	DeviceAuto:  "auto",
	DeviceCUDA:  "cuda",
	DeviceMetal: "metal",
}

// String gives a name such as "metal".
func (value Device) String() string { return named(value, deviceNames) }

// Format is how labelled data is written.
type Format int32

const (
	// FormatAuto: the format is found out from the file's name or its first line.
	FormatAuto Format = C.PRIMER_FORMAT_AUTO
	// FormatCoNLL: coNLL: a word a line in columns, an empty line after each sentence.
	FormatCoNLL Format = C.PRIMER_FORMAT_CONLL
	// FormatJSONL: JSON Lines: {"tokens": [...], "ner_tags": [...]} or {"text": "...", "entities": [{"start", "end",
	// "label"}]} a line.
	FormatJSONL Format = C.PRIMER_FORMAT_JSONL
)

var formatNames = map[Format]string{
	FormatAuto:  "auto",
	FormatCoNLL: "conll",
	FormatJSONL: "jsonl",
}

// String gives a name such as "jsonl".
func (value Format) String() string { return named(value, formatNames) }

// Scheme is how tags mark where an entity begins and ends.
type Scheme int32

const (
	// SchemeAuto: the scheme is found out from the tags; for an adapter, SchemeIOB2.
	SchemeAuto Scheme = C.PRIMER_SCHEME_AUTO
	// SchemeIOB1: b- only where two entities of one type touch. Can be read, not learnt.
	SchemeIOB1 Scheme = C.PRIMER_SCHEME_IOB1
	// SchemeIOB2: b- at every start.
	SchemeIOB2 Scheme = C.PRIMER_SCHEME_IOB2
	// SchemeBIOES: single words (S-) and ends (E-) are marked too.
	SchemeBIOES Scheme = C.PRIMER_SCHEME_BIOES
)

var schemeNames = map[Scheme]string{
	SchemeAuto:  "auto",
	SchemeIOB1:  "iob1",
	SchemeIOB2:  "iob2",
	SchemeBIOES: "bioes",
}

// String gives a name such as "bioes".
func (value Scheme) String() string { return named(value, schemeNames) }

// Unit is what positions in a text count.
type Unit int32

const (
	// UnitByte: bytes of the text in UTF-8 (C, C++, Go, Rust).
	UnitByte Unit = C.PRIMER_UNIT_BYTE
	// UnitUTF16: UTF-16 code units (JavaScript, Java, NSString).
	UnitUTF16 Unit = C.PRIMER_UNIT_UTF16
	// UnitCodePoint: unicode code points (Python).
	UnitCodePoint Unit = C.PRIMER_UNIT_CODE_POINT
)

var unitNames = map[Unit]string{
	UnitByte:      "byte",
	UnitUTF16:     "utf16",
	UnitCodePoint: "code_point",
}

// String gives a name such as "code_point".
func (value Unit) String() string { return named(value, unitNames) }

// FolderFormat is a folder that another library reads.
type FolderFormat int32

const (
	// FolderPEFT: a folder of Hugging Face PEFT: adapter_config.json and adapter_model.safetensors. LoRA.
	FolderPEFT FolderFormat = C.PRIMER_FOLDER_PEFT
	// FolderAdapterHub: a folder of AdapterHub: adapter_config.json, adapter.safetensors and the head beside them.
	// Bottleneck adapters.
	FolderAdapterHub FolderFormat = C.PRIMER_FOLDER_ADAPTERHUB
)

var folderFormatNames = map[FolderFormat]string{
	FolderPEFT:       "peft",
	FolderAdapterHub: "adapterhub",
}

// String gives a name such as "adapterhub".
func (value FolderFormat) String() string { return named(value, folderFormatNames) }

// Method is what an adaptation trains.
type Method int32

const (
	// MethodInitial: the method of the adapter to start from, with that adapter's settings.
	MethodInitial Method = C.PRIMER_METHOD_INITIAL
	// MethodHead: the tag head alone.
	MethodHead Method = C.PRIMER_METHOD_HEAD
	// MethodAdapter: bottleneck adapters and head.
	MethodAdapter Method = C.PRIMER_METHOD_ADAPTER
	// MethodLoRA: loRA and head.
	MethodLoRA Method = C.PRIMER_METHOD_LORA
	// MethodBitFit: the biases and head.
	MethodBitFit Method = C.PRIMER_METHOD_BITFIT
	// MethodFull: every parameter of the model.
	MethodFull Method = C.PRIMER_METHOD_FULL
	// MethodIA3: (IA)^3: factors of keys, values and the feed-forward network's inner activations, and head.
	MethodIA3 Method = C.PRIMER_METHOD_IA3
	// MethodParallel: scaled bottleneck adapters beside the feed-forward networks, and head.
	MethodParallel Method = C.PRIMER_METHOD_PARALLEL
)

var methodNames = map[Method]string{
	MethodInitial:  "initial",
	MethodHead:     "head",
	MethodAdapter:  "adapter",
	MethodLoRA:     "lora",
	MethodBitFit:   "bitfit",
	MethodFull:     "full",
	MethodIA3:      "ia3",
	MethodParallel: "parallel",
}

// String gives a name such as "parallel".
func (value Method) String() string { return named(value, methodNames) }

// Activation is the non-linearity of a bottleneck adapter.
type Activation int32

const (
	// ActivationReLU: max(x, 0).
	ActivationReLU Activation = C.PRIMER_ACTIVATION_RELU
	// ActivationSwish: x / (1 + exp(-x)), also called SiLU.
	ActivationSwish Activation = C.PRIMER_ACTIVATION_SWISH
	// ActivationGELU: the exact GELU.
	ActivationGELU Activation = C.PRIMER_ACTIVATION_GELU
)

var activationNames = map[Activation]string{
	ActivationReLU:  "relu",
	ActivationSwish: "swish",
	ActivationGELU:  "gelu",
}

// String gives a name such as "gelu".
func (value Activation) String() string { return named(value, activationNames) }

// Sites is the linear layers that LoRA updates: a set.
type Sites uint32

const (
	// SiteQuery: the projection to queries.
	SiteQuery Sites = C.PRIMER_SITE_QUERY
	// SiteKey: the projection to keys.
	SiteKey Sites = C.PRIMER_SITE_KEY
	// SiteValue: the projection to values.
	SiteValue Sites = C.PRIMER_SITE_VALUE
	// SiteAttentionOutput: the projection behind attention.
	SiteAttentionOutput Sites = C.PRIMER_SITE_ATTENTION_OUTPUT
	// SiteIntermediate: the first layer of the feed-forward network.
	SiteIntermediate Sites = C.PRIMER_SITE_INTERMEDIATE
	// SiteOutput: the second layer of the feed-forward network.
	SiteOutput Sites = C.PRIMER_SITE_OUTPUT
)

var sitesNames = []member[Sites]{
	{SiteQuery, "query"},
	{SiteKey, "key"},
	{SiteValue, "value"},
	{SiteAttentionOutput, "attention_output"},
	{SiteIntermediate, "intermediate"},
	{SiteOutput, "output"},
}

// String gives the names of the set, such as "query|key".
func (set Sites) String() string { return joined(set, sitesNames) }

// Overlap is which entity stays where one of the training data and one that the initial adapter finds overlap.
type Overlap int32

const (
	// OverlapNew: that of the data; the other is no entity then, not even the rest of it.
	OverlapNew Overlap = C.PRIMER_OVERLAP_NEW
	// OverlapOld: that of the initial adapter; the other is not learnt there.
	OverlapOld Overlap = C.PRIMER_OVERLAP_OLD
)

var overlapNames = map[Overlap]string{
	OverlapNew: "new",
	OverlapOld: "old",
}

// String gives a name such as "old".
func (value Overlap) String() string { return named(value, overlapNames) }

// StartChoice is what the method's parameters start from.
type StartChoice int32

const (
	// StartChoiceAuto: what the model carries for the method; where it carries nothing, what the seed draws.
	StartChoiceAuto StartChoice = C.PRIMER_START_AUTO
	// StartChoiceFresh: what the seed draws.
	StartChoiceFresh StartChoice = C.PRIMER_START_FRESH
)

var startChoiceNames = map[StartChoice]string{
	StartChoiceAuto:  "auto",
	StartChoiceFresh: "fresh",
}

// String gives a name such as "fresh".
func (value StartChoice) String() string { return named(value, startChoiceNames) }

// HeadInit is what the rows of the head start from, but for those that an adapter to start from has.
type HeadInit int32

const (
	// HeadInitAuto: names of the types and words of the sentences, where the model carries a start of the method; words
	// alone where it is of another; else what the seed draws.
	HeadInitAuto HeadInit = C.PRIMER_HEAD_INIT_AUTO
	// HeadInitPrototype: words of the sentences alone.
	HeadInitPrototype HeadInit = C.PRIMER_HEAD_INIT_PROTOTYPE
	// HeadInitName: names of the types alone; only where the model carries a start of the method.
	HeadInitName HeadInit = C.PRIMER_HEAD_INIT_NAME
	// HeadInitZero: zeros.
	HeadInitZero HeadInit = C.PRIMER_HEAD_INIT_ZERO
	// HeadInitRandom: what the seed draws.
	HeadInitRandom HeadInit = C.PRIMER_HEAD_INIT_RANDOM
)

var headInitNames = map[HeadInit]string{
	HeadInitAuto:      "auto",
	HeadInitPrototype: "prototype",
	HeadInitName:      "name",
	HeadInitZero:      "zero",
	HeadInitRandom:    "random",
}

// String gives a name such as "random".
func (value HeadInit) String() string { return named(value, headInitNames) }

// Effort is how much an adaptation trains.
type Effort int32

const (
	// EffortNone: nothing: the head as it starts, at once.
	EffortNone Effort = C.PRIMER_EFFORT_NONE
	// EffortQuick: a few updates of the uppermost layers.
	EffortQuick Effort = C.PRIMER_EFFORT_QUICK
	// EffortUsual: on a model that carries a start, the uppermost layers in seconds; on another, as EffortThorough.
	EffortUsual Effort = C.PRIMER_EFFORT_USUAL
	// EffortThorough: all that the method touches, about 600 updates.
	EffortThorough Effort = C.PRIMER_EFFORT_THOROUGH
)

var effortNames = map[Effort]string{
	EffortNone:     "none",
	EffortQuick:    "quick",
	EffortUsual:    "usual",
	EffortThorough: "thorough",
}

// String gives a name such as "thorough".
func (value Effort) String() string { return named(value, effortNames) }

// Stage is what has just happened in a training run.
type Stage int32

const (
	// StageStart: the dev data was tagged before training.
	StageStart Stage = C.PRIMER_STAGE_START
	// StageStep: an update was made.
	StageStep Stage = C.PRIMER_STAGE_STEP
	// StageEpoch: an epoch has ended and the dev data, if any, was tagged.
	StageEpoch Stage = C.PRIMER_STAGE_EPOCH
	// StageEncode: before training, sentences are cut into tokens. Told where it is asked for.
	StageEncode Stage = C.PRIMER_STAGE_ENCODE
	// StagePrefix: before training, what frozen lower layers give is computed. Told where it is asked for.
	StagePrefix Stage = C.PRIMER_STAGE_PREFIX
)

var stageNames = map[Stage]string{
	StageStart:  "start",
	StageStep:   "step",
	StageEpoch:  "epoch",
	StageEncode: "encode",
	StagePrefix: "prefix",
}

// String gives a name such as "prefix".
func (value Stage) String() string { return named(value, stageNames) }

// Engine is what runs the forward pass of a tagger.
type Engine int32

const (
	// EngineNative: the library's own encoder: nothing else is needed.
	EngineNative Engine = C.PRIMER_ENGINE_NATIVE
	// EngineONNX: ONNX Runtime, a shared library of version 1.17 or newer that is looked for when the tagger is made; an
	// error where there is none.
	EngineONNX Engine = C.PRIMER_ENGINE_ONNX
	// EngineAuto: ONNX Runtime where it is found and can do what is asked for, else the library's own encoder.
	EngineAuto Engine = C.PRIMER_ENGINE_AUTO
)

var engineNames = map[Engine]string{
	EngineNative: "native",
	EngineONNX:   "onnx",
	EngineAuto:   "auto",
}

// String gives a name such as "auto".
func (value Engine) String() string { return named(value, engineNames) }

// Precision is the dtype in which a model computes.
type Precision int32

const (
	// PrecisionF32: 32-bit floats: the numbers of the reference implementation.
	PrecisionF32 Precision = C.PRIMER_PRECISION_F32
	// PrecisionInt8: 8-bit weights, or 4-bit ones where the model's file has those, with activations of 8 bits: faster and
	// smaller, for a small loss of accuracy. The native engine has it on the processor, in tagging.
	PrecisionInt8 Precision = C.PRIMER_PRECISION_INT8
	// PrecisionBF16: activations and large products in bfloat16, with 8 bits of mantissa; what is trained stays in 32-bit
	// floats. The native engine, adaptation and priming have it on GPUs.
	PrecisionBF16 Precision = C.PRIMER_PRECISION_BF16
)

var precisionNames = map[Precision]string{
	PrecisionF32:  "f32",
	PrecisionInt8: "int8",
	PrecisionBF16: "bf16",
}

// String gives a name such as "bf16".
func (value Precision) String() string { return named(value, precisionNames) }

// Split is where texts are cut before they are tagged.
type Split int32

const (
	// SplitSentences: into sentences, as training data has them: at the ends of lines and paragraphs and at the sentence
	// boundaries of Unicode, but not behind initials and abbreviations.
	SplitSentences Split = C.PRIMER_SPLIT_SENTENCES
	// SplitLines: at the ends of lines alone.
	SplitLines Split = C.PRIMER_SPLIT_LINES
	// SplitNone: nowhere but where a window is full.
	SplitNone Split = C.PRIMER_SPLIT_NONE
)

var splitNames = map[Split]string{
	SplitSentences: "sentences",
	SplitLines:     "lines",
	SplitNone:      "none",
}

// String gives a name such as "none".
func (value Split) String() string { return named(value, splitNames) }

// Algorithm is how a backbone is primed.
//
// Experimental: may change or go with any minor version.
type Algorithm int32

const (
	// AlgorithmMAML: MAML: the loss after a few steps of what a device will do.
	AlgorithmMAML Algorithm = C.PRIMER_ALGORITHM_MAML
	// AlgorithmMultiTask: multi-task training, the baseline: no inner steps.
	AlgorithmMultiTask Algorithm = C.PRIMER_ALGORITHM_MULTI_TASK
	// AlgorithmReptile: reptile: a share of the way to where the inner steps lead.
	AlgorithmReptile Algorithm = C.PRIMER_ALGORITHM_REPTILE
)

var algorithmNames = map[Algorithm]string{
	AlgorithmMAML:      "maml",
	AlgorithmMultiTask: "multi_task",
	AlgorithmReptile:   "reptile",
}

// String gives a name such as "reptile".
func (value Algorithm) String() string { return named(value, algorithmNames) }

// Order is which gradient MAML takes through the inner steps.
//
// Experimental: may change or go with any minor version.
type Order int32

const (
	// OrderFirst: MAML as if the inner steps were fixed: the cheapest.
	OrderFirst Order = C.PRIMER_ORDER_FIRST
	// OrderTangents: the exact gradient through the inner steps.
	OrderTangents Order = C.PRIMER_ORDER_TANGENTS
	// OrderDifferences: the same by central differences of gradients.
	OrderDifferences Order = C.PRIMER_ORDER_DIFFERENCES
)

var orderNames = map[Order]string{
	OrderFirst:       "first",
	OrderTangents:    "tangents",
	OrderDifferences: "differences",
}

// String gives a name such as "differences".
func (value Order) String() string { return named(value, orderNames) }

// InnerScope is what inner steps change.
//
// Experimental: may change or go with any minor version.
type InnerScope int32

const (
	// InnerPhi: the method's parameters and the head, as a device will.
	InnerPhi InnerScope = C.PRIMER_INNER_PHI
	// InnerHead: the head alone (ANIL).
	InnerHead InnerScope = C.PRIMER_INNER_HEAD
	// InnerEverything: everything, the backbone included (plain MAML).
	InnerEverything InnerScope = C.PRIMER_INNER_EVERYTHING
)

var innerScopeNames = map[InnerScope]string{
	InnerPhi:        "phi",
	InnerHead:       "head",
	InnerEverything: "everything",
}

// String gives a name such as "everything".
func (value InnerScope) String() string { return named(value, innerScopeNames) }

// OuterScope is what is learnt.
//
// Experimental: may change or go with any minor version.
type OuterScope int32

const (
	// OuterBoth: the backbone, the method's parameters and the head.
	OuterBoth OuterScope = C.PRIMER_OUTER_BOTH
	// OuterBackbone: the backbone alone.
	OuterBackbone OuterScope = C.PRIMER_OUTER_BACKBONE
	// OuterPhi: the method's parameters and the head alone.
	OuterPhi OuterScope = C.PRIMER_OUTER_PHI
)

var outerScopeNames = map[OuterScope]string{
	OuterBoth:     "both",
	OuterBackbone: "backbone",
	OuterPhi:      "phi",
}

// String gives a name such as "phi".
func (value OuterScope) String() string { return named(value, outerScopeNames) }

// EpisodeHead is what an episode tags, and where its head comes from.
//
// Experimental: may change or go with any minor version.
type EpisodeHead int32

const (
	// EpisodeHeadShared: all types, with one head for all tasks, whose rows are parameters.
	EpisodeHeadShared EpisodeHead = C.PRIMER_EPISODE_HEAD_SHARED
	// EpisodeHeadMade: some of the task's types, the rest is O; the head is made anew of the types' names and the support
	// words. What it is made with is learnt, and becomes the start that the model carries.
	EpisodeHeadMade EpisodeHead = C.PRIMER_EPISODE_HEAD_MADE
)

var episodeHeadNames = map[EpisodeHead]string{
	EpisodeHeadShared: "shared",
	EpisodeHeadMade:   "made",
}

// String gives a name such as "made".
func (value EpisodeHead) String() string { return named(value, episodeHeadNames) }

// Storage is how numbers are stored. The values are those that GGUF files know them by.
//
// Experimental: may change or go with any minor version.
type Storage int32

const (
	// StorageF32: 32-bit floats.
	StorageF32 Storage = C.PRIMER_STORAGE_F32
	// StorageF16: 16-bit floats.
	StorageF16 Storage = C.PRIMER_STORAGE_F16
	// StorageQ4_0: 4 bits a number and a scale for 32 numbers.
	StorageQ4_0 Storage = C.PRIMER_STORAGE_Q4_0
	// StorageQ8_0: 8 bits a number and a scale for 32 numbers.
	StorageQ8_0 Storage = C.PRIMER_STORAGE_Q8_0
	// StorageBF16: the upper half of 32-bit floats.
	StorageBF16 Storage = C.PRIMER_STORAGE_BF16
)

var storageNames = map[Storage]string{
	StorageF32:  "f32",
	StorageF16:  "f16",
	StorageQ4_0: "q4_0",
	StorageQ8_0: "q8_0",
	StorageBF16: "bf16",
}

// String gives a name such as "bf16".
func (value Storage) String() string { return named(value, storageNames) }
