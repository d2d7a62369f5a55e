package primer

// AdaptRun is what a training run is given beside its settings, a part of [AdaptOptions]; all may be left out.
type AdaptRun struct {
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
}
