package primer

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The sizes of the small model.
const (
	smallHidden       = 16
	smallIntermediate = 32
	smallPositions    = 64
)

type object = map[string]any

// writeSmallModel writes a Hugging Face folder with a model of random weights, for what the shipped one is too large for.
// More is put into its configuration.
func writeSmallModel(t *testing.T, folder string, more object) {
	t.Helper()
	vocabulary := [][2]any{{"<s>", 0}, {"<pad>", 0}, {"</s>", 0}, {"<unk>", 0}}
	for _, word := range strings.Fields("▁lives ▁in ▁ ▁Ada ▁Smith ▁Paris ▁Rome ▁Oslo") {
		vocabulary = append(vocabulary, [2]any{word, -1.5})
	}
	for _, letter := range "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ." {
		vocabulary = append(vocabulary, [2]any{string(letter), -4.5})
	}
	config := object{
		"model_type": "bert", "hidden_size": smallHidden, "num_hidden_layers": 1, "num_attention_heads": 4,
		"intermediate_size": smallIntermediate, "vocab_size": len(vocabulary), "max_position_embeddings": smallPositions,
		"type_vocab_size": 2, "layer_norm_eps": 1e-12, "pad_token_id": 1, "hidden_act": "gelu",
	}
	for key, value := range more {
		config[key] = value
	}
	var special []object
	for id, content := range []string{"<s>", "<pad>", "</s>", "<unk>"} {
		special = append(special, object{"id": id, "content": content, "special": true, "single_word": false,
			"lstrip": false, "rstrip": false, "normalized": false})
	}
	tokenizer := object{
		"version": "1.0", "added_tokens": special,
		"pre_tokenizer": object{"type": "Metaspace", "replacement": "▁", "add_prefix_space": true, "prepend_scheme": "always"},
		"post_processor": object{"type": "RobertaProcessing", "sep": []any{"</s>", 2}, "cls": []any{"<s>", 0},
			"trim_offsets": true, "add_prefix_space": true},
		"model": object{"type": "Unigram", "unk_id": 3, "vocab": vocabulary},
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(folder, "config.json"), string(must(json.Marshal(config))))
	write(t, filepath.Join(folder, "tokenizer.json"), string(must(json.Marshal(tokenizer))))
	write(t, filepath.Join(folder, "model.safetensors"), smallWeights(len(vocabulary)))
}

// smallWeights are the contents of model.safetensors: the length of a header, the header, and the numbers.
func smallWeights(vocabulary int) string {
	random := rand.New(rand.NewSource(7))
	header := object{}
	var data []byte
	add := func(name string, number func() float32, shape ...int) {
		start, size := len(data), 1
		for _, side := range shape {
			size *= side
		}
		for i := 0; i < size; i++ {
			data = binary.LittleEndian.AppendUint32(data, math.Float32bits(number()))
		}
		header[name] = object{"dtype": "F32", "shape": shape, "data_offsets": []int{start, len(data)}}
	}
	small := func() float32 { return random.Float32()*0.6 - 0.3 }
	one, zero := func() float32 { return 1 }, func() float32 { return 0 }
	add("embeddings.word_embeddings.weight", small, vocabulary, smallHidden)
	add("embeddings.position_embeddings.weight", small, smallPositions, smallHidden)
	add("embeddings.token_type_embeddings.weight", small, 2, smallHidden)
	layer := "encoder.layer.0."
	for _, norm := range []string{"embeddings.", layer + "attention.output.", layer + "output."} {
		add(norm+"LayerNorm.weight", one, smallHidden)
		add(norm+"LayerNorm.bias", zero, smallHidden)
	}
	for module, sides := range map[string][2]int{
		"attention.self.query":   {smallHidden, smallHidden},
		"attention.self.key":     {smallHidden, smallHidden},
		"attention.self.value":   {smallHidden, smallHidden},
		"attention.output.dense": {smallHidden, smallHidden},
		"intermediate.dense":     {smallIntermediate, smallHidden},
		"output.dense":           {smallHidden, smallIntermediate},
	} {
		add(layer+module+".weight", small, sides[0], sides[1])
		add(layer+module+".bias", small, sides[0])
	}
	text := must(json.Marshal(header))
	file := binary.LittleEndian.AppendUint64(nil, uint64(len(text)))
	return string(append(append(file, text...), data...))
}
