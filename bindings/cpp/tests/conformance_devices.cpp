// devices.json: models on devices, what is found there, and devices and precisions that are refused.
#include "conformance.hpp"

namespace conformance {
namespace {

// Whether no feature is there that the case needs to be absent.
bool is_possible(const json &case_) {
    for (const std::string &need : case_.value("needs", std::vector<std::string>())) {
        if (need == "raw_enum" || need == "abi") continue;
        EXPECT_EQ(need.rfind("without_", 0), 0U) << need;
        if (primer::has_feature(need.substr(8))) return false;
    }
    return true;
}

void expect_found(const json &suite, const json &load) {
    SCOPED_TRACE(load.at("name"));
    expect_fields(load, {"name", "needs", "options", "device"});
    if (!is_possible(load)) return;
    const auto model = primer::Model::load(suite.at("model").get<std::string>(), options<primer::ModelOptions>(load));
    EXPECT_NE(model.device(), primer::Device::Auto);
    EXPECT_EQ(model.device_number(), 0U);
    if (load.contains("device")) {
        EXPECT_EQ(model.device(), names::value<primer::Device>(load.at("device")));
    }
    const auto adapter = primer::Adapter::load(suite.at("adapter").get<std::string>(), model);
    primer::Tagger tagger(model);
    for (const json &case_ : suite.at("texts")) {
        SCOPED_TRACE(case_.at("name"));
        expect_fields(case_, {"name", "text", "entities"});
        const std::string text = case_.at("text");
        const auto result = tagger.tag_text(adapter, text);
        expect_entities(case_.at("entities"), text, result.entities());
    }
}

void expect_refused(const json &suite, const json &case_, const primer::Model &model) {
    SCOPED_TRACE(case_.at("name"));
    expect_fields(case_, {"name", "needs", "call", "options", "status", "message"});
    if (!is_possible(case_)) return;
    const std::string call = case_.at("call");
    try {
        if (call == "model_load") {
            primer::Model::load(suite.at("model").get<std::string>(), options<primer::ModelOptions>(case_));
        } else if (call == "tagger_new") {
            primer::Tagger(model, options<primer::TaggerOptions>(case_));
        } else if (call == "adapt") {
            const auto name = suite.at("file_name").get<std::string>();
            const auto train = primer::Dataset::from_memory(bytes(suite.at("train")), name);
            primer::adapt(model, train, options<primer::AdaptOptions>(case_));
        } else {
            FAIL() << "a runner must know the call " << call;
        }
        ADD_FAILURE() << "it works";
    } catch (const primer::Error &error) {
        EXPECT_EQ(to_string(error.status()), case_.at("status").get<std::string>()) << error.what();
        for (const std::string part : case_.at("message"))
            EXPECT_NE(error.message().find(part), std::string_view::npos) << error.what();
        EXPECT_TRUE(error.file().empty()) << error.what();
    }
}

TEST(Conformance, Devices) {
    const json suite = load("devices.json");
    expect_fields(suite, {"model", "adapter", "loads", "texts", "train", "file_name", "refusals"});
    for (const json &case_ : suite.at("loads")) expect_found(suite, case_);
    const auto model = primer::Model::load(suite.at("model").get<std::string>());
    for (const json &case_ : suite.at("refusals")) expect_refused(suite, case_, model);
}

// What priming is told about numbers, it hears.
TEST(Devices, PrimingHasThePrecisionsOfAdaptation) {
    const auto model = primer::Model::load("models/primer-mini.gguf");
    const std::string sentence = bytes(load("devices.json").at("train")) + "\n";
    const auto data = primer::Dataset::from_memory(sentence + sentence, "two.conll");
    primer::experimental::PrimeOptions options;
    options.support = options.query = 1;
    options.steps = 1;
    for (const auto precision : {primer::Precision::Bf16, static_cast<primer::Precision>(9)}) {
        options.precision = precision;
        const auto primed = primer::experimental::try_prime(model, {{"one", &data}}, options);
        ASSERT_FALSE(primed);
        EXPECT_EQ(primed.status(), precision == primer::Precision::Bf16 ? primer::Status::Unsupported
                                                                        : primer::Status::InvalidArgument);
    }
}

} // namespace
} // namespace conformance
