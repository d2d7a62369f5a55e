// datasets.json.
#include "conformance.hpp"

namespace conformance {
namespace {

TEST(Conformance, Datasets) {
    const json suite = load("datasets.json");
    for (const json &case_ : suite.at("cases")) {
        SCOPED_TRACE(case_.at("name"));
        expect_fields(case_, {"name", "data", "file_name", "options", "sentences", "entities", "scheme", "types",
                              "dataset_name", "cut_span_count", "cut_spans", "notes", "shots"});
        const auto data = primer::Dataset::from_memory(bytes(case_.at("data")), case_.value("file_name", ""),
                                                       options<primer::DatasetOptions>(case_));
        EXPECT_EQ(data.size(), case_.at("sentences").get<std::size_t>());
        EXPECT_EQ(data.entity_count(), case_.at("entities").get<std::size_t>());
        EXPECT_EQ(data.scheme(), names::value<primer::Scheme>(case_.at("scheme")));
        EXPECT_EQ(json(data.types()), case_.at("types"));
        EXPECT_EQ(data.name(), case_.at("dataset_name").get<std::string>());
        EXPECT_EQ(data.cut_span_count(), case_.value("cut_span_count", std::size_t{0}));
        json cut = json::array();
        for (const primer::CutSpan &span : data.cut_spans())
            cut.push_back({std::to_string(span.line), span.text, span.word});
        EXPECT_EQ(cut, case_.value("cut_spans", json::array()));
        EXPECT_EQ(json(data.notes()), case_.value("notes", json::array()));
        if (!case_.contains("shots")) continue;
        const json &expected = case_.at("shots");
        expect_fields(expected, {"count", "seed", "indices", "entities"});
        const auto shots = data.shots(expected.at("count"), expected.at("seed"));
        EXPECT_EQ(json(shots.indices), expected.at("indices"));
        EXPECT_EQ(shots.dataset.entity_count(), expected.at("entities").get<std::size_t>());
        EXPECT_EQ(data.select(shots.indices).entity_count(), shots.dataset.entity_count());
    }
}

} // namespace
} // namespace conformance
