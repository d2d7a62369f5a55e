// What functions take: spans, strings, paths, bytes, options.
#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <list>
#include <set>

#include "support.hpp"

namespace {

template <class T>
std::vector<std::remove_const_t<T>> copy(primer::Span<T> span) {
    return {span.begin(), span.end()};
}

std::vector<std::size_t> copy_listed(primer::Span<const std::size_t> span) { return copy(span); }

TEST(Span, IsMadeOfEveryContiguousContainer) {
    const std::vector<std::size_t> vector = {1, 2, 3};
    const std::array<std::size_t, 3> array = {1, 2, 3};
    const std::size_t raw[] = {1, 2, 3};
    EXPECT_EQ(copy_listed(vector), vector);
    EXPECT_EQ(copy_listed(array), vector);
    EXPECT_EQ(copy_listed(raw), vector);
    EXPECT_EQ(copy_listed({1, 2, 3}), vector);
    EXPECT_EQ(copy_listed({vector.data(), 3}), vector);
    EXPECT_TRUE(copy_listed({}).empty());
    const primer::Span<const std::size_t> span = vector;
    EXPECT_EQ(span.front(), 1U);
    EXPECT_EQ(span.back(), 3U);
    EXPECT_EQ(span[1], 2U);
    EXPECT_FALSE(span.empty());
    std::vector<int> numbers = {1};
    const primer::Span<int> writable = numbers;
    writable[0] = 5;
    EXPECT_EQ(numbers[0], 5);
    const primer::Span<const int> readable = writable;
    EXPECT_EQ(readable[0], 5);
    static_assert(!std::is_constructible_v<primer::Span<int>, const std::vector<int> &>, "const is kept");
    static_assert(!std::is_constructible_v<primer::Span<const long>, const std::vector<int> &>, "types are kept");
}

std::vector<std::string> copy_strings(const primer::Strings &strings) {
    std::vector<std::string> copied;
    for (std::size_t i = 0; i < strings.size(); i++) copied.emplace_back(strings.data()[i].data, strings.data()[i].len);
    return copied;
}

TEST(Strings, AreMadeOfEveryRange) {
    const std::vector<std::string> expected = {"a", "b"};
    const std::array<std::string_view, 2> views = {"a", "b"};
    const char *const raw[] = {"a", "b"};
    EXPECT_EQ(copy_strings(expected), expected);
    EXPECT_EQ(copy_strings(views), expected);
    EXPECT_EQ(copy_strings(raw), expected);
    EXPECT_EQ(copy_strings(std::list<std::string>{"a", "b"}), expected);
    EXPECT_EQ(copy_strings(std::set<std::string>{"b", "a"}), expected);
    EXPECT_EQ(copy_strings({"a", "b"}), expected);
    EXPECT_TRUE(copy_strings({}).empty());
    // Strings that are gone when they have been looked at are refused by the compiler.
    struct Made {
        struct Iterator {
            std::string operator*() const { return "made"; }
        };
        Iterator begin() const { return {}; }
        Iterator end() const { return {}; }
    };
    static_assert(!std::is_constructible_v<primer::Strings, Made>);
    static_assert(!std::is_constructible_v<primer::Strings, std::string>, "one string is no list");
}

TEST(Path, IsMadeOfStringsAndPaths) {
    const std::string text = "models/Ä.gguf";
    EXPECT_EQ(primer::Path(text).string(), text);
    EXPECT_EQ(primer::Path(text.c_str()).string(), text);
    EXPECT_EQ(primer::Path(std::string_view(text)).string(), text);
    EXPECT_EQ(primer::Path(std::filesystem::path(text)).string(), text);
    EXPECT_TRUE(primer::Path().empty());
    EXPECT_TRUE(primer::Path(static_cast<const char *>(nullptr)).empty());
    support::expect_error(primer::Status::InvalidArgument, "path is empty", [] { primer::Model::load(""); });
    const auto path = std::filesystem::path("models") / "primer-mini.gguf";
    EXPECT_TRUE(primer::Model::try_load(path));
}

TEST(Bytes, AreMadeOfEveryContainerOfBytes) {
    const std::string text = support::people();
    const std::vector<std::uint8_t> numbers(text.begin(), text.end());
    std::vector<std::byte> bytes(text.size());
    std::memcpy(bytes.data(), text.data(), text.size());
    for (const primer::Bytes &data :
         {primer::Bytes(text), primer::Bytes(std::string_view(text)), primer::Bytes(numbers), primer::Bytes(bytes),
          primer::Bytes(text.c_str()), primer::Bytes(text.data(), text.size())}) {
        EXPECT_EQ(data.size(), text.size());
        EXPECT_EQ(primer::Dataset::from_memory(data).size(), 4U);
    }
    static_assert(!std::is_constructible_v<primer::Bytes, std::vector<int>>);
    EXPECT_EQ(primer::Bytes(static_cast<const char *>(nullptr)).size(), 0U);
    EXPECT_FALSE(primer::Dataset::try_from_memory(""));
}

TEST(Options, StartWithTheLibrarysValues) {
    primer_adapt_options raw;
    primer_adapt_options_init(&raw, sizeof raw);
    const primer::AdaptOptions options;
    EXPECT_EQ(options.batch_size, raw.batch_size);
    EXPECT_EQ(options.lora_sites, primer::LoraSites::Query | primer::LoraSites::Value);
    EXPECT_TRUE(options.adapter_output);
    EXPECT_FALSE(options.recompute);
    EXPECT_EQ(options.weight_decay, raw.weight_decay);
    primer::AdaptOptions::Room room;
    const primer_adapt_options same = options.raw(room);
    EXPECT_EQ(same.struct_size, sizeof raw);
    EXPECT_EQ(same.method, raw.method);
    EXPECT_EQ(same.type_count, 0U);
    EXPECT_EQ(same.layer_count, 0U);
    EXPECT_EQ(same.name.len, 0U);
}

// Every field is passed on, and as itself: what the adapter's card says is what was asked for.
TEST(Options, ReachTheAdapter) {
    primer::AdaptOptions options = support::quick();
    options.method = primer::Method::Lora;
    options.scheme = primer::Scheme::Bioes;
    options.name = "people of München";
    options.types = {"PERSON", "CITY"};
    options.layers = {10, 11};
    options.lora_rank = 3;
    options.lora_alpha = 7;
    options.lora_rslora = true;
    options.lora_sites = primer::LoraSites::Output | primer::LoraSites::Key;
    options.seed = 77;
    const auto adapter = primer::adapt(support::model(), support::people_data(), options);
    EXPECT_EQ(adapter.name(), options.name);
    EXPECT_EQ(adapter.types(), (std::vector<std::string_view>{"PERSON", "CITY"}));
    EXPECT_EQ(adapter.tags().size(), 1 + 2 * 4U);
    const std::string card(adapter.card());
    for (const char *part : {"lora", "people of München", "77"}) EXPECT_NE(card.find(part), std::string::npos) << card;
    // Two layers with two updates of rank 3, and a head of nine tags.
    const std::size_t hidden = support::model().sizes().hidden, intermediate = support::model().sizes().intermediate;
    EXPECT_EQ(adapter.parameter_count(), 2 * 3 * ((hidden + hidden) + (intermediate + hidden)) + 9 * (hidden + 1));
}

TEST(Options, ReachTheModel) {
    primer::ModelOptions options;
    options.threads = 1;
    options.quantised = true;
    const auto model = primer::Model::load(support::model_path, options);
    EXPECT_EQ(model.sizes().threads, 1U);
    EXPECT_EQ(model.fingerprint(), support::model().fingerprint());
}

TEST(Options, ReachTheDataset) {
    primer::DatasetOptions options;
    options.format = primer::Format::Conll;
    options.word_column = 1;
    options.tag_column = 2;
    options.scheme = primer::Scheme::Iob1;
    const auto data = primer::Dataset::from_memory("1 Ada I-PER\n2 Smith I-PER\n", {}, options);
    EXPECT_EQ(data.entity_count(), 1U);
    EXPECT_EQ(data.name(), "memory");
    primer::DatasetOptions unlabelled;
    unlabelled.labelled = false;
    EXPECT_EQ(primer::Dataset::from_memory("{\"text\": \"Ada\"}\n", "a.jsonl", unlabelled).entity_count(), 0U);
    primer::DatasetOptions bytes;
    bytes.unit = primer::Unit::Byte;
    const char *line = "{\"text\": \"Ä Ada\", \"entities\": [{\"start\": 3, \"end\": 6, \"label\": \"PER\"}]}\n";
    EXPECT_EQ(primer::Dataset::from_memory(line, "a.jsonl", bytes).entity_count(), 1U);
}

TEST(Methods, HaveNames) {
    for (primer::Method method : {primer::Method::Head, primer::Method::Adapter, primer::Method::Lora,
                                  primer::Method::Bitfit, primer::Method::Full})
        EXPECT_EQ(primer::method_by_name(std::string(to_string(method))), method);
    support::expect_error(primer::Status::InvalidArgument, "bitfit", [] { primer::method_by_name("prompt"); });
}

} // namespace
