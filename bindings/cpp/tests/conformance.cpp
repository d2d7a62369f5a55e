#include "conformance.hpp"

#include <fstream>
#include <iterator>

namespace conformance {

namespace {

std::string contents(const std::string &path) {
    std::ifstream file(path, std::ios::binary);
    EXPECT_TRUE(file) << path;
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string from_hex(const std::string &digits) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
        bytes += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
    return bytes;
}

} // namespace

json load(const std::string &file) { return json::parse(contents("tests/conformance/" + file)); }

std::string bytes(const json &given) {
    expect_fields(given, {"text", "hex", "file", "size", "changes"});
    std::string bytes = given.contains("text")  ? given.at("text").get<std::string>()
                        : given.contains("hex") ? from_hex(given.at("hex"))
                                                : contents(given.at("file"));
    if (given.contains("size")) bytes.resize(given.at("size").get<std::size_t>());
    for (const auto &change : given.value("changes", json::array())) {
        const std::string written = from_hex(change[1]);
        bytes.replace(change[0].get<std::size_t>(), written.size(), written);
    }
    return bytes;
}

void expect_fields(const json &given, const std::set<std::string> &known) {
    for (const auto &[field, value] : given.items()) {
        EXPECT_TRUE(known.count(field)) << "a runner must know \"" << field << '"';
    }
}

void expect_entities(const json &expected, std::string_view text, primer::Span<const primer::Entity> found) {
    ASSERT_EQ(found.size(), expected.size());
    const auto utf16 = primer::entities_convert(text, primer::Unit::Utf16, found);
    const auto code_points = primer::entities_convert(text, primer::Unit::CodePoint, found);
    for (std::size_t i = 0; i < found.size(); i++) {
        const json &entity = expected[i];
        expect_fields(entity,
                      {"start", "end", "utf16", "code_points", "first_word", "end_word", "label", "score", "text"});
        EXPECT_EQ(found[i].start, entity.at("start").get<std::size_t>());
        EXPECT_EQ(found[i].end, entity.at("end").get<std::size_t>());
        EXPECT_EQ(found[i].first_word, entity.at("first_word").get<std::size_t>());
        EXPECT_EQ(found[i].end_word, entity.at("end_word").get<std::size_t>());
        EXPECT_EQ(found[i].label_name(), entity.at("label").get<std::string>());
        EXPECT_EQ(found[i].in(text), entity.at("text").get<std::string>());
        EXPECT_EQ((json{utf16[i].start, utf16[i].end}), entity["utf16"]);
        EXPECT_EQ((json{code_points[i].start, code_points[i].end}), entity.at("code_points"));
        if (entity.contains("score")) {
            EXPECT_NEAR(found[i].score, entity.at("score").get<double>(), 1e-3);
        }
    }
}

Fields::~Fields() {
    if (!reads_) return;
    for (const auto &[name, value] : json_.items()) {
        EXPECT_TRUE(taken_.count(name)) << "no option is called " << name;
    }
}

const json *Fields::take(const char *name) {
    const auto given = json_.find(name);
    if (given == json_.end()) return nullptr;
    taken_.insert(name);
    return &*given;
}

void Fields::operator()(const char *name, bool &flag) {
    if (!reads_)
        json_[name] = flag ? 1 : 0;
    else if (const json *given = take(name)) {
        const int number = given->get<int>();
        if (number != 0 && number != 1) {
            reads_ = false; // The case is left: what else it gives does not matter.
            throw CannotBeSaid();
        }
        flag = number == 1;
    }
}

void Fields::operator()(const char *name, std::string &text) {
    if (!reads_)
        json_[name] = text;
    else if (const json *given = take(name))
        text = given->get<std::string>();
}

void Fields::operator()(const char *name, primer::Path &path) {
    if (!reads_)
        json_[name] = path.empty() ? json() : json(path.string());
    else if (const json *given = take(name))
        path = given->get<std::string>();
}

void Fields::operator()(const char *name, primer::LoraSites &sites) {
    if (!reads_) {
        json_[name] = json::array();
        // In the order of their bits, as the suite has them.
        for (std::uint32_t bit = 1; bit != 0; bit <<= 1)
            if ((sites & primer::LoraSites{bit}) == primer::LoraSites{bit})
                json_[name].push_back(name_of(primer::LoraSites{bit}));
    } else if (const json *given = take(name)) {
        sites = primer::LoraSites{given->is_number() ? given->get<std::uint32_t>() : 0};
        if (given->is_array())
            for (const auto &site : *given) sites |= names::value<primer::LoraSites>(site);
    }
}

void Fields::operator()(const char *name, const char *count, std::vector<std::string> &list) {
    if (!reads_) {
        json_[name] = list.empty() ? json() : json(list);
        json_[count] = list.size();
    } else if (const json *given = take(name)) {
        list = given->get<std::vector<std::string>>();
    }
}

void Fields::operator()(const char *name, const char *count, std::vector<std::uint32_t> &list) {
    if (!reads_) {
        json_[name] = list.empty() ? json() : json(list);
        json_[count] = list.size();
    } else if (const json *given = take(name)) {
        list = given->get<std::vector<std::uint32_t>>();
    }
}

namespace {

template <class Options>
json initial() {
    Options options;
    Fields fields = Fields::writing();
    visit(options, fields);
    return fields.written();
}

TEST(Conformance, InitialValuesOfOptions) {
    const json suite = load("options.json");
    expect_fields(suite, {"primer_model_options", "primer_dataset_options", "primer_adapt_options",
                          "primer_tagger_options", "primer_prime_options"});
    EXPECT_EQ(initial<primer::TaggerOptions>(), suite.at("primer_tagger_options"));
    EXPECT_EQ(initial<primer::ModelOptions>(), suite.at("primer_model_options"));
    EXPECT_EQ(initial<primer::DatasetOptions>(), suite.at("primer_dataset_options"));
    EXPECT_EQ(initial<primer::AdaptOptions>(), suite.at("primer_adapt_options"));
    json prime = initial<primer::experimental::PrimeOptions>();
    prime["adaptation"] = nullptr; // It is a value in C++, with the initial values that C's NULL stands for.
    EXPECT_EQ(prime, suite.at("primer_prime_options"));
}

} // namespace
} // namespace conformance
