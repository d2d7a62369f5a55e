// Generated from interface/ by `make generate`. Do not edit: change the source.
// Code generated from interface/; DO NOT EDIT.

package primer

// #include "primer.h"
import "C"

import "unsafe"

// AdaptOptions say how an adapter is trained. The initial values work for a few dozen to a few thousand sentences.
//
// Make them with [NewAdaptOptions] and change what you want to: a literal is refused, since of many fields 0 is a value
// of its own and not the initial one.
type AdaptOptions struct {
	AdaptRun

	// What is trained. MethodInitial does not read Layers and what starts with adapter_ or lora_; initially MethodAdapter.
	Method Method
	// How tags are written: SchemeIOB2, also the meaning of SchemeAuto, or SchemeBIOES; initially SchemeAuto.
	Scheme Scheme
	// Passes over the data; initially 0, for what Effort says: usually about 600 updates, between 3 and 30 passes; on a
	// model that carries a start 120, between 4 and 10, and none on few mentions.
	Epochs int
	// Sentences in an update. On a model that carries a start the initial value stands for 4, but with EffortThorough;
	// initially 16.
	BatchSize int
	// Tokens that go through the encoder at once. Larger batches are split and their gradients added, so this bounds
	// memory and the time until a cancellation is noticed; initially 512.
	MicroBatchPieces int
	// Epochs from one evaluation on the dev data to the next; initially 0, for about ten evaluations in a run.
	EvaluateEvery int
	// Evaluations on the dev data without a better F1 after which training stops; initially 4. 0 stands for no early stop.
	Patience int
	// Trains on this many sentences drawn by the seed; initially 0, for all.
	Shots int
	// Memory, in MiB, for the outputs of frozen lower layers, which are then computed once a sentence; what is more goes
	// to a temporary file; initially 256. 0 stands for computing them anew in every epoch.
	CacheMiB int
	// Seed of initialisation, order and shots: the same seed and number of threads give the same adapter to the bit;
	// initially 0.
	Seed uint64
	// Peak learning rate of the method's parameters; initially 0, for the method's usual one.
	LearningRate float64
	// Peak learning rate of the head; initially 0, for the method's usual one, in proportion where LearningRate is given,
	// and with HeadOnly for that of head tuning.
	HeadLearningRate float64
	// AdamW's weight decay; initially 0.01.
	WeightDecay float64
	// Share of the updates over which the learning rate rises, in 0 to 1; initially 0.1.
	Warmup float64
	// Largest norm of an update's gradient; 0 for no clipping; initially 1.
	Clip float64
	// The entity types to learn; initially none, for those of the training data.
	Types []string
	// A name for the adapter's card; initially empty.
	Name string
	// The layers that the method touches, from 0 at the bottom, ascending; initially none, for all.
	Layers []int
	// Bottleneck and parallel adapters: width of the bottleneck; initially 0, for a sixteenth of the encoder's width; half
	// of it for MethodParallel.
	AdapterSize int
	// Bottleneck adapters: one behind self-attention; parallel ones: beside it; initially false.
	AdapterAttention bool
	// Bottleneck adapters: one behind the feed-forward network; parallel ones: beside it; initially true.
	AdapterOutput bool
	// Bottleneck adapters: the adapter's input has gone through residual connection and layer normalisation; initially
	// true.
	AdapterNormBefore bool
	// Bottleneck and parallel adapters: the non-linearity; initially ActivationReLU.
	AdapterActivation Activation
	// LoRA: rank of the updates; initially 8.
	LoRARank int
	// Bottleneck and parallel adapters: factor of their output. For MethodParallel the initial value stands for 4;
	// initially 1.
	AdapterScaling float64
	// LoRA: numerator of the scale; initially 0, for twice LoRARank.
	LoRAAlpha float64
	// LoRA: the rank-stabilised scale, alpha / sqrt(rank); initially false.
	LoRARSLoRA bool
	// LoRA: the linear layers with an update; initially SiteQuery and SiteValue.
	LoRASites Sites
	// Tokens in an update: as many sentences as fit, at least one; BatchSize must then have its initial value; initially
	// 0, for updates of BatchSize sentences.
	BatchPieces int
	// Keeps one tensor a trained layer on the way forward and computes the rest again on the way back: about 40 % more
	// time for less memory, the same numbers to the bit; initially false.
	Recompute bool
	// Trains the head alone; the method's parameters stay as they start, those of the initial adapter where one is given;
	// initially false.
	HeadOnly bool
	// The dtype in which the model computes: PrecisionF32, which the processor has alone, or on GPUs PrecisionBF16, which
	// is quicker; initially PrecisionF32.
	Precision Precision
	// Leaves out the types that the initial adapter knows beside those of the training data. Otherwise they are kept: what
	// that adapter finds of them in the sentences is learnt, too; initially false.
	DropTypes bool
	// Which entity stays where one of the data and one that the initial adapter finds overlap; initially OverlapNew.
	Overlap Overlap
	// Starts anew where the checkpoint exists, whatever run it is of; the first one of this run is written over it;
	// initially false.
	Restart bool
	// Progress is told before training, too: StageEncode and StagePrefix, which programs of earlier versions do not know;
	// initially false.
	Preparation bool
	// What the method's parameters start from where no adapter to start from is given; initially StartChoiceAuto.
	Start StartChoice
	// What the head starts from, but for the rows that an adapter to start from has; initially HeadInitAuto.
	HeadInit HeadInit
	// What describes each of Types beside its name, in their order; an empty text where there is nothing to say; initially
	// none, for names alone.
	Descriptions []string
	// How many of the uppermost layers are trained; what the method has below stays as it starts and is computed once a
	// sentence; initially 0, for all that the method touches.
	TrainedLayers int
	// How much is trained where Epochs, TrainedLayers and rates are not given; initially EffortUsual.
	Effort Effort

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
		AdapterSize:       int(c.adapter_size),
		AdapterAttention:  c.adapter_attention != 0,
		AdapterOutput:     c.adapter_output != 0,
		AdapterNormBefore: c.adapter_norm_before != 0,
		AdapterActivation: Activation(c.adapter_activation),
		LoRARank:          int(c.lora_rank),
		AdapterScaling:    float64(c.adapter_scaling),
		LoRAAlpha:         float64(c.lora_alpha),
		LoRARSLoRA:        c.lora_rslora != 0,
		LoRASites:         Sites(c.lora_sites),
		BatchPieces:       int(c.batch_pieces),
		Recompute:         c.recompute != 0,
		HeadOnly:          c.head_only != 0,
		Precision:         Precision(c.precision),
		DropTypes:         c.drop_types != 0,
		Overlap:           Overlap(c.overlap),
		Restart:           c.restart != 0,
		Preparation:       c.preparation != 0,
		Start:             StartChoice(c.start),
		HeadInit:          HeadInit(c.head_init),
		Descriptions:      goTexts(c.descriptions, c.description_count),
		TrainedLayers:     int(c.trained_layers),
		Effort:            Effort(c.effort),
		made:              true,
	}
	for _, one := range unsafe.Slice(c.layers, c.layer_count) {
		o.Layers = append(o.Layers, int(one))
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
	c.layers, c.layer_count = memory.counts(&number, "Layers", o.Layers)
	c.adapter_size = number.uint32("AdapterSize", o.AdapterSize)
	c.adapter_attention = flag(o.AdapterAttention)
	c.adapter_output = flag(o.AdapterOutput)
	c.adapter_norm_before = flag(o.AdapterNormBefore)
	c.adapter_activation = C.int32_t(o.AdapterActivation)
	c.lora_rank = number.uint32("LoRARank", o.LoRARank)
	c.adapter_scaling = C.double(o.AdapterScaling)
	c.lora_alpha = C.double(o.LoRAAlpha)
	c.lora_rslora = flag(o.LoRARSLoRA)
	c.lora_sites = C.uint32_t(o.LoRASites)
	c.batch_pieces = number.uint32("BatchPieces", o.BatchPieces)
	c.recompute = flag(o.Recompute)
	c.head_only = flag(o.HeadOnly)
	c.precision = C.int32_t(o.Precision)
	c.drop_types = flag(o.DropTypes)
	c.overlap = C.int32_t(o.Overlap)
	c.restart = flag(o.Restart)
	c.preparation = flag(o.Preparation)
	c.start = C.int32_t(o.Start)
	c.head_init = C.int32_t(o.HeadInit)
	c.descriptions, c.description_count = memory.texts(o.Descriptions)
	c.trained_layers = number.uint32("TrainedLayers", o.TrainedLayers)
	c.effort = C.int32_t(o.Effort)
	return c, number.err
}
