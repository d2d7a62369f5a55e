package primer

// #include "primer.h"
import "C"

import "unsafe"

// Result is what tagging found in one input. It is a Go value that holds nothing of the library.
type Result struct {
	// Entities in the order of the text; none overlaps another.
	Entities []Entity
	// Words with their tags, in the order of the text.
	Words []Word
}

// Entity is a named entity: text[Start:End], and the words from FirstWord up to EndWord.
type Entity struct {
	// Start is its first byte in the text.
	Start int
	// End is one past its last byte.
	End int
	// FirstWord is its first word.
	FirstWord int
	// EndWord is one past its last word.
	EndWord int
	// Label is the name of its type.
	Label string
	// LabelIndex is the type as an index of [Adapter.Types].
	LabelIndex int
	// Score is how sure the tagger is, in 0 to 1.
	Score float32
}

// Word is a word and its tag.
type Word struct {
	// Start is its first byte in the text.
	Start int
	// End is one past its last byte.
	End int
	// Tag is the tag's name, such as "B-PER".
	Tag string
	// TagIndex is the tag as an index of [Adapter.Tags].
	TagIndex int
}

// names keeps one Go string for each name that the library lends: there are few of them, and many entities.
type names map[*C.char]string

func (n names) of(text C.primer_str) string {
	name, known := n[text.data]
	if !known {
		name = goString(text)
		n[text.data] = name
	}
	return name
}

// results copies a result of the library and frees it.
func results(result *C.primer_result) []Result {
	defer C.primer_result_free(result)
	names := names{}
	list := make([]Result, C.primer_result_size(result))
	for i := range list {
		var count C.size_t
		entities := C.primer_result_entities(result, C.size_t(i), &count)
		if count > 0 {
			list[i].Entities = make([]Entity, count)
		}
		for e, c := range unsafe.Slice(entities, count) {
			list[i].Entities[e] = Entity{
				Start:      int(c.start),
				End:        int(c.end),
				FirstWord:  int(c.first_word),
				EndWord:    int(c.end_word),
				Label:      names.of(c.label_name),
				LabelIndex: int(c.label),
				Score:      float32(c.score),
			}
		}
		words := C.primer_result_words(result, C.size_t(i), &count)
		if count > 0 {
			list[i].Words = make([]Word, count)
		}
		for w, c := range unsafe.Slice(words, count) {
			list[i].Words[w] = Word{
				Start:    int(c.start),
				End:      int(c.end),
				Tag:      names.of(c.tag_name),
				TagIndex: int(c.tag),
			}
		}
	}
	return list
}
