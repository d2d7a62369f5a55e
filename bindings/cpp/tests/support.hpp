// What the tests share: the shipped model, loaded once, and small data to learn from. Tests run at the repository's
// top.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "primer.hpp"

namespace support {

inline constexpr const char *model_path = "models/primer-mini.gguf";
inline constexpr const char *adapter_path = "models/per-loc-org.safetensors";

inline const primer::Model &model() {
    static const primer::Model model = primer::Model::load(model_path);
    return model;
}

/// Tags PER, LOC and ORG.
inline const primer::Adapter &adapter() {
    static const primer::Adapter adapter = primer::Adapter::load(adapter_path, model());
    return adapter;
}

/// Four sentences in which a person lives in a place, so many times over.
inline std::string people(int times = 1) {
    std::string conll;
    for (int i = 0; i < times; i++)
        for (const char *name : {"Ada", "Bob", "Zoe", "Max"})
            conll += std::string(name) + " B-PERSON\nSmith I-PERSON\nlives O\nin O\nParis O\n. O\n\n";
    return conll;
}

inline primer::Dataset people_data(int times = 1) {
    return primer::Dataset::from_memory(people(times), "people.conll");
}

/// An empty folder of this test's own, which goes with it.
class Scratch {
public:
    Scratch() {
        std::string name = (std::filesystem::temp_directory_path() / "primer-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder for a test's files: " + name);
        path_ = name;
    }
    ~Scratch() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Scratch(const Scratch &) = delete;
    Scratch &operator=(const Scratch &) = delete;

    std::filesystem::path operator/(const char *name) const { return path_ / name; }
    std::string string() const { return path_.string(); }

private:
    std::filesystem::path path_;
};

/// Options for a run that is over at once.
inline primer::AdaptOptions quick(std::uint32_t epochs = 1) {
    primer::AdaptOptions options;
    options.method = primer::Method::Head;
    options.epochs = epochs;
    options.batch_size = 2;
    return options;
}

/// The call throws an Error of this status, whose message has this part.
template <class Call>
void expect_error(primer::Status status, std::string_view part, Call &&call) {
    try {
        call();
        ADD_FAILURE() << "no error where " << primer::to_string(status) << " was due";
    } catch (const primer::Error &error) {
        EXPECT_EQ(to_string(error.status()), to_string(status)) << error.what();
        EXPECT_NE(error.message().find(part), std::string_view::npos) << error.what();
        EXPECT_EQ(error.message(), error.what());
    }
}

} // namespace support
