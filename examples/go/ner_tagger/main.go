// Tags names in sentences of many languages, then teaches the model a new kind of name: examples/ner_tagger.rs in Go,
// with the same standard output. Build it in examples/go and run it at the top of the repository:
//
//	go build -o ../../build/go/ ./ner_tagger
//	build/go/ner_tagger
//	build/go/ner_tagger "Angela Merkel wurde in Hamburg geboren."
//	cat letters.txt | build/go/ner_tagger --no-teach
//
// Results go to standard output. What differs from run to run (the progress, the seconds) goes to standard error. Ctrl-C
// stops the training.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"time"
	"unicode/utf8"

	"primer"
)

const usage = `usage: ner_tagger [--model PATH] [--adapter PATH] [--no-teach] [TEXT ... | -]

Tags every TEXT, or with - every line of standard input, or some sentences of its own;
then teaches the model a new entity type and tags with that, too.

  --model PATH     the backbone (models/primer-mini.gguf)
  --adapter PATH   what tags persons, places and organisations (models/per-loc-org.safetensors)
  --no-teach       only tag`

var sentences = []string{
	"Tim Berners-Lee invented the World Wide Web at CERN near Geneva.",
	"Angela Merkel wurde in Hamburg geboren und studierte Physik an der Universität Leipzig.",
	"Marie Curie est née à Varsovie et a enseigné à la Sorbonne.",
	"Lionel Messi nació en Rosario y jugó muchos años en el FC Barcelona.",
	"Дмитрий Менделеев родился в Тобольске и преподавал в Петербургском университете.",
	"Сергій Корольов народився в Житомирі та навчався в Київському політехнічному інституті.",
	"Ο Μίκης Θεοδωράκης γεννήθηκε στη Χίο και σπούδασε στο Ωδείο Αθηνών.",
	"Arvo Pärt sündis Paides ja õppis Tallinna Konservatooriumis.",
	"Orhan Pamuk İstanbul'da doğdu ve Columbia Üniversitesi'nde ders verdi.",
	"Wangari Maathai alizaliwa Nyeri na alisoma katika Chuo Kikuu cha Nairobi.",
	"ولد نجيب محفوظ في القاهرة ودرس الفلسفة في جامعة القاهرة.",
	"इसरो का मुख्यालय बेंगलुरु में है और विक्रम साराभाई को उसका जनक माना जाता है।",
	"马云在杭州创办了阿里巴巴集团。",
	"本田宗一郎は浜松市で本田技研工業を設立した。",
	"이건희는 대구에서 태어나 삼성전자 회장을 지냈다.",
}

// Sentences to learn MEDICINE from, and others with other medicines to check what was learnt.
const (
	teachPath = "examples/data/teach.jsonl"
	checkPath = "examples/data/check.jsonl"
)

// What the new adapter has never seen.
var newSentences = []string{
	"Dr. Anna Schmidt of the Charité in Berlin prescribed ciprofloxacin 250 mg for ten days.",
	"À Lyon, le docteur Martin lui a donné de la prednisone.",
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "ner_tagger:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, arguments []string) error {
	options, err := parse(arguments)
	if err != nil {
		return err
	}
	if options.help {
		fmt.Println(usage)
		return nil
	}
	// The backbone is loaded once. Adapters are small, and one model serves any number of them.
	model, err := primer.LoadModel(options.model, nil)
	if err != nil {
		return err
	}
	defer model.Close()
	names, err := primer.LoadAdapter(options.adapter, model)
	if err != nil {
		return err
	}
	defer names.Close()
	if err := tag(ctx, model, []*primer.Adapter{names}, options.texts); err != nil || !options.teach {
		return err
	}
	all, err := teach(ctx, model, names)
	if err != nil {
		return err
	}
	defer all.Close()
	return tag(ctx, model, []*primer.Adapter{all}, newSentences)
}

// tag prints each text with the entities that each adapter finds in it.
func tag(ctx context.Context, model *primer.Model, adapters []*primer.Adapter, texts []string) error {
	tagger, err := model.NewTagger()
	if err != nil {
		return err
	}
	defer tagger.Close()
	// All in one call, so that texts go through the model in batches.
	var inputs []primer.Input
	for _, text := range texts {
		for _, adapter := range adapters {
			inputs = append(inputs, primer.Input{Adapter: adapter, Text: text})
		}
	}
	results, err := tagger.TagBatch(ctx, inputs)
	if err != nil {
		return err
	}

	out := bufio.NewWriter(os.Stdout)
	for i, text := range texts {
		fmt.Fprintln(out, text)
		for _, result := range results[i*len(adapters) : (i+1)*len(adapters)] {
			for _, entity := range result.Entities {
				// The name comes last, so that one written from right to left moves nothing else in a terminal.
				fmt.Fprintf(out, "    %.2f  %s  %s\n", entity.Score, entity.Label, text[entity.Start:entity.End])
			}
		}
		fmt.Fprintln(out)
	}
	return out.Flush()
}

