package primer

// #include "primer.h"
import "C"

// Algorithm is a way to prime.
//
// Experimental: may change or go with any minor version.
type Algorithm int32

const (
	// AlgorithmMAML: the loss after a few steps of what a device will do.
	AlgorithmMAML Algorithm = C.PRIMER_ALGORITHM_MAML
	// AlgorithmMultiTask: multi-task training, the baseline: no inner steps.
	AlgorithmMultiTask Algorithm = C.PRIMER_ALGORITHM_MULTI_TASK
	// AlgorithmReptile: a share of the way to where the inner steps lead.
	AlgorithmReptile Algorithm = C.PRIMER_ALGORITHM_REPTILE
)

// Order is how MAML takes its gradient.
//
// Experimental: may change or go with any minor version.
type Order int32

const (
	// OrderFirst: as if the inner steps were fixed, the cheapest.
	OrderFirst Order = C.PRIMER_ORDER_FIRST
	// OrderTangents: the exact gradient through the inner steps.
	OrderTangents Order = C.PRIMER_ORDER_TANGENTS
	// OrderDifferences: the same by central differences of gradients.
	OrderDifferences Order = C.PRIMER_ORDER_DIFFERENCES
)

// InnerScope is what the inner steps change.
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

// OuterScope is what priming learns.
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

// Storage is how a file keeps a tensor's numbers. The values are those that GGUF files know them by.
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
