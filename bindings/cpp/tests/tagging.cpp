// Tagging: texts, words, batches, positions.
#include "support.hpp"

namespace {

using primer::Status;

TEST(Tagging, FindsEntitiesAndWords) {
    const std::string text = "Ada Lovelace was born in London.";
    primer::Tagger tagger(support::model());
    const auto result = tagger.tag_text(support::adapter(), text);
    EXPECT_EQ(result.size(), 1U);
    ASSERT_EQ(result.entities().size(), 2U);
    const primer::Entity &ada = result.entities()[0];
    EXPECT_EQ(ada.in(text), "Ada Lovelace");
    EXPECT_EQ(ada.label_name(), "PER");
    EXPECT_EQ(support::adapter().types()[ada.label], "PER");
    EXPECT_EQ(ada.first_word, 0U);
    EXPECT_EQ(ada.end_word, 2U);
    EXPECT_GT(ada.score, 0.5F);
    ASSERT_EQ(result.words().size(), 7U);
    const primer::Word &lovelace = result.words()[1];
    EXPECT_EQ(lovelace.in(text), "Lovelace");
    EXPECT_EQ(lovelace.tag_name(), "I-PER");
    EXPECT_EQ(support::adapter().tags()[lovelace.tag], "I-PER");
    EXPECT_TRUE(result.entities(1).empty() && result.words(1).empty()) << "there is no such item";
}

TEST(Tagging, LooksOnlyWhereTheTextIs) {
    primer::Entity entity{};
    entity.start = 4;
    entity.end = 8;
    EXPECT_EQ(entity.in("abcd"), "");
    EXPECT_EQ(entity.in("abcdefgh"), "efgh");
    entity.end = 3;
    EXPECT_EQ(entity.in("abcdefgh"), "");
}

TEST(Tagging, TakesTextWithNulBytesAndNone) {
    using namespace std::string_view_literals;
    primer::Tagger tagger(support::model());
    const auto text = "Ada Lovelace\0 was born in London."sv;
    const auto result = tagger.tag_text(support::adapter(), text);
    EXPECT_EQ(result.entities().back().in(text), "London");
    for (std::string_view none : {std::string_view(""), std::string_view()}) {
        const auto empty = tagger.tag_text(support::adapter(), none);
        EXPECT_TRUE(empty.entities().empty() && empty.words().empty());
    }
}

TEST(Tagging, TakesWords) {
    primer::Tagger tagger(support::model());
    const std::vector<std::string> words = {"Ada", "Lovelace", "was", "born", "in", "London", "."};
    const auto result = tagger.tag_words(support::adapter(), words);
    ASSERT_EQ(result.words().size(), words.size());
    EXPECT_EQ(result.entities()[1].in("Ada Lovelace was born in London ."), "London");
    const auto listed = tagger.tag_words(support::adapter(), {"Ada", "Lovelace"});
    EXPECT_EQ(listed.words().size(), 2U);
    const auto none = tagger.tag_words(support::adapter(), {});
    EXPECT_TRUE(none.words().empty());
    support::expect_error(Status::InvalidUtf8, "1", [&] { tagger.tag_words(support::adapter(), {"Ada", "\xC3"}); });
}

TEST(Tagging, TakesBatchesOfTextsAndWords) {
    const auto people = primer::adapt(support::model(), support::people_data(2), support::quick(20));
    std::vector<primer::Input> inputs;
    inputs.emplace_back(support::adapter(), "Ada Lovelace was born in London.");
    inputs.emplace_back(people, "Ada Lovelace was born in London.");
    const std::vector<std::string> words = {"Zoe", "Smith", "lives"};
    inputs.push_back(primer::Input::words(support::adapter(), words));
    inputs.push_back(primer::Input::words(support::adapter(), {}));
    inputs.emplace_back(support::adapter(), "");
    primer::Tagger tagger(support::model());
    const auto result = tagger.tag_batch(inputs);
    ASSERT_EQ(result.size(), 5U);
    EXPECT_EQ(result.entities(0).size(), 2U);
    for (const primer::Entity &entity : result.entities(1)) EXPECT_EQ(entity.label_name(), "PERSON");
    EXPECT_EQ(result.words(2).size(), 3U);
    EXPECT_EQ(result.words(3).size() + result.words(4).size(), 0U);
    EXPECT_EQ(tagger.tag_batch({}).size(), 0U);
    EXPECT_EQ(tagger.tag_batch({primer::Input(people, "Ada")}).size(), 1U);
}

TEST(Tagging, NamesTheInputThatIsWrong) {
    primer::Tagger tagger(support::model());
    const std::vector<primer::Input> inputs = {{support::adapter(), "fine"}, {support::adapter(), "not \xFF"}};
    support::expect_error(Status::InvalidUtf8, "1", [&] { tagger.tag_batch(inputs); });
    const auto again = tagger.tag_text(support::adapter(), "Ada Lovelace");
    EXPECT_EQ(again.entities().size(), 1U) << "it can be used after a failure";
}

// A result that would be gone before the loop has begun is refused by the compiler.
template <class T, class = void>
constexpr bool gives_entities = false;
template <class T>
constexpr bool gives_entities<T, std::void_t<decltype(std::declval<T>().entities())>> = true;
static_assert(gives_entities<primer::Result &> && gives_entities<const primer::Result &>);
static_assert(!gives_entities<primer::Result> && !gives_entities<const primer::Result>);

// An adapter that would be gone before the call is, too.
static_assert(!std::is_constructible_v<primer::Input, primer::Adapter, std::string_view>);
static_assert(std::is_constructible_v<primer::Input, primer::Adapter &, std::string_view>);

TEST(Positions, AreTranslated) {
    const std::string text = "𝕬da Müller in 東京";
    using primer::Unit;
    const auto utf16 = primer::offsets_convert(text, Unit::Byte, Unit::Utf16, {0, 4, text.size()});
    EXPECT_EQ(utf16, (std::vector<std::size_t>{0, 2, 17}));
    EXPECT_EQ(primer::offsets_convert(text, Unit::Utf16, Unit::CodePoint, utf16), (std::vector<std::size_t>{0, 1, 16}));
    EXPECT_TRUE(primer::offsets_convert(text, Unit::Byte, Unit::Utf16, {}).empty());
    support::expect_error(Status::InvalidArgument, "1",
                          [&] { primer::offsets_convert(text, Unit::Byte, Unit::Utf16, {1}); });
    support::expect_error(Status::InvalidArgument, "99",
                          [&] { primer::offsets_convert(text, Unit::Byte, Unit::Utf16, {99}); });
    const auto bad = primer::try_offsets_convert("a\xFF", Unit::Byte, Unit::Utf16, {0});
    EXPECT_EQ(bad.error().byte(), 1U);
}

TEST(Positions, OfEntitiesAreTranslated) {
    const std::string text = "🙂🙂 Am Montag besuchte Angela Merkel die Stadt Köln.";
    const auto result = primer::Tagger(support::model()).tag_text(support::adapter(), text);
    ASSERT_FALSE(result.entities().empty());
    const auto converted = primer::entities_convert(text, primer::Unit::Utf16, result.entities());
    ASSERT_EQ(converted.size(), result.entities().size());
    for (std::size_t i = 0; i < converted.size(); i++) {
        const auto &entity = result.entities()[i];
        EXPECT_EQ(primer::offsets_convert(text, primer::Unit::Byte, primer::Unit::Utf16, {entity.start, entity.end}),
                  (std::vector<std::size_t>{converted[i].start, converted[i].end}));
        EXPECT_EQ(converted[i].label_name(), entity.label_name());
        EXPECT_EQ(converted[i].score, entity.score);
        EXPECT_LT(converted[i].start, entity.start);
    }
    support::expect_error(Status::InvalidArgument, "",
                          [&] { primer::entities_convert("short", primer::Unit::Utf16, result.entities()); });
}

} // namespace
