// What an Error tells, and the two forms of every function that can fail.
#include "support.hpp"

namespace {

using primer::Status;

TEST(Errors, TellWhatTheyAreAbout) {
    try {
        primer::Dataset::from_memory("Ada B-PER\nSmith I-PER\nlives Q-X\n", "people.conll");
        FAIL() << "bad data was read";
    } catch (const primer::Error &error) {
        EXPECT_EQ(error.status(), Status::Data);
        EXPECT_EQ(error.file(), "people.conll");
        EXPECT_EQ(error.line(), 3U);
        EXPECT_EQ(error.byte(), std::nullopt);
        EXPECT_EQ(error.tensor(), "");
        EXPECT_NE(error.message().find("Q-X"), std::string_view::npos) << error.what();
    }
}

TEST(Errors, TellTheByteOfBadText) {
    const auto result = primer::Tagger(support::model()).try_tag_text(support::adapter(), "Ada\xFFLovelace");
    ASSERT_FALSE(result);
    EXPECT_EQ(result.status(), Status::InvalidUtf8);
    EXPECT_EQ(result.error().byte(), 3U);
    EXPECT_EQ(result.error().line(), std::nullopt);
}

TEST(Errors, AreStandardExceptions) {
    EXPECT_THROW(primer::Model::load("no such file"), std::runtime_error);
    EXPECT_THROW(primer::Model::load("no such file"), primer::Error);
}

TEST(Errors, OutliveWhatTheyAreAboutAndCopyWithoutThrowing) {
    static_assert(std::is_nothrow_copy_constructible_v<primer::Error>);
    std::optional<primer::Error> kept;
    {
        auto failed = primer::Model::try_load("no such file");
        kept = failed.error();
    }
    EXPECT_EQ(kept->status(), Status::Io);
    EXPECT_EQ(kept->file(), "no such file");
}

TEST(Errors, OfTheCancelledCanBeCaughtAlone) {
    const primer::CancelToken token;
    token.request();
    primer::AdaptRun run;
    run.cancel = &token;
    EXPECT_THROW(primer::adapt(support::model(), support::people_data(), support::quick(), run), primer::Cancelled);
}

TEST(Errors, OfOnesOwnHaveNothingButStatusAndMessage) {
    const primer::Error error(Status::Busy, "one's own");
    EXPECT_EQ(error.status(), Status::Busy);
    EXPECT_STREQ(error.what(), "one's own");
    EXPECT_EQ(error.file(), "");
    EXPECT_FALSE(error.line());
}

// A status without an error object still has a message.
TEST(Errors, AreThereWhereTheLibraryGaveNone) {
    const primer::Error error = primer::Error::take(PRIMER_ERR_BUSY, nullptr);
    EXPECT_EQ(error.status(), Status::Busy);
    EXPECT_EQ(error.message(), "PRIMER_ERR_BUSY");
}

TEST(Expected, HoldsAValue) {
    auto data = primer::Dataset::try_from_memory(support::people(), "people.conll");
    ASSERT_TRUE(data.has_value());
    EXPECT_TRUE(data);
    EXPECT_EQ(data.status(), Status::Ok);
    EXPECT_EQ(data->size(), 4U);
    EXPECT_EQ((*data).size(), 4U);
    EXPECT_EQ(data.value().size(), 4U);
    const primer::Dataset moved = std::move(data).value();
    EXPECT_EQ(moved.size(), 4U);
}

TEST(Expected, HoldsAnError) {
    auto data = primer::Dataset::try_load("no such file");
    ASSERT_FALSE(data.has_value());
    EXPECT_FALSE(data);
    EXPECT_EQ(data.error().status(), data.status());
    support::expect_error(Status::Io, "no such file", [&] { data.value(); });
    const primer::Dataset other = std::move(data).value_or(support::people_data(2));
    EXPECT_EQ(other.size(), 8U);
}

TEST(Expected, OfNothingTellsSuccess) {
    const primer::Expected<void> success;
    EXPECT_TRUE(success);
    EXPECT_NO_THROW(success.value());
    const auto failure = support::adapter().try_save("no/such/folder/adapter.safetensors");
    EXPECT_EQ(failure.status(), Status::Io);
    EXPECT_THROW(failure.value(), primer::Error);
}

// The forms that throw and the forms that return are one.
TEST(Errors, AreTheSameInBothForms) {
    const auto returned = primer::Adapter::try_load(support::model_path, support::model());
    ASSERT_FALSE(returned);
    support::expect_error(returned.status(), returned.error().message(),
                          [] { primer::Adapter::load(support::model_path, support::model()); });
}

TEST(Errors, NameNamesWithNulBytes) {
    using namespace std::string_literals;
    const std::string name = "models/primer-mini.gguf\0.old"s;
    support::expect_error(Status::InvalidArgument, "path has a NUL byte", [&] { primer::Model::load(name); });
    support::expect_error(Status::InvalidArgument, "path has a NUL byte", [&] { primer::Dataset::load(name); });
    support::expect_error(Status::InvalidArgument, "path has a NUL byte",
                          [&] { primer::Adapter::load(name, support::model()); });
    support::expect_error(Status::InvalidArgument, "path has a NUL byte", [&] { support::adapter().save(name); });
    support::expect_error(Status::InvalidArgument, "folder has a NUL byte",
                          [&] { primer::Adapter::import_folder(name, support::model()); });
    support::expect_error(Status::InvalidArgument, "folder has a NUL byte",
                          [&] { support::adapter().export_folder(primer::FolderFormat::AdapterHub, name); });
    support::expect_error(Status::InvalidArgument, "name has a NUL byte",
                          [&] { primer::Dataset::from_memory(support::people(), name); });
    support::expect_error(Status::InvalidArgument, "name has a NUL byte", [] { primer::method_by_name("head\0"s); });
    primer::AdaptRun run;
    run.checkpoint = name;
    support::expect_error(Status::InvalidArgument, "checkpoint has a NUL byte",
                          [&] { primer::adapt(support::model(), support::people_data(), support::quick(), run); });
}

TEST(Errors, NumbersThatAreNoEnumeratorAreRefused) {
    primer::AdaptOptions options = support::quick();
    options.method = static_cast<primer::Method>(77);
    support::expect_error(Status::InvalidArgument, "method is 77",
                          [&] { primer::adapt(support::model(), support::people_data(), options); });
    support::expect_error(Status::InvalidArgument, "9", [] {
        primer::offsets_convert("text", static_cast<primer::Unit>(9), primer::Unit::Byte, {0});
    });
}

} // namespace
