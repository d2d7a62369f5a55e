// tagging.json and offsets.json.
#include "conformance.hpp"

namespace conformance {
namespace {

using Words = primer::Span<const primer::Word>;

std::string text_of(const json &case_) {
    std::string text;
    for (std::size_t i = 0; i < case_.value("repeat", std::size_t{1}); i++) text += case_.at("text").get<std::string>();
    return text;
}

std::string joined(const std::vector<std::string> &words) {
    std::string text;
    for (const std::string &word : words) text += (text.empty() ? "" : " ") + word;
    return text;
}

void expect_text(const json &case_, const primer::Result &result, std::size_t item) {
    SCOPED_TRACE(case_.at("name"));
    expect_fields(case_, {"name", "text", "repeat", "entities", "words"});
    expect_entities(case_.at("entities"), text_of(case_), result.entities(item));
    if (!case_.contains("words")) return;
    json found = json::array();
    for (const primer::Word &word : result.words(item))
        found.push_back({word.start, word.end, std::string(word.tag_name())});
    EXPECT_EQ(found, case_.at("words"));
}

void expect_sentence(const json &case_, const primer::Result &result, std::size_t item) {
    SCOPED_TRACE(case_.at("name"));
    expect_fields(case_, {"name", "words", "entities", "tags"});
    const auto words = case_.at("words").get<std::vector<std::string>>();
    expect_entities(case_.at("entities"), joined(words), result.entities(item));
    json tags = json::array();
    for (const primer::Word &word : result.words(item)) tags.push_back(std::string(word.tag_name()));
    EXPECT_EQ(tags, case_.at("tags"));
}

TEST(Conformance, Tagging) {
    const json suite = load("tagging.json");
    expect_fields(suite, {"model", "adapter", "texts", "sentences"});
    const auto model = primer::Model::load(suite.at("model").get<std::string>());
    const auto adapter = primer::Adapter::load(suite.at("adapter").get<std::string>(), model);
    primer::Tagger tagger(model);

    std::vector<std::string> texts;
    for (const json &case_ : suite.at("texts")) {
        texts.push_back(text_of(case_));
        expect_text(case_, tagger.tag_text(adapter, texts.back()), 0);
    }
    std::vector<primer::Input> inputs;
    for (const std::string &text : texts) inputs.emplace_back(adapter, text);
    const auto together = tagger.tag_batch(inputs);
    ASSERT_EQ(together.size(), texts.size());
    for (std::size_t i = 0; i < texts.size(); i++) expect_text(suite.at("texts")[i], together, i);

    std::vector<std::vector<std::string>> sentences;
    for (const json &case_ : suite.at("sentences")) {
        sentences.push_back(case_.at("words"));
        expect_sentence(case_, tagger.tag_words(adapter, sentences.back()), 0);
    }
    inputs.clear();
    for (const auto &words : sentences) inputs.push_back(primer::Input::words(adapter, words));
    const auto batch = tagger.tag_batch(inputs);
    ASSERT_EQ(batch.size(), sentences.size());
    for (std::size_t i = 0; i < sentences.size(); i++) expect_sentence(suite.at("sentences")[i], batch, i);
}

TEST(Conformance, Offsets) {
    const json suite = load("offsets.json");
    for (const json &case_ : suite.at("cases")) {
        SCOPED_TRACE(case_.at("name"));
        expect_fields(case_, {"name", "text", "from", "to", "positions", "result", "status", "message"});
        const auto found = primer::try_offsets_convert(
            case_.at("text").get<std::string>(), names::value<primer::Unit>(case_.at("from")),
            names::value<primer::Unit>(case_.at("to")), case_.at("positions").get<std::vector<std::size_t>>());
        if (case_.contains("result")) {
            ASSERT_TRUE(found) << found.error().what();
            EXPECT_EQ(json(*found), case_.at("result"));
        } else {
            EXPECT_EQ(to_string(found.status()), case_.at("status").get<std::string>());
            for (const std::string part : case_.at("message"))
                EXPECT_NE(found.error().message().find(part), std::string_view::npos) << found.error().what();
        }
    }
}

} // namespace
} // namespace conformance
