package primer

// #include "primer.h"
import "C"

import "unsafe"

// AdaptOptions are the options of [Adapt]. Make them with [NewAdaptOptions] and change what you want to; the initial
// values work for a few dozen to a few thousand sentences. [Adapt] only reads them: several runs may share one.
//
// A literal AdaptOptions{} is refused: of many fields 0 is a value of its own and not the initial one.
type AdaptOptions struct {
	// Dev, which may be nil, is data to check on: the epoch with the best F1 on it is kept, the start included.
	Dev *Dataset
	// Initial, which may be nil, is an adapter of the same method to start from: its parameters, and the head's rows of
	// the types that it knows.
	Initial *Adapter
	// Checkpoint, where it is not empty, is a file that keeps the state after every epoch: where it exists and belongs to
	// the same run, training goes on from it; it is removed at the end. Two runs must not share one.
	Checkpoint string
	// OnProgress, which may be nil, is called after every update and every evaluation, while the run waits. An error ends
	// the run: Adapt fails with ErrCancelled and wraps the error. A panic ends it, too, and goes on in the goroutine that
	// called Adapt. The function runs on a goroutine of its own and may use this package.
	OnProgress func(Progress) error

	// Method is what is trained; initially MethodAdapter. MethodInitial takes it from Initial, and does not read Layers
	// and what starts with Adapter or LoRA.
	Method Method
	// Scheme is how tags are written: SchemeIOB2, also the meaning of the initial SchemeAuto, or SchemeBIOES.
	Scheme Scheme
	// Epochs are passes over the data; initially 0, for about 600 updates, between 3 and 30 passes.
	Epochs int
	// BatchSize is the number of sentences in an update; initially 16.
	BatchSize int
	// BatchPieces is the number of pieces in an update: as many sentences as fit, at least one, whatever BatchSize says.
	// Initially 0, for updates of BatchSize sentences.
	BatchPieces int
	// MicroBatchPieces is how many pieces go through the encoder at once; initially 512. Larger batches are split and
	// their gradients added, so this bounds memory and the time until a cancellation is noticed.
	MicroBatchPieces int
	// EvaluateEvery is the number of epochs from one look at Dev to the next; initially 0, for about ten looks in a run.
	EvaluateEvery int
	// Patience is after how many looks at Dev without a better F1 training stops; initially 4. 0 never stops early.
	Patience int
	// Shots trains on this many sentences drawn by the seed; initially 0, for all.
	Shots int
	// CacheMiB is the memory, in MiB, for the outputs of frozen lower layers, which are then computed once a sentence;
	// what is more goes to a temporary file. Initially 256; 0 computes them anew in every epoch.
	CacheMiB int
	// Seed is that of initialisation, order and shots; initially 0.
	Seed uint64
	// LearningRate is the peak learning rate of the method's parameters; initially 0, for the method's usual one.
	LearningRate float64
	// HeadLearningRate is the peak learning rate of the head; initially 0, for the method's usual one.
	HeadLearningRate float64
	// WeightDecay is AdamW's; initially 0.01.
	WeightDecay float64
	// Warmup is the share of the updates over which the learning rate rises, in 0 to 1; initially 0.1.
	Warmup float64
	// Clip is the largest norm of an update's gradient; initially 1. 0 for no clipping.
	Clip float64
	// Types are the entity types to learn; initially none, for those of the training data.
	Types []string
	// Name is a name for the adapter's card; initially empty.
	Name string
	// Layers are the layers that the method touches, from 0 at the bottom, ascending; initially none, for all.
	Layers []int
	// Recompute keeps one tensor a trained layer on the way forward and computes the rest again on the way back: about
	// 40 % more time for less memory, the same numbers to the bit. Initially false.
	Recompute bool
	// HeadOnly trains the head alone; the method's parameters stay as they start, those of Initial where it is given.
	// Initially false.
	HeadOnly bool
	// Precision is in what numbers the model computes; initially PrecisionF32, which the processor has alone. GPUs have
	// PrecisionBF16, too, which is quicker.
	Precision Precision

	// AdapterSize is the width of the bottleneck; initially 0, for a sixteenth of the encoder's width.
	AdapterSize int
	// AdapterAttention is true for a bottleneck adapter behind self-attention; initially false.
	AdapterAttention bool
	// AdapterOutput is true, as initially, for a bottleneck adapter behind the feed-forward network.
	AdapterOutput bool
	// AdapterNormBefore is true, as initially, where the adapter's input has gone through residual connection and layer
	// normalisation.
	AdapterNormBefore bool
	// AdapterActivation is the function inside; initially ActivationReLU.
	AdapterActivation Activation
	// AdapterScaling is a factor of the adapters' output; initially 1.
	AdapterScaling float64

	// LoRARank is the rank of the updates; initially 8.
	LoRARank int
	// LoRAAlpha is the numerator of the scale; initially 16.
	LoRAAlpha float64
	// LoRARSLoRA is true for the rank-stabilised scale; initially false.
	LoRARSLoRA bool
	// LoRASites are the linear layers with an update; initially SiteQuery|SiteValue.
	LoRASites Sites

	made bool
}

