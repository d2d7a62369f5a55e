// resolution.json: options that leave something open train the adapter of those that say all of it, to the bit.
#include "conformance.hpp"

namespace conformance {
namespace {

// The tensors of an adapter's file: what stands behind the header, which tells times.
std::string tensors(const primer::Adapter &adapter) {
    const primer::Buffer buffer = adapter.to_memory();
    const std::string file(buffer.text());
    std::size_t header = 0;
    for (int i = 7; i >= 0; i--) header = header << 8 | static_cast<unsigned char>(file.at(static_cast<std::size_t>(i)));
    return file.substr(8 + header);
}

TEST(Conformance, Resolution) {
    const json suite = load("resolution.json");
    expect_fields(suite, {"model", "train", "cases"});
    const auto model = primer::Model::load(suite.at("model").get<std::string>());
    const auto train = primer::Dataset::load(suite.at("train").get<std::string>());
    ASSERT_GT(suite.at("cases").size(), 5u);
    for (const json &case_ : suite.at("cases")) {
        SCOPED_TRACE(case_.at("name"));
        expect_fields(case_, {"name", "options", "resolved"});
        const auto trained = [&](const char *which) {
            const json given = {{"options", case_.at(which)}};
            return tensors(primer::adapt(model, train, options<primer::AdaptOptions>(given)));
        };
        EXPECT_TRUE(trained("options") == trained("resolved"));
    }
}

} // namespace
} // namespace conformance
