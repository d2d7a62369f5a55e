// engines.json: taggers with options, what they find and what is refused; and ONNX files.
#include "conformance.hpp"

namespace conformance {
namespace {

std::string joined(const std::vector<std::string> &words) {
    std::string text;
    for (const std::string &word : words) text += (text.empty() ? "" : " ") + word;
    return text;
}

void expect_found(const json &suite, primer::Tagger &tagger, const primer::Adapter &adapter) {
    EXPECT_TRUE(tagger.types().empty());
    for (const json &case_ : suite.at("texts")) {
        SCOPED_TRACE(case_.at("name"));
        expect_fields(case_, {"name", "text", "entities"});
        const std::string text = case_.at("text");
        const auto result = tagger.tag_text(adapter, text);
        expect_entities(case_.at("entities"), text, result.entities());
    }
    for (const json &case_ : suite.at("sentences")) {
        SCOPED_TRACE(case_.at("name"));
        expect_fields(case_, {"name", "words", "entities"});
        const auto words = case_.at("words").get<std::vector<std::string>>();
        const auto result = tagger.tag_words(adapter, words);
        expect_entities(case_.at("entities"), joined(words), result.entities());
    }
    const json &case_ = suite.at("evaluate");
    expect_fields(case_, {"data", "file_name", "f1", "sentences", "support"});
    const auto data = primer::Dataset::from_memory(bytes(case_.at("data")), case_.at("file_name").get<std::string>());
    const auto scores = tagger.evaluate(adapter, data);
    EXPECT_NEAR(scores.micro.f1, case_.at("f1").get<double>(), 0.1);
    EXPECT_EQ(scores.sentences, case_.at("sentences").get<std::uint64_t>());
    EXPECT_EQ(scores.micro.support, case_.at("support").get<std::uint64_t>());
}

void expect_refused(const json &case_, const primer::Model &model) {
    SCOPED_TRACE(case_.at("name"));
    expect_fields(case_, {"name", "needs", "call", "path", "text", "options", "status", "message", "file"});
    const auto needs = case_.value("needs", std::set<std::string>());
    const std::string call = case_.at("call");
    const auto given = options<primer::TaggerOptions>(case_);
    // In C++ an empty path of the library means none.
    if (needs.count("abi") && call == "tagger_new") return;
    try {
        if (call == "tagger_new") {
            primer::Tagger(model, given);
        } else if (call == "tagger_load_onnx") {
            primer::Tagger::load_onnx(case_.at("path").get<std::string>(), given);
        } else if (call == "tag_text") {
            primer::Tagger(model, given).tag_text(case_.at("text").get<std::string>());
        } else {
            FAIL() << "a runner must know the call " << call;
        }
        ADD_FAILURE() << "it works";
    } catch (const primer::Error &error) {
        if (needs.count("onnx") && !primer::has_feature("onnx")) {
            EXPECT_EQ(error.status(), primer::Status::Unsupported);
            return;
        }
        EXPECT_EQ(to_string(error.status()), case_.at("status").get<std::string>()) << error.what();
        for (const std::string part : case_.at("message"))
            EXPECT_NE(error.message().find(part), std::string_view::npos) << error.what();
        EXPECT_EQ(error.file(), case_.value("file", ""));
    }
}

TEST(Conformance, Engines) {
    const json suite = load("engines.json");
    expect_fields(suite, {"model", "adapter", "taggers", "texts", "sentences", "evaluate", "refusals"});
    const auto model = primer::Model::load(suite.at("model").get<std::string>());
    const auto adapter = primer::Adapter::load(suite.at("adapter").get<std::string>(), model);
    for (const json &given : suite.at("taggers")) {
        primer::Tagger tagger(model, options<primer::TaggerOptions>(json{{"options", given}}));
        expect_found(suite, tagger, adapter);
    }
    for (const json &case_ : suite.at("refusals")) expect_refused(case_, model);
}

TEST(Engines, ATaggersOwnEvaluationIsThatOfTheModel) {
    const json suite = load("engines.json");
    const auto model = primer::Model::load(suite.at("model").get<std::string>());
    const auto adapter = primer::Adapter::load(suite.at("adapter").get<std::string>(), model);
    const auto data = primer::Dataset::from_memory(bytes(suite.at("evaluate").at("data")), "four.conll");
    primer::Tagger tagger(model, primer::TaggerOptions());
    EXPECT_EQ(tagger.evaluate(adapter, data).json, primer::evaluate(model, adapter, data).json);
    const auto refused = tagger.try_evaluate(data);
    EXPECT_EQ(refused.status(), primer::Status::InvalidArgument);
    const std::vector<primer::Input> inputs = {primer::Input("text"), primer::Input::words({"words"})};
    EXPECT_EQ(tagger.try_tag_batch(inputs).status(), primer::Status::InvalidArgument);
    EXPECT_EQ(tagger.try_tag_words({"words"}).status(), primer::Status::InvalidArgument);
    primer::TaggerOptions options;
    options.providers = {std::string("c\0pu", 4)};
    EXPECT_EQ(primer::Tagger::try_create(model, options).status(), primer::Status::InvalidArgument);
}

TEST(Engines, OnnxFilesAreWholeOrNotThere) {
    const auto model = primer::Model::load("models/primer-mini.gguf");
    const auto adapter = primer::Adapter::load("models/per-loc-org.safetensors", model);
    const support::Scratch scratch;
    const auto lost = adapter.try_save_onnx(scratch.string() + "/missing/model.onnx");
    ASSERT_FALSE(lost);
    if (!primer::has_feature("onnx")) {
        EXPECT_EQ(lost.status(), primer::Status::Unsupported);
        return;
    }
    EXPECT_EQ(lost.status(), primer::Status::Io);
    adapter.save_onnx(scratch.string() + "/model.onnx");
    EXPECT_EQ(std::string(adapter.to_onnx().text()), bytes(json{{"file", scratch.string() + "/model.onnx"}}));
}

} // namespace
} // namespace conformance
