// Reads the conformance suite (tests/conformance/README.md).
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <set>

#include "names.hpp"
#include "support.hpp"

namespace conformance {

using nlohmann::json;

json load(const std::string &file);

/// What a case gives as bytes: text, hexadecimal digits or a file, perhaps cut and changed.
std::string bytes(const json &given);

/// Fails on a field that no runner here knows.
void expect_fields(const json &given, const std::set<std::string> &known);

/// Entities as tagging.json and adaptation.json write them.
void expect_entities(const json &expected, std::string_view text, primer::Span<const primer::Entity> found);

/// A value that C++ cannot write down: such a case is for other languages.
struct CannotBeSaid {};

/// Reads options by the names of C's fields, or writes them so.
class Fields {
public:
    static Fields reading(const json &given) { return Fields(given, true); }
    static Fields writing() { return Fields(json::object(), false); }

    /// What was written.
    const json &written() const { return json_; }
    /// Fails where a field was given that no option has.
    ~Fields();
    Fields(const Fields &) = delete;
    Fields &operator=(const Fields &) = delete;

    void operator()(const char *name, bool &flag);
    void operator()(const char *name, std::string &text);
    void operator()(const char *name, primer::Path &path);
    void operator()(const char *name, primer::LoraSites &sites);
    void operator()(const char *name, const char *count, std::vector<std::string> &list);
    void operator()(const char *name, const char *count, std::vector<std::uint32_t> &list);

    template <class T>
    void operator()(const char *name, T &value) {
        if constexpr (std::is_enum_v<T>) {
            if (!reads_)
                json_[name] = name_of(value);
            else if (const json *given = take(name))
                value = given->is_string() ? names::value<T>(*given) : static_cast<T>(given->get<std::int32_t>());
        } else {
            if (!reads_)
                json_[name] = value;
            else if (const json *given = take(name))
                value = given->get<T>();
        }
    }

private:
    Fields(json given, bool reads) : json_(std::move(given)), reads_(reads) {}

    const json *take(const char *name);

    template <class T>
    static std::string name_of(T value) {
        for (const auto &[name, listed] : names::Table<T>::values)
            if (listed == value) return name;
        return "unknown";
    }

    json json_;
    std::set<std::string> taken_;
    bool reads_;
};

void visit(primer::ModelOptions &options, Fields &fields);
void visit(primer::TaggerOptions &options, Fields &fields);
void visit(primer::DatasetOptions &options, Fields &fields);
void visit(primer::AdaptOptions &options, Fields &fields);
void visit(primer::experimental::PrimeOptions &options, Fields &fields);

/// The options of a case.
template <class Options>
Options options(const json &case_) {
    Options options;
    Fields fields = Fields::reading(case_.value("options", json::object()));
    visit(options, fields);
    return options;
}

} // namespace conformance
