// Tags names in sentences of many languages, then teaches the model a new kind of name: examples/ner_tagger.rs in C++,
// with the same standard output. Run it from the top of the repository; docs/cpp.md says how to build it.
//
//     ner_tagger
//     ner_tagger "Angela Merkel wurde in Hamburg geboren."
//     cat letters.txt | ner_tagger --no-teach
//
// C++17, and POSIX for what is asked of standard input.

#include <poll.h>
#include <unistd.h>

#include <cstdio>
#include <iomanip>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "primer.hpp"

namespace {

constexpr std::string_view usage =
    "usage: ner_tagger [--model PATH] [--adapter PATH] [--no-teach] [TEXT ... | -]\n"
    "\n"
    "Tags every TEXT, or with - every line of standard input, or some sentences of its own;\n"
    "then teaches the model a new entity type and tags with that, too.\n"
    "\n"
    "  --model PATH     the backbone (models/primer-mini.gguf)\n"
    "  --adapter PATH   what tags persons, places and organisations (models/per-loc-org.safetensors)\n"
    "  --no-teach       only tag\n";

const std::vector<std::string> sentences = {
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
};

// Sentences to learn MEDICINE from, and others with other medicines to check what was learnt.
constexpr const char *teach_data = "examples/data/teach.jsonl";
constexpr const char *check_data = "examples/data/check.jsonl";

// What the new adapter has never seen.
const std::vector<std::string> new_sentences = {
    "Dr. Anna Schmidt of the Charité in Berlin prescribed ciprofloxacin 250 mg for ten days.",
    "À Lyon, le docteur Martin lui a donné de la prednisone.",
};

// Prints each text with the entities that each adapter finds in it.
void tag(const primer::Model &model, const std::vector<const primer::Adapter *> &adapters,
         const std::vector<std::string> &texts) {
    // All in one call, so that texts go through the model in batches.
    std::vector<primer::Input> inputs;
    for (const std::string &text : texts)
        for (const primer::Adapter *adapter : adapters) inputs.emplace_back(*adapter, text);
    const primer::Result result = primer::Tagger(model).tag_batch(inputs);

    std::size_t item = 0;
    for (const std::string &text : texts) {
        std::cout << text << '\n';
        for (std::size_t a = 0; a < adapters.size(); a++) {
            for (const primer::Entity &entity : result.entities(item++)) {
                // The name comes last, so that one written from right to left moves nothing else in a terminal.
                std::cout << "    " << std::setprecision(2) << entity.score << "  " << entity.label_name() << "  "
                          << entity.in(text) << '\n';
            }
        }
        std::cout << '\n';
    }
}

// Shows on standard error how far training has come.
bool show_progress(const primer::Progress &progress) {
    if (isatty(STDERR_FILENO) && progress.stage == primer::Stage::Step)
        std::fprintf(stderr, "\r%d/%d updates, loss %.3f, %.0f s left ", static_cast<int>(progress.step),
                     static_cast<int>(progress.steps), progress.loss, progress.seconds_left);
    return true;
}

// Teaches a new entity type on top of those that `names` knows: the adapter that comes out knows all of them. The data
// say that MEDICINE is all that they label.
primer::Adapter teach(const primer::Model &model, const primer::Adapter &names) {
    const auto train = primer::Dataset::load(teach_data);
    const auto check = primer::Dataset::load(check_data);
    std::cout << "Learning ";
    const char *comma = "";
    for (std::string_view type : train.types()) std::cout << std::exchange(comma, ", ") << type;
    std::cout << " from " << train.size() << " sentences, checking it on " << check.size() << " others.\n"
              << std::setprecision(3) << "F1 before: " << primer::evaluate(model, names, check).micro.f1 << std::endl;

    primer::AdaptOptions options;
    options.method = primer::Method::Initial; // that of `names`, with its settings

    double seconds = 0;
    primer::AdaptRun run;
    run.initial = &names;
    run.progress = [&](const primer::Progress &progress) {
        seconds = progress.seconds;
        return show_progress(progress);
    };
    primer::Adapter adapter = primer::adapt(model, train, options, run);
    std::fprintf(stderr, "%sLearnt in %.1f s.\n", isatty(STDERR_FILENO) ? "\n" : "", seconds);

    std::cout << "F1 after:  " << primer::evaluate(model, adapter, check).micro.f1 << "\n\n";
    return adapter;
}

struct Options {
    std::string model = "models/primer-mini.gguf";
    std::string adapter = "models/per-loc-org.safetensors";
    bool teach = true;
    std::vector<std::string> texts;
};

// Adds the lines of standard input that are not empty. Unless `asked` for, a standard input that is silent for a second
// counts as empty: it may be a pipe that nobody writes to.
void add_lines_of_stdin(std::vector<std::string> &texts, bool asked) {
    pollfd input = {STDIN_FILENO, POLLIN, 0};
    if (!asked && poll(&input, 1, 1000) <= 0) return;
    for (std::string line; std::getline(std::cin, line);) {
        // The end of a line may be that of Windows; a last line without an end keeps what it has.
        if (!std::cin.eof() && !line.empty() && line.back() == '\r') line.pop_back();
        if (!line.empty()) texts.push_back(line);
    }
    if (std::cin.bad()) throw std::runtime_error("standard input cannot be read");
}

// What the command line asks for; nothing for help.
std::optional<Options> read_options(int argc, char **argv) {
    Options options;
    bool from_stdin = false;
    for (int i = 1; i < argc; i++) {
        const std::string argument = argv[i];
        if (argument == "--model" || argument == "--adapter") {
            if (i + 1 == argc) throw std::runtime_error("a path is missing after " + argument);
            (argument == "--model" ? options.model : options.adapter) = argv[++i];
        } else if (argument == "--no-teach") {
            options.teach = false;
        } else if (argument == "--help") {
            return std::nullopt;
        } else if (argument == "-") {
            from_stdin = true;
        } else if (argument.compare(0, 2, "--") == 0) {
            throw std::runtime_error("see --help; unknown flag " + argument);
        } else {
            options.texts.push_back(argument);
        }
    }
    if (from_stdin || (options.texts.empty() && !isatty(STDIN_FILENO))) add_lines_of_stdin(options.texts, from_stdin);
    if (options.texts.empty() && !from_stdin) options.texts = sentences;
    return options;
}

} // namespace

int main(int argc, char **argv) try {
    std::cout << std::fixed;
    const std::optional<Options> options = read_options(argc, argv);
    if (!options) {
        std::cout << usage;
        return 0;
    }
    // The backbone is loaded once. Adapters are small, and one model serves any number of them.
    const auto model = primer::Model::load(options->model);
    const auto names = primer::Adapter::load(options->adapter, model);
    tag(model, {&names}, options->texts);
    if (options->teach) {
        const auto all = teach(model, names);
        tag(model, {&all}, new_sentences);
    }
    if (!std::cout.flush()) throw std::runtime_error("standard output cannot be written");
    return 0;
} catch (const std::exception &error) {
    std::cerr << "ner_tagger: " << error.what() << '\n';
    return 1;
}
