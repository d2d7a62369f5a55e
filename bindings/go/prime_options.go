package primer

// #include "primer.h"
import "C"

// PrimeOptions are the options of [Prime]. Make them with [NewPrimeOptions] and change what you want to; docs/priming.md
// explains them. [Prime] only reads them. A literal PrimeOptions{} is refused.
//
// Experimental: may change or go with any minor version.
type PrimeOptions struct {
	// Dev are tasks whose F1 is told along the way; there may be none.
	Dev []Task
	// Initial, which may be nil, is an adapter of the same method to start from.
	Initial *Adapter
	// Checkpoint, where it is not empty, is a file that keeps the state: where it exists and belongs to the same run,
	// priming goes on from it and ends with the very same numbers. Unlike that of Adapt it stays after the run: remove it
	// when what came out is saved. Two runs must not share one.
	Checkpoint string
	// Log, where it is not empty, is a file that gets one JSON object a line for every update. Two runs must not share one.
	Log string
	// OnProgress, which may be nil, is called after every update, while the run waits, as AdaptOptions.OnProgress is.
	OnProgress func(PrimeProgress) error

	// Algorithm is initially AlgorithmMAML.
	Algorithm Algorithm
	// Order is how MAML takes its gradient; initially OrderFirst.
	Order Order
	// InnerScope is initially InnerPhi. Not for multi-task training.
	InnerScope InnerScope
	// OuterScope is initially OuterBoth.
	OuterScope OuterScope
	// InnerSteps are initially 1.
	InnerSteps int
	// FreshSupport is true where every inner step sees support sentences of its own; initially false.
	FreshSupport bool
	// Redraw is true where every episode starts from newly drawn parameters of the method and a new head, so that the
	// backbone alone carries the gain; initially false.
	Redraw bool
	// MultiStepLoss is true where the query loss counts after every inner step, not after the last alone; initially false.
	MultiStepLoss bool
	// Support is the number of support sentences of an episode, for each inner step; initially 16.
	Support int
	// Query is the number of query sentences of an episode; initially 16.
	Query int
	// Episodes in an update; initially 1.
	Episodes int
	// Steps is the number of updates; initially 700.
	Steps int
	// MicroBatchPieces is how many pieces go through the encoder at once; initially 1024. Larger batches are split and
	// their gradients added, so this bounds memory and the time until a cancellation is noticed.
	MicroBatchPieces int
	// Scheme is how tags are written: SchemeIOB2, also the meaning of the initial SchemeAuto, or SchemeBIOES.
	Scheme Scheme
	// EvaluateEvery is the number of updates from one look at Dev to the next; initially 0, for one at the end.
	EvaluateEvery int
	// CheckpointEvery is the number of updates from one checkpoint to the next; initially 50.
	CheckpointEvery int
	// Precision is in what numbers the model computes; initially PrecisionF32, which the processor has alone. GPUs have
	// PrecisionBF16, too, which is quicker.
	Precision Precision
	// Adaptation is the adaptation that the backbone is prepared for: give the options that Adapt will get. Of them Method,
	// Layers and what starts with Adapter or LoRA are read, and nothing else; not MethodFull. Initially nil, for bottleneck
	// adapters with their usual settings.
	Adaptation *AdaptOptions
	// Seed is that of initialisation and episodes; initially 0.
	Seed uint64
	// InnerRate is the step size of the inner gradient descent; initially 0.1.
	InnerRate float64
	// LearnInnerRate is, for MAML, the peak learning rate of the inner step sizes, one a tensor, which then start at
	// InnerRate (Meta-SGD); initially 0, for step sizes that stay.
	LearnInnerRate float64
	// ReptileRate is, for Reptile, the share of the way that an update goes; initially 0.1.
	ReptileRate float64
	// Temperature: tasks are drawn with a probability that grows with their number of sentences to this power, in 0 to 1;
	// initially 0, for equal probabilities.
	Temperature float64
	// EncoderRate is the peak learning rate of the encoder's layers; initially 1e-4. 0 leaves them as they are, here and in
	// the next two.
	EncoderRate float64
	// EmbeddingRate is the peak learning rate of the embeddings; initially 1e-4.
	EmbeddingRate float64
	// MethodRate is the peak learning rate of the method's parameters and the head; initially 1e-3.
	MethodRate float64
	// LayerDecay: a layer's learning rate is that of the layer above times this; initially 1.
	LayerDecay float64
	// WeightDecay is AdamW's, for the encoder's layers alone; initially 0.01.
	WeightDecay float64
	// Warmup is the share of the updates over which the learning rates rise, in 0 to 1; initially 0.1.
	Warmup float64
	// Clip is the largest norm of an update's gradient; initially 1. 0 for no clipping.
	Clip float64
	// Types are the entity types, in the order of the head's rows; initially none, for those of all tasks, sorted.
	Types []string
	// Name is a name for the cards of backbone and adapter; initially empty.
	Name string

	made bool
}

