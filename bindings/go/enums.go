package primer

// #include "primer.h"
import "C"

// Format is how labelled data is written.
type Format int32

const (
	// FormatAuto finds the format out from the file's name or its first line.
	FormatAuto Format = C.PRIMER_FORMAT_AUTO
	// FormatCoNLL has a word a line in columns, and an empty line after each sentence.
	FormatCoNLL Format = C.PRIMER_FORMAT_CONLL
	// FormatJSONL has a JSON object a line: {"tokens": [...], "ner_tags": [...]}, or
	// {"text": "...", "entities": [{"start", "end", "label"}]}.
	FormatJSONL Format = C.PRIMER_FORMAT_JSONL
)

// Scheme is how the tags of words stand for entities.
type Scheme int32

const (
	// SchemeAuto finds the scheme out from the tags; for an adapter it is SchemeIOB2.
	SchemeAuto Scheme = C.PRIMER_SCHEME_AUTO
	// SchemeIOB1 has B- only where two entities of one type touch. It can be read, not learnt.
	SchemeIOB1 Scheme = C.PRIMER_SCHEME_IOB1
	// SchemeIOB2 has B- at every start.
	SchemeIOB2 Scheme = C.PRIMER_SCHEME_IOB2
	// SchemeBIOES marks single words (S-) and ends (E-), too.
	SchemeBIOES Scheme = C.PRIMER_SCHEME_BIOES
)

// FolderFormat is a kind of folder that other libraries keep adapters in.
type FolderFormat int32

const (
	// FolderPEFT is that of Hugging Face PEFT, for LoRA: adapter_config.json and adapter_model.safetensors.
	FolderPEFT FolderFormat = C.PRIMER_FOLDER_PEFT
	// FolderAdapterHub is that of AdapterHub, for bottleneck adapters: adapter_config.json, adapter.safetensors and the
	// head beside them.
	FolderAdapterHub FolderFormat = C.PRIMER_FOLDER_ADAPTERHUB
)

// Method is a way to adapt a model: what is trained.
type Method int32

const (
	// MethodInitial is the method of the adapter to start from, with that adapter's settings.
	MethodInitial Method = C.PRIMER_METHOD_INITIAL
	// MethodHead trains the tag head alone.
	MethodHead Method = C.PRIMER_METHOD_HEAD
	// MethodAdapter trains bottleneck adapters and the head.
	MethodAdapter Method = C.PRIMER_METHOD_ADAPTER
	// MethodLoRA trains LoRA updates and the head.
	MethodLoRA Method = C.PRIMER_METHOD_LORA
	// MethodBitFit trains the biases and the head.
	MethodBitFit Method = C.PRIMER_METHOD_BITFIT
	// MethodFull trains every parameter of the model.
	MethodFull Method = C.PRIMER_METHOD_FULL
)

// MethodByName gives the method of a name: "head", "adapter", "lora", "bitfit" or "full". Another name fails with
// [ErrInvalidArgument].
func MethodByName(name string) (Method, error) {
	if err := usable(); err != nil {
		return 0, err
	}
	var memory memory
	defer memory.free()
	text, err := memory.name("name", name)
	if err != nil {
		return 0, err
	}
	var method C.int32_t
	var failed *C.primer_error
	err = check(C.primer_method_by_name(text, &method, &failed), &failed)
	return Method(method), err
}

// Engine is what runs the forward pass of a tagger.
type Engine int32

const (
	// EngineNative is the library's own: nothing else is needed.
	EngineNative Engine = C.PRIMER_ENGINE_NATIVE
	// EngineONNX is ONNX Runtime, found on this machine when the tagger is made; an error where there is none.
	EngineONNX Engine = C.PRIMER_ENGINE_ONNX
	// EngineAuto is ONNX Runtime where it is found and can run the model, else EngineNative.
	EngineAuto Engine = C.PRIMER_ENGINE_AUTO
)

// Precision is in what numbers the encoder's large products are computed.
type Precision int32

const (
	// PrecisionF32 is 32-bit floats.
	PrecisionF32 Precision = C.PRIMER_PRECISION_F32
	// PrecisionInt8 is 8-bit weights, or 4-bit ones where the model's file has those, with activations of 8 bits: several
	// times as fast and a quarter of the memory, for a small loss. EngineNative alone has it, on the processor, in tagging.
	PrecisionInt8 Precision = C.PRIMER_PRECISION_INT8
	// PrecisionBF16 is bfloat16, of GPUs: quicker. What is trained stays in 32-bit floats.
	PrecisionBF16 Precision = C.PRIMER_PRECISION_BF16
)

// Device is where a model computes.
type Device int32

const (
	// DeviceCPU is the processor.
	DeviceCPU Device = C.PRIMER_DEVICE_CPU
	// DeviceAuto is the first GPU that the library and the machine can use, else the processor.
	DeviceAuto Device = C.PRIMER_DEVICE_AUTO
	// DeviceCUDA is an NVIDIA GPU; it needs the feature "cuda".
	DeviceCUDA Device = C.PRIMER_DEVICE_CUDA
	// DeviceMetal is the GPU of an Apple machine; it needs the feature "metal".
	DeviceMetal Device = C.PRIMER_DEVICE_METAL
)

// Activation is the function inside a bottleneck adapter.
type Activation int32

const (
	// ActivationReLU is max(x, 0).
	ActivationReLU Activation = C.PRIMER_ACTIVATION_RELU
	// ActivationSwish is x / (1 + exp(-x)), also called SiLU.
	ActivationSwish Activation = C.PRIMER_ACTIVATION_SWISH
	// ActivationGELU is the exact GELU.
	ActivationGELU Activation = C.PRIMER_ACTIVATION_GELU
)

// Sites is a set of the linear layers that get a LoRA update: SiteQuery|SiteValue.
type Sites uint32

const (
	// SiteQuery is the projection to queries.
	SiteQuery Sites = C.PRIMER_SITE_QUERY
	// SiteKey is the projection to keys.
	SiteKey Sites = C.PRIMER_SITE_KEY
	// SiteValue is the projection to values.
	SiteValue Sites = C.PRIMER_SITE_VALUE
	// SiteAttentionOutput is the projection behind attention.
	SiteAttentionOutput Sites = C.PRIMER_SITE_ATTENTION_OUTPUT
	// SiteIntermediate is the first layer of the feed-forward network.
	SiteIntermediate Sites = C.PRIMER_SITE_INTERMEDIATE
	// SiteOutput is the second layer of the feed-forward network.
	SiteOutput Sites = C.PRIMER_SITE_OUTPUT
)

// Stage is what has just happened in a training run.
type Stage int32

const (
	// StageStart: the dev data was tagged before training.
	StageStart Stage = C.PRIMER_STAGE_START
	// StageStep: an update was made.
	StageStep Stage = C.PRIMER_STAGE_STEP
	// StageEpoch: an epoch has ended and the dev data, if any, was tagged.
	StageEpoch Stage = C.PRIMER_STAGE_EPOCH
)

// Unit is what positions in a text count.
type Unit int32

const (
	// UnitByte counts bytes of UTF-8, as Go's slicing does. All positions that this package gives are in bytes.
	UnitByte Unit = C.PRIMER_UNIT_BYTE
	// UnitUTF16 counts UTF-16 code units, as JavaScript, Java and NSString do.
	UnitUTF16 Unit = C.PRIMER_UNIT_UTF16
	// UnitCodePoint counts Unicode code points, as Python does, and Go's runes are.
	UnitCodePoint Unit = C.PRIMER_UNIT_CODE_POINT
)
