// Who owns what: moves, use after a move, any order of destruction, handles of primer.h.
#include <memory>

#include "support.hpp"

namespace {

using primer::Status;

template <class T>
constexpr bool moves_alone = !std::is_copy_constructible_v<T> && !std::is_copy_assignable_v<T> &&
                             std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T>;

static_assert(moves_alone<primer::Model> && moves_alone<primer::Dataset> && moves_alone<primer::Adapter> &&
              moves_alone<primer::Tagger> && moves_alone<primer::Result> && moves_alone<primer::Buffer> &&
              moves_alone<primer::experimental::Primed>);
// No larger than the handle itself.
static_assert(sizeof(primer::Model) == sizeof(void *) && sizeof(primer::Tagger) == sizeof(void *));

TEST(Ownership, MovesWithTheObject) {
    primer::Dataset data = support::people_data();
    primer::Dataset moved = std::move(data);
    EXPECT_TRUE(moved);
    EXPECT_EQ(moved.size(), 4U);
    data = std::move(moved);
    EXPECT_EQ(data.size(), 4U);
    data = support::people_data(2);
    EXPECT_EQ(data.size(), 8U) << "assigning frees what was there";
}

// NOLINTBEGIN(bugprone-use-after-move): that is the question.
TEST(Ownership, WhatWasMovedFromFailsOrIsEmpty) {
    primer::Model model = primer::Model::load(support::model_path);
    primer::Tagger tagger(model);
    primer::Adapter adapter = primer::Adapter::load(support::adapter_path, model);
    primer::Dataset data = support::people_data();
    primer::Result result = tagger.tag_text(adapter, "Ada");
    primer::Buffer buffer = adapter.to_memory();
    {
        const auto a = std::move(model);
        const auto b = std::move(tagger);
        const auto c = std::move(adapter);
        const auto d = std::move(data);
        const auto e = std::move(result);
        const auto f = std::move(buffer);
    }
    EXPECT_FALSE(model || tagger || adapter || data || result || buffer);
    EXPECT_EQ(model.name(), "");
    EXPECT_EQ(model.card(), "");
    EXPECT_EQ(model.fingerprint(), "");
    EXPECT_EQ(adapter.name(), "");
    EXPECT_EQ(adapter.parameter_count(), 0U);
    EXPECT_TRUE(adapter.types().empty() && adapter.tags().empty());
    EXPECT_EQ(data.size() + data.entity_count(), 0U);
    EXPECT_EQ(data.scheme(), primer::Scheme::Auto);
    EXPECT_TRUE(data.types().empty());
    EXPECT_EQ(result.size(), 0U);
    EXPECT_TRUE(result.entities().empty() && result.words().empty());
    EXPECT_EQ(buffer.size(), 0U);
    EXPECT_EQ(buffer.text(), "");

    const auto refuses = [](auto &&call) { support::expect_error(Status::InvalidArgument, "NULL", call); };
    const primer::Adapter &good = support::adapter();
    refuses([&] { model.sizes(); });
    refuses([&] { primer::Tagger other(model); });
    refuses([&] { primer::Adapter::load(support::adapter_path, model); });
    refuses([&] { primer::adapt(model, support::people_data(), support::quick()); });
    support::expect_error(Status::InvalidArgument, "train was moved from",
                          [&] { primer::adapt(support::model(), data, support::quick()); });
    refuses([&] { primer::evaluate(support::model(), good, data); });
    refuses([&] { primer::evaluate(support::model(), adapter, support::people_data()); });
    refuses([&] { adapter.save("anywhere"); });
    refuses([&] { adapter.to_memory(); });
    refuses([&] { adapter.export_folder(primer::FolderFormat::AdapterHub, "anywhere"); });
    refuses([&] { data.shots(1, 0); });
    refuses([&] { data.select({0}); });
    refuses([&] { tagger.tag_text(good, "Ada"); });
    primer::Tagger fresh(support::model());
    refuses([&] { fresh.tag_text(adapter, "Ada"); });
    refuses([&] { fresh.tag_words(adapter, {"Ada"}); });
    refuses([&] { fresh.tag_batch({primer::Input(adapter, "Ada")}); });
}

// An option that was given and moved away is not the same as one that was left out.
TEST(Ownership, WhatWasMovedFromIsNoOptionLeftOut) {
    primer::Dataset dev = support::people_data();
    primer::Adapter initial = primer::Adapter::load(support::adapter_path, support::model());
    primer::CancelToken token;
    {
        const auto a = std::move(dev);
        const auto b = std::move(initial);
        const auto c = std::move(token);
    }
    EXPECT_FALSE(token);
    EXPECT_FALSE(token.is_requested());
    token.request();
    const auto adapt = [](const primer::AdaptRun &run) {
        primer::adapt(support::model(), support::people_data(), support::quick(), run);
    };
    const auto refuses = [](const char *what, auto &&call) {
        support::expect_error(Status::InvalidArgument, std::string(what) + " was moved from", call);
    };
    primer::AdaptRun run;
    run.dev = &dev;
    refuses("dev", [&] { adapt(run); });
    run = {};
    run.initial = &initial;
    refuses("initial", [&] { adapt(run); });
    run = {};
    run.cancel = &token;
    refuses("cancel", [&] { adapt(run); });
    primer::Tagger tagger(support::model());
    refuses("cancel", [&] { tagger.tag_batch({}, &token); });
    refuses("cancel", [&] { primer::evaluate(support::model(), support::adapter(), support::people_data(), &token); });
}
// NOLINTEND(bugprone-use-after-move)

// Each keeps alive what it needs.
TEST(Ownership, ObjectsGoInAnyOrder) {
    auto model = std::make_unique<primer::Model>(primer::Model::load(support::model_path));
    auto adapter = std::make_unique<primer::Adapter>(primer::Adapter::load(support::adapter_path, *model));
    auto tagger = std::make_unique<primer::Tagger>(*model);
    model.reset();
    auto result = std::make_unique<primer::Result>(tagger->tag_text(*adapter, "Ada Lovelace was born in London."));
    adapter.reset();
    tagger.reset();
    ASSERT_EQ(result->entities().size(), 2U);
    EXPECT_EQ(result->entities()[1].label_name(), "LOC");
}

// What is borrowed stays where it is when its owner moves.
TEST(Ownership, WhatIsBorrowedOutlivesAMove) {
    primer::Result result = primer::Tagger(support::model()).tag_text(support::adapter(), "Ada Lovelace");
    const auto entities = result.entities();
    const primer::Result moved = std::move(result);
    ASSERT_EQ(entities.size(), 1U);
    EXPECT_EQ(entities[0].label_name(), "PER");
    EXPECT_EQ(moved.entities().data(), entities.data());
}

TEST(Ownership, IsGivenToAndTakenFromC) {
    primer::Dataset data = support::people_data();
    EXPECT_EQ(primer_dataset_size(data.get()), 4U);
    primer_dataset *handle = data.release();
    EXPECT_FALSE(data);
    ASSERT_NE(handle, nullptr);
    const primer::Dataset again(handle);
    EXPECT_EQ(again.size(), 4U);
}

TEST(Ownership, OfATokenIsShared) {
    const primer::CancelToken token;
    const primer::CancelToken copy = token;
    EXPECT_FALSE(copy.is_requested());
    token.request();
    EXPECT_TRUE(copy.is_requested());
    EXPECT_EQ(copy.get(), token.get());
    EXPECT_FALSE(primer::CancelToken().is_requested());
}

TEST(Ownership, ModelsAndAdaptersComeFromMemoryToo) {
    const primer::Buffer bytes = support::adapter().to_memory();
    ASSERT_GT(bytes.size(), 1000U);
    EXPECT_EQ(bytes.text().size(), bytes.size());
    const auto adapter = primer::Adapter::from_memory(bytes, support::model());
    EXPECT_EQ(adapter.card(), support::adapter().card());
    support::expect_error(Status::Format, "", [] { primer::Model::from_memory("no model"); });
    support::expect_error(Status::Format, "",
                          [] { primer::Adapter::from_memory(std::string(20, '{'), support::model()); });
}

} // namespace
