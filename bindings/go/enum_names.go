package primer

import (
	"fmt"
	"strings"
)

// named gives the name of a value; one that has none is shown as a number.
func named[E ~int32](value E, names map[E]string) string {
	if name, known := names[value]; known {
		return name
	}
	return fmt.Sprintf("%T(%d)", value, int32(value))
}

// member is a value that sets are made of.
type member[S ~uint32] struct {
	value S
	name  string
}

// joined gives the names of a set; what has none is shown as a number.
func joined[S ~uint32](set S, members []member[S]) string {
	var names []string
	for _, known := range members {
		if set&known.value != 0 {
			names = append(names, known.name)
			set &^= known.value
		}
	}
	if set != 0 || names == nil {
		names = append(names, fmt.Sprintf("%T(%d)", set, uint32(set)))
	}
	return strings.Join(names, "|")
}
