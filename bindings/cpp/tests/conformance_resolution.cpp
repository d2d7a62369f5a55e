// resolution.json: options that leave something open train the adapter of those that say all of it, to the bit, and the
// one that Rust trains of them.
#include "conformance.hpp"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>

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

// The tensors that the suite in Rust has recorded for a case; none where its record is older than the library.
std::optional<std::string> of_rust(std::size_t number) {
    namespace fs = std::filesystem;
    const fs::path path = "target/tmp/resolution/" + std::to_string(number) + ".tensors";
    std::error_code failed;
    const auto recorded = fs::last_write_time(path, failed);
    if (failed) return std::nullopt;
    const auto built = fs::last_write_time("target/release/libprimer.so", failed);
    if (failed || recorded < built) return std::nullopt;
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
}

TEST(Conformance, Resolution) {
    const json suite = load("resolution.json");
    expect_fields(suite, {"model", "train", "cases"});
    const auto model = primer::Model::load(suite.at("model").get<std::string>());
    const auto train = primer::Dataset::load(suite.at("train").get<std::string>());
    ASSERT_GT(suite.at("cases").size(), 5u);
    std::size_t number = 0, compared = 0;
    for (const json &case_ : suite.at("cases")) {
        SCOPED_TRACE(case_.at("name"));
        expect_fields(case_, {"name", "options", "resolved"});
        const auto trained = [&](const char *which) {
            const json given = {{"options", case_.at(which)}};
            return tensors(primer::adapt(model, train, options<primer::AdaptOptions>(given)));
        };
        const std::string given = trained("options");
        EXPECT_TRUE(given == trained("resolved"));
        if (const auto known = of_rust(number++)) {
            EXPECT_TRUE(given == *known);
            compared++;
        }
    }
    std::cout << compared << " of " << number << " compared with Rust's\n";
}

} // namespace
} // namespace conformance
