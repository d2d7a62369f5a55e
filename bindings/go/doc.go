// Package primer tags named entities in text of many languages, and learns new entity types on the user's own device.
//
// It is the Go face of libprimer. A [Model] is loaded once. Adapters are small, and one model serves any number of them:
// load one with [LoadAdapter] or train one with [Adapt]. A [Tagger] tags text with any of them.
//
//	model, err := primer.LoadModel("models/primer-mini.gguf", nil)
//	adapter, err := primer.LoadAdapter("models/per-loc-org.safetensors", model)
//	tagger, err := model.NewTagger()
//	result, err := tagger.Tag(adapter, text)
//	for _, entity := range result.Entities {
//		fmt.Println(entity.Label, text[entity.Start:entity.End])
//	}
//
// # Linking
//
// The package finds an installed library by pkg-config. With the build tag primer_local it takes the one in the folder lib
// beside its source.
//
// # Memory
//
// What the library makes (models, data sets, adapters, taggers, primed backbones) lies outside of Go's heap. Close frees
// it. A finaliser does so, too, but the garbage collector does not know how large these are: close models in particular.
// Close may be called at any time, also twice and while other goroutines make calls: these end as they would, and what is
// left is freed after the last of them. Any later call gives [ErrClosed]. Objects hold what they need of each other, so the
// order of closing does not matter. Results are plain Go values.
//
// # Goroutines
//
// All functions and types are safe on several goroutines at once. A [Tagger] does one call at a time, and refuses another
// with [ErrBusy]: give each goroutine its own. A call keeps an operating-system thread until it returns; the work itself is
// done on the model's threads, whose number [ModelOptions] limits.
//
// # Errors
//
// Every error is an [*Error], and errors.Is compares it with a [Status]: errors.Is(err, primer.ErrMismatch).
//
// # Options
//
// Options are made by a function such as [NewAdaptOptions], and nil stands for the initial values everywhere. A literal is
// refused, because 0 is a value of its own for many of them.
package primer
