// Generated from interface/ by `make generate`. Do not edit: change the source.
// Code generated from interface/; DO NOT EDIT.

package primer

// #include "primer.h"
import "C"

// DatasetOptions say how labelled data is read. The initial values find everything out from the data.
//
// Make them with [NewDatasetOptions] and change what you want to: a literal is refused, since of many fields 0 is a
// value of its own and not the initial one.
type DatasetOptions struct {
	// The format of the data; initially FormatAuto.
	Format Format
	// How the tags are to be read; initially SchemeAuto.
	Scheme Scheme
	// What start and end of an entity in JSON count; code points are what Python counts; initially UnitCodePoint.
	Unit Unit
	// CoNLL: the column of the word, from 0; initially -1, for finding it out, usually the first.
	WordColumn int
	// CoNLL: the column of the tag, from 0; initially -1, for finding it out, usually the last.
	TagColumn int
	// The data must have labels; without it they are not read; initially true.
	Labelled bool
	// Refuses entities that overlap, or start or end inside a word. Otherwise the longest of those that overlap stays, and
	// a word that is cut belongs to the entity where that covers at least half of its characters; initially false.
	Strict bool
	// The names of tags that are numbers, in their order from 0: O, B-PER and so on; initially none, for data whose tags
	// are names.
	TagNames []string
	// The entity types that the data label: of others nothing is known, neither in training nor in evaluation. A sentence
	// may name its own; initially none, for all types of the data.
	LabelledTypes []string

	made bool
}

// NewDatasetOptions gives the initial values.
func NewDatasetOptions() *DatasetOptions {
	var c C.primer_dataset_options
	C.primer_dataset_options_init(&c, C.sizeof_primer_dataset_options)
	return datasetOptionsOf(&c)
}

// datasetOptionsOf copies the library's form of the options.
func datasetOptionsOf(c *C.primer_dataset_options) *DatasetOptions {
	o := &DatasetOptions{
		Format:        Format(c.format),
		Scheme:        Scheme(c.scheme),
		Unit:          Unit(c.unit),
		WordColumn:    int(c.word_column),
		TagColumn:     int(c.tag_column),
		Labelled:      c.labelled != 0,
		Strict:        c.strict != 0,
		TagNames:      goTexts(c.tag_names, c.tag_name_count),
		LabelledTypes: goTexts(c.labelled_types, c.labelled_type_count),
		made:          true,
	}
	return o
}

// lend gives the library's form of the options, NULL for nil.
func (o *DatasetOptions) lend(memory *memory) (*C.primer_dataset_options, error) {
	if o == nil {
		return nil, nil
	}
	if !o.made {
		return nil, unmade("DatasetOptions")
	}
	c := (*C.primer_dataset_options)(memory.allocate(C.sizeof_primer_dataset_options))
	C.primer_dataset_options_init(c, C.sizeof_primer_dataset_options)
	var number numbers
	c.format = C.int32_t(o.Format)
	c.scheme = C.int32_t(o.Scheme)
	c.unit = C.int32_t(o.Unit)
	c.word_column = number.int32("WordColumn", o.WordColumn)
	c.tag_column = number.int32("TagColumn", o.TagColumn)
	c.labelled = flag(o.Labelled)
	c.strict = flag(o.Strict)
	c.tag_names, c.tag_name_count = memory.texts(o.TagNames)
	c.labelled_types, c.labelled_type_count = memory.texts(o.LabelledTypes)
	return c, number.err
}
