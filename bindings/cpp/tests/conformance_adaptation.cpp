// adaptation.json: small training runs and what comes of them.
#include "conformance.hpp"

namespace conformance {
namespace {

struct Counts {
    std::size_t updates = 0, epochs = 0;
};

// The progress function of a case, which counts and may cancel.
primer::ProgressFunction counting(const json &case_, Counts &counts) {
    const std::size_t cancel_after = case_.value("cancel_after", std::size_t{0});
    return [&counts, cancel_after](const primer::Progress &progress) {
        counts.updates += progress.stage == primer::Stage::Step;
        counts.epochs += progress.stage == primer::Stage::Epoch;
        return progress.stage != primer::Stage::Step || counts.updates != cancel_after;
    };
}

TEST(Conformance, Adaptation) {
    const json suite = load("adaptation.json");
    const auto model = primer::Model::load(suite.at("model").get<std::string>());
    const auto initial = primer::Adapter::load(suite.at("adapter").get<std::string>(), model);
    primer::Tagger tagger(model);
    for (const json &case_ : suite.at("cases")) {
        SCOPED_TRACE(case_.at("name"));
        expect_fields(case_, {"name", "train", "dev", "initial", "options", "cancel_after", "updates", "epochs",
                              "parameters", "types", "tags", "tag", "evaluate"});
        const auto train = primer::Dataset::load(case_.at("train").get<std::string>());
        std::optional<primer::Dataset> dev;
        if (case_.contains("dev")) dev = primer::Dataset::load(case_.at("dev").get<std::string>());
        Counts counts;
        primer::AdaptRun run;
        run.dev = dev ? &*dev : nullptr;
        run.initial = case_.value("initial", false) ? &initial : nullptr;
        run.progress = counting(case_, counts);
        auto adapter = primer::try_adapt(model, train, options<primer::AdaptOptions>(case_), run);
        EXPECT_EQ(counts.updates, case_.at("updates").get<std::size_t>());
        EXPECT_EQ(counts.epochs, case_.at("epochs").get<std::size_t>());
        if (case_.contains("cancel_after")) {
            EXPECT_EQ(adapter.status(), primer::Status::Cancelled);
            continue;
        }
        ASSERT_TRUE(adapter) << adapter.error().what();
        // What is not there is not asked.
        EXPECT_EQ(json(adapter->parameter_count()), case_.value("parameters", json(adapter->parameter_count())));
        EXPECT_EQ(json(adapter->types()), case_.value("types", json(adapter->types())));
        EXPECT_EQ(json(adapter->tags()), case_.value("tags", json(adapter->tags())));
        for (const json &tagged : case_.value("tag", json::array())) {
            const std::string text = tagged.at("text");
            SCOPED_TRACE(text);
            const auto result = tagger.tag_text(*adapter, text);
            expect_entities(tagged.at("entities"), text, result.entities());
        }
        if (!case_.contains("evaluate")) continue;
        const json &expected = case_.at("evaluate");
        expect_fields(expected, {"data", "f1", "sentences", "support"});
        const auto scores =
            primer::evaluate(model, *adapter, primer::Dataset::load(expected.at("data").get<std::string>()));
        EXPECT_NEAR(scores.micro.f1, expected["f1"].get<double>(), 1e-3);
        EXPECT_EQ(scores.sentences, expected.at("sentences").get<std::uint64_t>());
        EXPECT_EQ(scores.micro.support, expected.at("support").get<std::uint64_t>());
    }
}

} // namespace
} // namespace conformance
