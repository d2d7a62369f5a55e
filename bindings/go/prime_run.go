package primer

// PrimeRun is what a priming run is given beside its settings, a part of [PrimeOptions]; all may be left out.
//
// Experimental: may change or go with any minor version.
type PrimeRun struct {
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
	// OnProgress, which may be nil, is called while the data is encoded and after every update, while the run waits, as AdaptOptions.OnProgress is.
	OnProgress func(PrimeProgress) error
}
