// primer.hpp has everything that primer.h has: tables of enumerations, functions, fields of structs.
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>

#include "names.hpp"
#include "support.hpp"

namespace {

nlohmann::json abi() {
    std::ifstream file("tests/conformance/abi.json");
    return nlohmann::json::parse(file);
}

std::string header() {
    std::ifstream file("include/primer.hpp");
    return {std::istreambuf_iterator<char>(file), {}};
}

// Every constant of the group has a name in the table with its number, and a name for people of its own.
template <class Enum>
void same(const nlohmann::json &abi, const std::string &group) {
    std::map<std::string, std::int64_t> expected, found;
    for (const auto &constant : abi["constants"])
        if (constant["enum"] == group) expected[constant["name"]] = constant["value"];
    std::set<std::string_view> words;
    for (const auto &[name, value] : names::Table<Enum>::values) {
        found[name] = static_cast<std::int64_t>(value);
        EXPECT_NE(to_string(value), "unknown") << name;
        words.insert(to_string(value));
    }
    EXPECT_EQ(expected, found) << group;
    EXPECT_EQ(words.size(), found.size()) << group;
}

TEST(Abi, EnumerationsAreThoseOfTheHeader) {
    const auto json = abi();
    std::set<std::string> groups;
    for (const auto &constant : json["constants"]) groups.insert(constant["enum"]);
    std::set<std::string> checked;
    names::for_every_group([&](const std::string &group, auto value) {
        same<decltype(value)>(json, group);
        checked.insert(group);
    });
    EXPECT_EQ(groups, checked) << "primer.hpp has another set of enumerations";
}

TEST(Abi, StatusesAreSpeltAsTheHeaderDoes) {
    for (const auto &[name, value] : names::Table<primer::Status>::values) EXPECT_EQ(primer::to_string(value), name);
    EXPECT_EQ(primer::to_string(static_cast<primer::Status>(99)), "unknown");
    EXPECT_EQ(primer::to_string(static_cast<primer::Method>(99)), "unknown");
    EXPECT_EQ(primer::to_string(primer::LoraSites::Query | primer::LoraSites::Key), "unknown");
}

// Nothing of the library is out of reach for C++.
TEST(Abi, EveryFunctionIsUsed) {
    const std::string source = header();
    std::size_t count = 0;
    const auto json = abi();
    for (const auto &function : json["functions"]) {
        const std::string name = function["name"];
        const bool called = source.find("::" + name + "(") != std::string::npos || // here and now,
                            source.find("::" + name + ")") != std::string::npos || // by detail::make,
                            source.find("::" + name + ",") != std::string::npos || //
                            source.find(", " + name + ">") != std::string::npos;   // or as a template's argument
        EXPECT_TRUE(called) << name << " is not used in primer.hpp";
        count++;
    }
    EXPECT_GT(count, 70U);
}

// Options reach the library whole, and what the library tells reaches the caller whole.
TEST(Abi, EveryFieldIsUsed) {
    const std::string source = header();
    std::size_t count = 0;
    const auto json = abi();
    for (const auto &structure : json["structs"]) {
        const std::string name = structure["name"];
        // Filled by position: the compiler counts.
        if (name == "primer_str" || name == "primer_input" || name == "primer_task") continue;
        for (const auto &field : structure["fields"]) {
            const std::string member = field["name"];
            if (member == "struct_size" || member == "reserved" || member == "reserved2") continue;
            const bool is_layout = name == "primer_entity" || name == "primer_word";
            const std::string use = is_layout                ? "offsetof(" + name + ", " + member + ")"
                                    : name == "primer_score" ? "s." + member
                                                             : "raw." + member;
            // What grew later is read by its place.
            const std::string grown = "&" + name + "::" + member + ")";
            EXPECT_TRUE(source.find(use) != std::string::npos || source.find(grown) != std::string::npos) << name << "::" << member << " is not used in primer.hpp";
            count++;
        }
    }
    EXPECT_GT(count, 90U);
}

// What was compiled from the header in use is what the conformance suite describes.
TEST(Abi, StructsHaveTheSizesOfTheHeader) {
    std::map<std::string, std::size_t> sizes = {
        {"primer_str", sizeof(primer_str)},
        {"primer_model_options", sizeof(primer_model_options)},
        {"primer_model_sizes", sizeof(primer_model_sizes)},
        {"primer_dataset_options", sizeof(primer_dataset_options)},
        {"primer_adapt_options", sizeof(primer_adapt_options)},
        {"primer_progress", sizeof(primer_progress)},
        {"primer_input", sizeof(primer_input)},
        {"primer_entity", sizeof(primer_entity)},
        {"primer_word", sizeof(primer_word)},
        {"primer_score", sizeof(primer_score)},
        {"primer_scores", sizeof(primer_scores)},
        {"primer_tagger_options", sizeof(primer_tagger_options)},
        {"primer_prime_options", sizeof(primer_prime_options)},
        {"primer_task", sizeof(primer_task)},
        {"primer_prime_progress", sizeof(primer_prime_progress)},
    };
    std::map<std::string, std::size_t> expected;
    const auto json = abi();
    for (const auto &structure : json["structs"]) expected[structure["name"]] = structure["size"];
    EXPECT_EQ(expected, sizes);
}

TEST(Abi, TheLibraryFitsTheHeader) {
    const auto json = abi();
    EXPECT_EQ(primer::version(), json["version"].get<std::string>());
    EXPECT_EQ(primer::abi_version(), json["abi_version"].get<std::uint32_t>());
    EXPECT_EQ(PRIMER_ABI_VERSION, json["abi_version"].get<int>());
    EXPECT_TRUE(primer::check_abi().has_value());
    EXPECT_FALSE(primer::has_feature("telepathy"));
}

TEST(Abi, AnotherLibraryIsRefused) {
    using primer::detail::serves;
    EXPECT_TRUE(serves(0x00010002, 0x00010002));
    EXPECT_TRUE(serves(0x00010003, 0x00010002)) << "a newer minor version";
    EXPECT_FALSE(serves(0x00010001, 0x00010002)) << "an older minor version";
    EXPECT_FALSE(serves(0x00020002, 0x00010002)) << "a newer major version";
    EXPECT_FALSE(serves(0x00000002, 0x00010002)) << "an older major version";
    const auto refused = primer::detail::check_abi(0x7FFF0000);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.status(), primer::Status::Unsupported);
    EXPECT_NE(refused.error().message().find(PRIMER_VERSION), std::string_view::npos);
}

} // namespace