// NewPrimeOptions gives the initial values.
//
// Experimental: may change or go with any minor version.
func NewPrimeOptions() *PrimeOptions {
	var c C.primer_prime_options
	C.primer_prime_options_init(&c, C.sizeof_primer_prime_options)
	return primeOptionsOf(&c)
}

// primeOptionsOf copies the library's form of the options.
func primeOptionsOf(c *C.primer_prime_options) *PrimeOptions {
	o := &PrimeOptions{
		Algorithm:        Algorithm(c.algorithm),
		Order:            Order(c.order),
		InnerScope:       InnerScope(c.inner_scope),
		OuterScope:       OuterScope(c.outer_scope),
		InnerSteps:       int(c.inner_steps),
		FreshSupport:     c.fresh_support != 0,
		Redraw:           c.redraw != 0,
		MultiStepLoss:    c.multi_step_loss != 0,
		Support:          int(c.support),
		Query:            int(c.query),
		Episodes:         int(c.episodes),
		Steps:            int(c.steps),
		MicroBatchPieces: int(c.micro_batch_pieces),
		Scheme:           Scheme(c.scheme),
		EvaluateEvery:    int(c.evaluate_every),
		CheckpointEvery:  int(c.checkpoint_every),
		Precision:        Precision(c.precision),
		Seed:             uint64(c.seed),
		InnerRate:        float64(c.inner_rate),
		LearnInnerRate:   float64(c.learn_inner_rate),
		ReptileRate:      float64(c.reptile_rate),
		Temperature:      float64(c.temperature),
		EncoderRate:      float64(c.encoder_rate),
		EmbeddingRate:    float64(c.embedding_rate),
		MethodRate:       float64(c.method_rate),
		LayerDecay:       float64(c.layer_decay),
		WeightDecay:      float64(c.weight_decay),
		Warmup:           float64(c.warmup),
		Clip:             float64(c.clip),
		Types:            goTexts(c.types, c.type_count),
		Name:             goString(c.name),
		made:             true,
	}
	if c.adaptation != nil {
		o.Adaptation = adaptOptionsOf(c.adaptation)
	}
	return o
}

// lend gives the library's form of the options, NULL for nil.
func (o *PrimeOptions) lend(memory *memory) (*C.primer_prime_options, error) {
	if o == nil {
		return nil, nil
	}
	if !o.made {
		return nil, unmade("PrimeOptions")
	}
	adaptation, err := o.Adaptation.lend(memory)
	if err != nil {
		return nil, err
	}
	c := (*C.primer_prime_options)(memory.allocate(C.sizeof_primer_prime_options))
	C.primer_prime_options_init(c, C.sizeof_primer_prime_options)
	var number numbers
	c.algorithm = C.int32_t(o.Algorithm)
	c.order = C.int32_t(o.Order)
	c.inner_scope = C.int32_t(o.InnerScope)
	c.outer_scope = C.int32_t(o.OuterScope)
	c.inner_steps = number.uint32("InnerSteps", o.InnerSteps)
	c.fresh_support = flag(o.FreshSupport)
	c.redraw = flag(o.Redraw)
	c.multi_step_loss = flag(o.MultiStepLoss)
	c.support = number.uint32("Support", o.Support)
	c.query = number.uint32("Query", o.Query)
	c.episodes = number.uint32("Episodes", o.Episodes)
	c.steps = number.uint32("Steps", o.Steps)
	c.micro_batch_pieces = number.uint32("MicroBatchPieces", o.MicroBatchPieces)
	c.scheme = C.int32_t(o.Scheme)
	c.evaluate_every = number.uint32("EvaluateEvery", o.EvaluateEvery)
	c.checkpoint_every = number.uint32("CheckpointEvery", o.CheckpointEvery)
	c.precision = C.int32_t(o.Precision)
	c.adaptation = adaptation
	c.seed = C.uint64_t(o.Seed)
	c.inner_rate = C.double(o.InnerRate)
	c.learn_inner_rate = C.double(o.LearnInnerRate)
	c.reptile_rate = C.double(o.ReptileRate)
	c.temperature = C.double(o.Temperature)
	c.encoder_rate = C.double(o.EncoderRate)
	c.embedding_rate = C.double(o.EmbeddingRate)
	c.method_rate = C.double(o.MethodRate)
	c.layer_decay = C.double(o.LayerDecay)
	c.weight_decay = C.double(o.WeightDecay)
	c.warmup = C.double(o.Warmup)
	c.clip = C.double(o.Clip)
	c.types, c.type_count = memory.texts(o.Types)
	c.name = memory.text(o.Name)
	return c, number.err
}
