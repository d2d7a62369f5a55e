// The same library where exceptions are off: every function that can fail returns what came of it.
#if defined(__cpp_exceptions)
#error "this file must be compiled without exceptions"
#endif

#include <cstdio>
#include <cstdlib>
#include <thread>

#include "primer.hpp"

static_assert(PRIMER_EXCEPTIONS == 0);

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            std::fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                               \
            std::exit(1);                                                                                              \
        }                                                                                                              \
    } while (0)

std::size_t entities_found_with_exceptions(std::string_view text);

namespace {

constexpr const char *conll = "Ada B-PER\nSmith I-PER\nlives O\n\nBob B-PER\nmet O\nZoe B-PER\n";

void errors() {
    const auto missing = primer::Model::try_load("no such file");
    CHECK(!missing && missing.status() == primer::Status::Io);
    CHECK(missing.error().file() == "no such file");
    CHECK(missing.error().message() == missing.error().what());
    const auto data = primer::Dataset::try_from_memory("Ada Q-PER\n", "bad.conll");
    CHECK(data.status() == primer::Status::Data && data.error().line() == 1U);
}

void adapting(const primer::Model &model) {
    const auto train = primer::Dataset::try_from_memory(conll, "people.conll");
    CHECK(train && train->size() == 2);
    primer::AdaptOptions options;
    options.method = primer::Method::Head;
    options.epochs = 2;
    int calls = 0;
    primer::AdaptRun run;
    run.progress = [&](const primer::Progress &) { return ++calls > 0; };
    const auto adapter = primer::try_adapt(model, *train, options, run);
    CHECK(adapter && calls > 0);
    CHECK(primer::try_evaluate(model, *adapter, *train)->sentences == 2);
    CHECK(adapter->try_to_memory()->size() > 0);
    run.progress = [](const primer::Progress &) { return false; };
    CHECK(primer::try_adapt(model, *train, options, run).status() == primer::Status::Cancelled);

    const auto token = primer::CancelToken::try_create();
    CHECK(token && !token->is_requested());
    std::thread([copy = *token] { copy.request(); }).join();
    run = {};
    run.cancel = &*token;
    CHECK(primer::try_adapt(model, *train, options, run).status() == primer::Status::Cancelled);
}

void tagging(const primer::Model &model) {
    const std::string_view text = "Angela Merkel besuchte Siemens in Erlangen.";
    const auto adapter = primer::Adapter::try_load("models/per-loc-org.safetensors", model);
    CHECK(adapter);
    auto tagger = primer::Tagger::try_create(model);
    CHECK(tagger);
    const auto result = tagger->try_tag_text(*adapter, text);
    CHECK(result && result->entities().size() == 3 && result->entities()[1].in(text) == "Siemens");
    CHECK(tagger->try_tag_words(*adapter, {"Angela", "Merkel"})->words().size() == 2);
    CHECK(tagger->try_tag_batch({primer::Input(*adapter, text)})->size() == 1);
    CHECK(primer::try_entities_convert(text, primer::Unit::Utf16, result->entities())->size() == 3);
    CHECK(primer::try_method_by_name("lora").value() == primer::Method::Lora);
    // Code with exceptions in the same program.
    CHECK(entities_found_with_exceptions(text) == 3);
}

} // namespace

int main() {
    errors();
    const auto model = primer::Model::try_load("models/primer-mini.gguf");
    CHECK(model && model->try_sizes()->layers == 12);
    adapting(*model);
    tagging(*model);
    CHECK(primer::try_log_set(primer::LogLevel::Info, nullptr));
    const primer::experimental::PrimeOptions options;
    CHECK(primer::experimental::try_prime(*model, {}, options).status() == primer::Status::InvalidArgument);
    return 0;
}
