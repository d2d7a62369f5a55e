// errors.json: calls that must fail, and what the error says.
#include "conformance.hpp"

namespace conformance {
namespace {

// Where the calls run.
class Setting {
public:
    explicit Setting(const json &suite)
        : model_(primer::Model::load(suite.at("model").get<std::string>())),
          adapter_(primer::Adapter::load(suite.at("adapter").get<std::string>(), model_)) {}

    void call(const json &case_) const;

    std::string replaced(std::string text, const std::string &what, const std::string &by) const {
        if (const auto at = text.find(what); at != std::string::npos) text.replace(at, what.size(), by);
        return text;
    }
    std::string path(const json &case_) const { return replaced(case_.at("path"), "{scratch}", scratch_.string()); }
    std::string written(std::string_view path) const {
        return replaced(std::string(path), scratch_.string(), "{scratch}");
    }

private:
    primer::Dataset data(const json &case_, const primer::DatasetOptions &options) const {
        return primer::Dataset::from_memory(bytes(case_.at("data")), case_.value("file_name", ""), options);
    }

    primer::Model model_;
    primer::Adapter adapter_;
    support::Scratch scratch_;
};

template <class Enum>
Enum enum_of(const json &given) {
    return given.is_number() ? static_cast<Enum>(given.get<std::int32_t>()) : names::value<Enum>(given);
}

void Setting::call(const json &case_) const {
    const std::string call = case_.at("call");
    const auto data_options = [&] { return options<primer::DatasetOptions>(case_); };
    primer::Tagger tagger(model_);
    if (call == "model_load") {
        primer::Model::load(path(case_), options<primer::ModelOptions>(case_));
    } else if (call == "model_from_memory") {
        primer::Model::from_memory(bytes(case_.at("data")), options<primer::ModelOptions>(case_));
    } else if (call == "dataset_load") {
        primer::Dataset::load(path(case_), data_options());
    } else if (call == "dataset_from_memory") {
        data(case_, data_options());
    } else if (call == "dataset_shots") {
        data(case_, data_options()).shots(case_.at("count"), case_.at("seed"));
    } else if (call == "dataset_select") {
        data(case_, data_options()).select(case_.at("indices").get<std::vector<std::size_t>>());
    } else if (call == "adapter_load") {
        primer::Adapter::load(path(case_), model_);
    } else if (call == "adapter_from_memory") {
        primer::Adapter::from_memory(bytes(case_.at("data")), model_);
    } else if (call == "adapter_save") {
        adapter_.save(path(case_));
    } else if (call == "adapter_import") {
        const auto types = case_.value("types", std::vector<std::string>());
        primer::Adapter::import_folder(path(case_), model_, enum_of<primer::Scheme>(case_.at("scheme")), types);
    } else if (call == "adapter_export") {
        adapter_.export_folder(enum_of<primer::FolderFormat>(case_.at("format")), path(case_));
    } else if (call == "method_by_name") {
        primer::method_by_name(case_.at("method"));
    } else if (call == "tag_text") {
        tagger.tag_text(adapter_, bytes(case_.at("text")));
    } else if (call == "tag_words") {
        std::vector<std::string> words;
        for (const json &word : case_.at("words")) words.push_back(bytes(word));
        tagger.tag_words(adapter_, words);
    } else if (call == "evaluate") {
        primer::evaluate(model_, adapter_, data(case_, data_options()));
    } else if (call == "adapt") {
        std::optional<primer::Adapter> initial;
        primer::AdaptRun run;
        if (case_.contains("initial")) {
            initial = primer::Adapter::load(case_.at("initial").get<std::string>(), model_);
            run.initial = &*initial;
        }
        primer::adapt(model_, data(case_, {}), options<primer::AdaptOptions>(case_), run);
    } else {
        FAIL() << "a runner must know the call " << call;
    }
    ADD_FAILURE() << "it works";
}

TEST(Conformance, Errors) {
    const json suite = load("errors.json");
    const Setting setting(suite);
    std::size_t run = 0;
    for (const json &case_ : suite.at("cases")) {
        SCOPED_TRACE(case_.at("name"));
        expect_fields(case_, {"name",    "needs",  "call",    "path",  "data",  "file_name", "text",    "words",
                              "method",  "format", "scheme",  "types", "count", "seed",      "indices", "options",
                              "initial", "status", "message", "file",  "line",  "byte",      "tensor"});
        try {
            setting.call(case_);
        } catch (const primer::Error &error) {
            run++;
            EXPECT_EQ(to_string(error.status()), case_.at("status").get<std::string>()) << error.what();
            for (const std::string part : case_.at("message"))
                EXPECT_NE(error.message().find(part), std::string_view::npos) << error.what();
            EXPECT_EQ(setting.written(error.file()), case_.value("file", ""));
            EXPECT_EQ(error.tensor(), case_.value("tensor", ""));
            EXPECT_EQ(error.line(),
                      case_.contains("line") ? std::optional<std::size_t>(case_.at("line")) : std::nullopt);
            EXPECT_EQ(error.byte(),
                      case_.contains("byte") ? std::optional<std::size_t>(case_.at("byte")) : std::nullopt);
        } catch (const CannotBeSaid &) {
            // A flag of 2: flags are bool here.
            EXPECT_TRUE(case_.contains("needs"));
        }
    }
    EXPECT_GT(run, 50U);
}

} // namespace
} // namespace conformance
