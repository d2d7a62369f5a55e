// What C++20 adds: designated initialisers for options, spans of the standard library, ranges.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ranges>
#include <span>

#include "primer.hpp"

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            std::fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                               \
            std::exit(1);                                                                                              \
        }                                                                                                              \
    } while (0)

static_assert(std::ranges::contiguous_range<primer::Span<const primer::Entity>>);
static_assert(std::ranges::view<primer::Span<const primer::Entity>>);
static_assert(std::ranges::borrowed_range<primer::Span<const primer::Entity>>);
static_assert(std::is_convertible_v<primer::Span<const primer::Entity>, std::span<const primer::Entity>>);
static_assert(std::is_convertible_v<std::span<const std::size_t>, primer::Span<const std::size_t>>);

int main() {
    const auto model = primer::Model::load("models/primer-mini.gguf", {.threads = 1});
    const auto names = primer::Adapter::load("models/per-loc-org.safetensors", model);
    const auto train = primer::Dataset::load("examples/data/teach.jsonl", {.format = primer::Format::Jsonl});
    const auto adapter =
        primer::adapt(model, train, {.method = primer::Method::Head, .epochs = 1, .name = "designated"},
                      {.progress = [](const primer::Progress &) { return true; }});
    CHECK(adapter.name() == "designated");

    const std::u8string path = u8"models/primer-mini.gguf";
    CHECK(primer::Model::try_load(reinterpret_cast<const char *>(path.c_str())));

    primer::Tagger tagger(model);
    const auto result = tagger.tag_text(names, "Angela Merkel besuchte Siemens in Erlangen.");
    const std::span<const primer::Entity> entities = result.entities();
    CHECK(entities.size() == 3);
    CHECK(std::ranges::any_of(result.entities(), [](const primer::Entity &e) { return e.label_name() == "ORG"; }));
    auto sure = result.entities() | std::views::filter([](const primer::Entity &e) { return e.score > 0; });
    CHECK(std::ranges::distance(sure) == 3);
    const std::vector<std::size_t> positions = {0, 4};
    CHECK(primer::offsets_convert("𝕬", primer::Unit::Byte, primer::Unit::Utf16, std::span(positions)).back() == 2);
    return 0;
}
