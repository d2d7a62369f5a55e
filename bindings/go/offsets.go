package primer

// #include "primer.h"
import "C"

import "unsafe"

// ConvertOffsets translates positions of a text from one unit to another.
//
// It fails with [ErrInvalidUTF8] and the byte; with [ErrInvalidArgument], also for a position inside a code point or
// past the end, which the message names.
func ConvertOffsets(text string, from, to Unit, positions []int) ([]int, error) {
	if err := usable(); err != nil {
		return nil, err
	}
	list := make([]C.size_t, len(positions))
	for i, position := range positions {
		list[i] = C.size_t(position) // a negative one lies past any end
	}
	data, size := lentText(text)
	places := unsafe.SliceData(list)
	var failed *C.primer_error
	status := C.primer_offsets_convert(data, size, C.int32_t(from), C.int32_t(to), places, places, C.size_t(len(list)),
		&failed)
	if err := check(status, &failed); err != nil {
		return nil, err
	}
	converted := make([]int, len(list))
	for i, place := range list {
		converted[i] = int(place)
	}
	return converted, nil
}

// ConvertEntities gives the entities of a text with Start and End in another unit. It fails as [ConvertOffsets] does,
// for entities that are not of this text.
func ConvertEntities(text string, unit Unit, entities []Entity) ([]Entity, error) {
	if err := usable(); err != nil {
		return nil, err
	}
	list := make([]C.primer_entity, len(entities))
	for i, entity := range entities {
		list[i] = C.primer_entity{start: C.size_t(entity.Start), end: C.size_t(entity.End)}
	}
	data, size := lentText(text)
	places := unsafe.SliceData(list)
	var failed *C.primer_error
	status := C.primer_entities_convert(data, size, C.int32_t(unit), places, places, C.size_t(len(list)), &failed)
	if err := check(status, &failed); err != nil {
		return nil, err
	}
	converted := append([]Entity(nil), entities...)
	for i := range converted {
		converted[i].Start, converted[i].End = int(list[i].start), int(list[i].end)
	}
	return converted, nil
}