// NewAdaptOptions gives the initial values.
func NewAdaptOptions() *AdaptOptions {
	var c C.primer_adapt_options
	C.primer_adapt_options_init(&c, C.sizeof_primer_adapt_options)
	return adaptOptionsOf(&c)
}

// adaptOptionsOf copies the library's form of the options.
func adaptOptionsOf(c *C.primer_adapt_options) *AdaptOptions {
	o := &AdaptOptions{
		Method:            Method(c.method),
		Scheme:            Scheme(c.scheme),
		Epochs:            int(c.epochs),
		BatchSize:         int(c.batch_size),
		BatchPieces:       int(c.batch_pieces),
		MicroBatchPieces:  int(c.micro_batch_pieces),
		EvaluateEvery:     int(c.evaluate_every),
		Patience:          int(c.patience),
		Shots:             int(c.shots),
		CacheMiB:          int(c.cache_mib),
		Seed:              uint64(c.seed),
		LearningRate:      float64(c.learning_rate),
		HeadLearningRate:  float64(c.head_learning_rate),
		WeightDecay:       float64(c.weight_decay),
		Warmup:            float64(c.warmup),
		Clip:              float64(c.clip),
		Types:             goTexts(c.types, c.type_count),
		Name:              goString(c.name),
		Recompute:         c.recompute != 0,
		HeadOnly:          c.head_only != 0,
		Precision:         Precision(c.precision),
		AdapterSize:       int(c.adapter_size),
		AdapterAttention:  c.adapter_attention != 0,
		AdapterOutput:     c.adapter_output != 0,
		AdapterNormBefore: c.adapter_norm_before != 0,
		AdapterActivation: Activation(c.adapter_activation),
		AdapterScaling:    float64(c.adapter_scaling),
		LoRARank:          int(c.lora_rank),
		LoRAAlpha:         float64(c.lora_alpha),
		LoRARSLoRA:        c.lora_rslora != 0,
		LoRASites:         Sites(c.lora_sites),
		made:              true,
	}
	for _, layer := range unsafe.Slice(c.layers, c.layer_count) {
		o.Layers = append(o.Layers, int(layer))
	}
	return o
}

// lend gives the library's form of the options, NULL for nil.
func (o *AdaptOptions) lend(memory *memory) (*C.primer_adapt_options, error) {
	if o == nil {
		return nil, nil
	}
	if !o.made {
		return nil, unmade("AdaptOptions")
	}
	c := (*C.primer_adapt_options)(memory.allocate(C.sizeof_primer_adapt_options))
	C.primer_adapt_options_init(c, C.sizeof_primer_adapt_options)
	var number numbers
	c.method = C.int32_t(o.Method)
	c.scheme = C.int32_t(o.Scheme)
	c.epochs = number.uint32("Epochs", o.Epochs)
	c.batch_size = number.uint32("BatchSize", o.BatchSize)
	c.batch_pieces = number.uint32("BatchPieces", o.BatchPieces)
	c.micro_batch_pieces = number.uint32("MicroBatchPieces", o.MicroBatchPieces)
	c.evaluate_every = number.uint32("EvaluateEvery", o.EvaluateEvery)
	c.patience = number.uint32("Patience", o.Patience)
	c.shots = number.uint32("Shots", o.Shots)
	c.cache_mib = number.uint32("CacheMiB", o.CacheMiB)
	c.seed = C.uint64_t(o.Seed)
	c.learning_rate = C.double(o.LearningRate)
	c.head_learning_rate = C.double(o.HeadLearningRate)
	c.weight_decay = C.double(o.WeightDecay)
	c.warmup = C.double(o.Warmup)
	c.clip = C.double(o.Clip)
	c.types, c.type_count = memory.texts(o.Types)
	c.name = memory.text(o.Name)
	c.layers, c.layer_count = memory.layers(&number, o.Layers)
	c.recompute = flag(o.Recompute)
	c.head_only = flag(o.HeadOnly)
	c.precision = C.int32_t(o.Precision)
	c.adapter_size = number.uint32("AdapterSize", o.AdapterSize)
	c.adapter_attention = flag(o.AdapterAttention)
	c.adapter_output = flag(o.AdapterOutput)
	c.adapter_norm_before = flag(o.AdapterNormBefore)
	c.adapter_activation = C.int32_t(o.AdapterActivation)
	c.adapter_scaling = C.double(o.AdapterScaling)
	c.lora_rank = number.uint32("LoRARank", o.LoRARank)
	c.lora_alpha = C.double(o.LoRAAlpha)
	c.lora_rslora = flag(o.LoRARSLoRA)
	c.lora_sites = C.uint32_t(o.LoRASites)
	return c, number.err
}