// teach teaches a new entity type on top of those that names knows: the adapter that comes out knows all of them. The
// data say that MEDICINE is all that they label.
func teach(ctx context.Context, model *primer.Model, names *primer.Adapter) (*primer.Adapter, error) {
	train, err := primer.LoadDataset(teachPath, nil)
	if err != nil {
		return nil, err
	}
	defer train.Close()
	check, err := primer.LoadDataset(checkPath, nil)
	if err != nil {
		return nil, err
	}
	defer check.Close()
	fmt.Printf("Learning %s from %d sentences, checking it on %d others.\n",
		strings.Join(train.Types(), ", "), train.Len(), check.Len())
	before, err := primer.Evaluate(ctx, model, names, check)
	if err != nil {
		return nil, err
	}
	fmt.Printf("F1 before: %.3f\n", before.Micro.F1)

	options := primer.NewAdaptOptions()
	options.Method = primer.MethodInitial // that of names, with its settings
	options.Initial = names
	shown := isTerminal(os.Stderr)
	options.OnProgress = func(p primer.Progress) error {
		if shown {
			fmt.Fprintf(os.Stderr, "\r%d/%d updates, loss %.3f, %.0f s left ", p.Step, p.Steps, p.Loss, p.SecondsLeft)
		}
		return nil // an error would stop the training
	}
	begun := time.Now()
	adapter, err := primer.Adapt(ctx, model, train, options)
	if shown {
		fmt.Fprintln(os.Stderr)
	}
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(os.Stderr, "Learnt in %.1f s.\n", time.Since(begun).Seconds())

	after, err := primer.Evaluate(ctx, model, adapter, check)
	if err != nil {
		adapter.Close()
		return nil, err
	}
	fmt.Printf("F1 after:  %.3f\n\n", after.Micro.F1)
	return adapter, nil
}

type options struct {
	model, adapter string
	teach, help    bool
	texts          []string
}

// parse says what the command line asks for.
func parse(arguments []string) (options, error) {
	o := options{model: "models/primer-mini.gguf", adapter: "models/per-loc-org.safetensors", teach: true}
	fromStdin := false
	for i := 0; i < len(arguments); i++ {
		argument := arguments[i]
		switch {
		case !utf8.ValidString(argument):
			return o, fmt.Errorf("%q is no UTF-8", argument)
		case argument == "--model" || argument == "--adapter":
			if i++; i == len(arguments) {
				return o, errors.New("a path is missing after " + argument)
			}
			if argument == "--model" {
				o.model = arguments[i]
			} else {
				o.adapter = arguments[i]
			}
		case argument == "--no-teach":
			o.teach = false
		case argument == "--help":
			o.help = true
			return o, nil
		case argument == "-":
			fromStdin = true
		case strings.HasPrefix(argument, "--"):
			return o, errors.New("see --help; unknown flag " + argument)
		default:
			o.texts = append(o.texts, argument)
		}
	}
	if fromStdin || len(o.texts) == 0 && !isTerminal(os.Stdin) {
		lines, err := linesOfStdin(fromStdin)
		if err != nil {
			return o, err
		}
		o.texts = append(o.texts, lines...)
	}
	if len(o.texts) == 0 && !fromStdin {
		o.texts = sentences
	}
	return o, nil
}

// linesOfStdin gives the lines of standard input that are not empty. Unless asked for, a standard input that is silent
// for a second counts as empty: it may be a pipe that nobody writes to.
func linesOfStdin(asked bool) ([]string, error) {
	in := bufio.NewReader(os.Stdin)
	began := make(chan struct{})
	go func() {
		in.Peek(1)
		close(began)
	}()
	silent := time.After(time.Second)
	if asked {
		silent = nil
	}
	select {
	case <-began:
	case <-silent:
		return nil, nil
	}
	var lines []string
	for {
		line, err := in.ReadString('\n')
		line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		if line != "" {
			lines = append(lines, line)
		}
		if err == io.EOF {
			return lines, nil
		}
		if err != nil {
			return nil, fmt.Errorf("standard input: %w", err)
		}
	}
}

func isTerminal(file *os.File) bool {
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
