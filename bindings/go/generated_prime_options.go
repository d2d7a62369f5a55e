// Generated from interface/ by `make generate`. Do not edit: change the source.
// Code generated from interface/; DO NOT EDIT.

package primer

// #include "primer.h"
import "C"

// PrimeOptions say how a backbone is primed; docs/priming.md explains it.
//
// Make them with [NewPrimeOptions] and change what you want to: a literal is refused, since of many fields 0 is a value
// of its own and not the initial one.
//
// Experimental: may change or go with any minor version.
type PrimeOptions struct {
	PrimeRun

	// How the model is trained over tasks; initially AlgorithmMAML.
	Algorithm Algorithm
	// MAML: how far its gradient goes; initially OrderFirst.
	Order Order
	// What inner steps change. Not for multi-task training; initially InnerPhi.
	InnerScope InnerScope
	// What is learnt in the end; initially OuterBoth.
	OuterScope OuterScope
	// Inner steps of an episode; initially 1.
	InnerSteps int
	// Every inner step sees support sentences of its own; initially false.
	FreshSupport bool
	// Every episode starts from newly drawn parameters of the method and a new head, so that the backbone alone carries
	// the gain; initially false.
	Redraw bool
	// The query loss counts after every inner step, not after the last alone; initially false.
	MultiStepLoss bool
	// Support sentences of an episode, for each inner step; initially 16.
	Support int
	// Query sentences of an episode; initially 16.
	Query int
	// Episodes in an update; initially 1.
	Episodes int
	// Updates; initially 700.
	Steps int
	// Tokens that go through the encoder at once. Larger batches are split and their gradients added, so this bounds
	// memory and the time until a cancellation is noticed; initially 1024.
	MicroBatchPieces int
	// How tags are written: SchemeIOB2, also the meaning of SchemeAuto, or SchemeBIOES; initially SchemeAuto.
	Scheme Scheme
	// Updates from one evaluation on the dev tasks to the next; initially 0, for one at the end.
	EvaluateEvery int
	// Updates from one checkpoint to the next; initially 50.
	CheckpointEvery int
	// The dtype in which the model computes: PrecisionF32, which the processor has alone, or on GPUs PrecisionBF16, which
	// is quicker; initially PrecisionF32.
	Precision Precision
	// The options of the adaptation that the backbone is prepared for: give the ones that the device will use. Of them the
	// method, the layers and what starts with adapter_ or lora_ are read, and nothing else; not MethodFull; initially nil,
	// for bottleneck adapters with their usual settings.
	Adaptation *AdaptOptions
	// Seed of initialisation and episodes: the same seed gives the same result to the bit; initially 0.
	Seed uint64
	// Step size of the inner gradient descent; initially 0.1.
	InnerRate float64
	// MAML: peak learning rate of the inner step sizes, one a tensor, which then start at InnerRate (Meta-SGD); initially
	// 0, for step sizes that stay.
	LearnInnerRate float64
	// Reptile: the share of the way that an update goes; initially 0.1.
	ReptileRate float64
	// Tasks are drawn with a probability that grows with their number of sentences to this power, in 0 to 1; 0 for equal
	// probabilities; initially 0.
	Temperature float64
	// Peak learning rate of the encoder's layers; 0 leaves them as they are, here and in the next two; initially 1e-4.
	EncoderRate float64
	// Peak learning rate of the embeddings; initially 1e-4.
	EmbeddingRate float64
	// Peak learning rate of the method's parameters and the head; initially 1e-3.
	MethodRate float64
	// A layer's learning rate is that of the layer above times this; initially 1.
	LayerDecay float64
	// AdamW's weight decay, for the encoder's layers alone; initially 0.01.
	WeightDecay float64
	// Share of the updates over which the learning rates rise, in 0 to 1; initially 0.1.
	Warmup float64
	// Largest norm of an update's gradient; 0 for no clipping; initially 1.
	Clip float64
	// The entity types, in the order of the head's rows; initially none, for those of all tasks, sorted.
	Types []string
	// A name for the cards of backbone and adapter; initially empty.
	Name string
	// Starts anew where the checkpoint exists, whatever run it is of; the first one of this run is written over it;
	// initially false.
	Restart bool
	// What an episode tags, and where its head comes from; initially EpisodeHeadShared.
	Head EpisodeHead
	// With EpisodeHeadMade, the share of the episodes in which the head is made of words alone, without names; initially
	// 0.3.
	Nameless float64
	// With EpisodeHeadMade, tokens of a sentence that an episode takes at most; what stands further behind is more of the
	// same sentence, and costs as much as further sentences; initially 100.
	EpisodeTokens int

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
		Restart:          c.restart != 0,
		Head:             EpisodeHead(c.head),
		Nameless:         float64(c.nameless),
		EpisodeTokens:    int(c.episode_tokens),
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
	c := (*C.primer_prime_options)(memory.allocate(C.sizeof_primer_prime_options))
	C.primer_prime_options_init(c, C.sizeof_primer_prime_options)
	var err error
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
	if c.adaptation, err = o.Adaptation.lend(memory); err != nil {
		return nil, err
	}
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
	c.restart = flag(o.Restart)
	c.head = C.int32_t(o.Head)
	c.nameless = C.double(o.Nameless)
	c.episode_tokens = number.uint32("EpisodeTokens", o.EpisodeTokens)
	return c, number.err
}
