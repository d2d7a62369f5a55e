// Training: progress, exceptions out of callbacks, cancellation, checkpoints, shots, files.
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

#include "support.hpp"

namespace {

using primer::Status;
namespace fs = std::filesystem;

TEST(Adapting, TeachesWhatTheDataSays) {
    primer::AdaptOptions options;
    options.method = primer::Method::Adapter;
    options.epochs = 12;
    options.batch_size = 4;
    const auto data = support::people_data(2);
    std::vector<primer::Progress> seen;
    primer::AdaptRun run;
    run.dev = &data;
    run.progress = [&](const primer::Progress &progress) {
        seen.push_back(progress);
        return true;
    };
    const auto adapter = primer::adapt(support::model(), data, options, run);
    EXPECT_EQ(adapter.types(), std::vector<std::string_view>{"PERSON"});

    ASSERT_GT(seen.size(), 2U);
    EXPECT_EQ(seen.front().stage, primer::Stage::Start);
    EXPECT_EQ(seen.front().epoch, 0U);
    EXPECT_EQ(seen[1].stage, primer::Stage::Step);
    EXPECT_EQ(seen[1].step, 1U);
    EXPECT_GT(seen[1].loss, 0);
    EXPECT_GT(seen[1].gradient_norm, 0);
    EXPECT_EQ(seen.back().stage, primer::Stage::Epoch);
    EXPECT_GE(seen.back().epochs, seen.back().epoch);
    EXPECT_GE(seen.back().steps, seen.back().step);
    ASSERT_TRUE(seen.back().best_f1.has_value());
    EXPECT_GE(seen.back().seconds, seen.front().seconds);
    EXPECT_GE(seen.back().seconds_left, 0);

    const auto scores = primer::evaluate(support::model(), adapter, data);
    EXPECT_EQ(scores.sentences, 8U);
    EXPECT_EQ(scores.micro.support, 8U);
    EXPECT_NEAR(scores.micro.f1, *seen.back().best_f1, 1e-9);
    EXPECT_GT(scores.micro.f1, 0.9);
    EXPECT_GE(scores.strict_micro.f1, 0.9);
    EXPECT_GT(scores.accuracy, 0.9);
    EXPECT_NE(scores.json.find("\"strict\""), std::string::npos);
}

TEST(Adapting, TellsWhatComesBeforeTrainingWhereThatIsAskedFor) {
    auto options = support::quick();
    options.preparation = true;
    std::vector<primer::Progress> seen;
    primer::AdaptRun run;
    run.progress = [&](const primer::Progress &progress) {
        seen.push_back(progress);
        return true;
    };
    const auto data = support::people_data();
    primer::adapt(support::model(), data, options, run);
    ASSERT_FALSE(seen.empty());
    EXPECT_EQ(seen.front().stage, primer::Stage::Encode);
    EXPECT_EQ(seen.front().total, data.size());
    EXPECT_LE(seen.front().done, seen.front().total);
    EXPECT_EQ(seen.back().stage, primer::Stage::Epoch);
}

TEST(Adapting, FindsTypesByNameOnAModelThatCarriesAStart) {
    primer::AdaptOptions options;
    options.types = {"city", "musical instrument"};
    options.start = primer::StartChoice::Fresh;
    const auto none = primer::try_adapt(support::model(), options);
    ASSERT_EQ(none.status(), Status::InvalidArgument);
    EXPECT_NE(none.error().message().find("labelled sentences"), std::string::npos) << none.error().message();
    EXPECT_THROW(primer::adapt(support::model(), options), primer::Error);
    options.start = primer::StartChoice::Auto;
    const auto shipped = primer::adapt(support::model(), options);
    EXPECT_EQ(shipped.types(), (std::vector<std::string_view>{"city", "musical instrument"}));

    const auto data = support::people_data();
    const std::vector<primer::experimental::Task> tasks = {{"people", &data}};
    primer::experimental::PrimeOptions priming;
    priming.algorithm = primer::experimental::Algorithm::MultiTask;
    priming.head = primer::experimental::EpisodeHead::Made;
    priming.outer_scope = primer::experimental::OuterScope::Phi;
    priming.steps = 1;
    priming.support = priming.query = 2;
    const support::Scratch folder;
    using primer::experimental::Storage;
    primer::experimental::prime(support::model(), tasks, priming)
        .save_model(folder / "started.gguf", Storage::Q4_0, Storage::Q8_0);
    const auto started = primer::Model::load(folder / "started.gguf");

    options.descriptions = {"", "what music is played on"};
    const auto adapter = primer::adapt(started, options);
    EXPECT_EQ(adapter.types(), (std::vector<std::string_view>{"city", "musical instrument"}));
    options.descriptions = {"one", "two", "three"};
    EXPECT_EQ(primer::try_adapt(started, options).status(), Status::InvalidArgument) << "more than types";
}

TEST(Adapting, HasNoF1WithoutDevData) {
    primer::AdaptRun run;
    run.progress = [](const primer::Progress &progress) {
        EXPECT_FALSE(progress.dev_f1 || progress.best_f1);
        return true;
    };
    primer::adapt(support::model(), support::people_data(), support::quick(), run);
}

TEST(Adapting, EndsWhereTheCallbackSaysSo) {
    int calls = 0;
    primer::AdaptRun run;
    run.progress = [&](const primer::Progress &) { return ++calls < 2; };
    const auto adapter = primer::try_adapt(support::model(), support::people_data(), support::quick(50), run);
    EXPECT_EQ(adapter.status(), Status::Cancelled);
    EXPECT_EQ(calls, 2);
    EXPECT_THROW(primer::adapt(support::model(), support::people_data(), support::quick(50), run), primer::Cancelled);
}

struct Own {
    int number;
};

// An exception ends the run and reaches the caller as it is, whatever its type and whichever the form.
TEST(Adapting, PassesExceptionsOfTheCallbackOn) {
    int calls = 0;
    primer::AdaptRun run;
    run.progress = [&](const primer::Progress &) -> bool {
        if (++calls == 3) throw Own{42};
        return true;
    };
    const auto caught = [&](auto &&call) {
        calls = 0;
        try {
            call();
            return -1;
        } catch (const Own &own) {
            return own.number;
        }
    };
    const auto data = support::people_data();
    EXPECT_EQ(caught([&] { primer::adapt(support::model(), data, support::quick(50), run); }), 42);
    EXPECT_EQ(calls, 3) << "the run went on";
    EXPECT_EQ(caught([&] { static_cast<void>(primer::try_adapt(support::model(), data, support::quick(50), run)); }),
              42);
    EXPECT_EQ(calls, 3);
}

// The library may be used in a callback, also to train.
TEST(Adapting, LetsTheCallbackUseTheLibrary) {
    primer::Tagger tagger(support::model());
    std::size_t found = 0, inner = 0;
    primer::AdaptRun run;
    run.progress = [&](const primer::Progress &progress) {
        if (progress.stage == primer::Stage::Epoch) {
            const auto result = tagger.tag_text(support::adapter(), "Ada Lovelace");
            found += result.entities().size();
            inner += primer::adapt(support::model(), support::people_data(), support::quick()).types().size();
        }
        return true;
    };
    primer::adapt(support::model(), support::people_data(), support::quick(2), run);
    EXPECT_EQ(found, 2U);
    EXPECT_EQ(inner, 2U);
}

TEST(Adapting, IsCancelledFromAnotherThread) {
    const primer::CancelToken token;
    bool begun = false;
    std::mutex mutex;
    std::condition_variable signal;
    primer::AdaptRun run;
    run.cancel = &token;
    run.progress = [&](const primer::Progress &) {
        const std::lock_guard<std::mutex> lock(mutex);
        begun = true;
        signal.notify_one();
        return true;
    };
    // A copy of the token goes to the thread: it may outlive ours.
    std::thread other([&, token] {
        std::unique_lock<std::mutex> lock(mutex);
        signal.wait(lock, [&] { return begun; });
        token.request();
    });
    const auto adapter = primer::try_adapt(support::model(), support::people_data(), support::quick(100000), run);
    other.join();
    EXPECT_EQ(adapter.status(), Status::Cancelled);
    EXPECT_TRUE(token.is_requested());
    // A token stays requested.
    primer::Tagger tagger(support::model());
    EXPECT_EQ(tagger.try_tag_batch({primer::Input(support::adapter(), "Ada")}, &token).status(), Status::Cancelled);
    EXPECT_EQ(tagger.try_tag_text(support::adapter(), "Ada", token).status(), Status::Cancelled);
    EXPECT_EQ(primer::try_evaluate(support::model(), support::adapter(), support::people_data(), &token).status(),
              Status::Cancelled);
}

TEST(Adapting, GoesOnFromACheckpoint) {
    const support::Scratch folder;
    const fs::path checkpoint = folder / "run.checkpoint";
    int epochs = 0;
    primer::AdaptRun run;
    run.checkpoint = checkpoint;
    run.progress = [&](const primer::Progress &progress) {
        epochs += progress.stage == primer::Stage::Epoch;
        return epochs < 2 || progress.stage != primer::Stage::Step;
    };
    const auto data = support::people_data();
    EXPECT_EQ(primer::try_adapt(support::model(), data, support::quick(4), run).status(), Status::Cancelled);
    ASSERT_TRUE(fs::exists(checkpoint));
    epochs = 0;
    run.progress = [&](const primer::Progress &progress) {
        epochs += progress.stage == primer::Stage::Epoch;
        return true;
    };
    const auto resumed = primer::adapt(support::model(), data, support::quick(4), run);
    EXPECT_EQ(epochs, 2) << "the first two were not made again";
    EXPECT_FALSE(fs::exists(checkpoint));
    const auto whole = primer::adapt(support::model(), data, support::quick(4));
    primer::Tagger tagger(support::model());
    const auto a = tagger.tag_text(resumed, "Ada Smith"), b = tagger.tag_text(whole, "Ada Smith");
    ASSERT_EQ(a.words().size(), b.words().size());
    ASSERT_EQ(a.entities().size(), b.entities().size());
    for (std::size_t i = 0; i < a.entities().size(); i++) EXPECT_EQ(a.entities()[i].score, b.entities()[i].score);
}

TEST(Adapting, StartsFromAnAdapter) {
    primer::AdaptOptions options = support::quick();
    options.method = primer::Method::Initial;
    primer::AdaptRun run;
    run.initial = &support::adapter();
    const auto adapter = primer::adapt(support::model(), support::people_data(), options, run);
    EXPECT_EQ(adapter.tags().size(), 9U) << "O, the three types that it knew, and the new one";
    EXPECT_GT(adapter.parameter_count(), 100000U) << "bottleneck adapters, as those of the initial adapter";
}

TEST(Datasets, DrawShots) {
    const auto data = support::people_data();
    const auto shots = data.shots(3, 7);
    EXPECT_EQ(shots.dataset.size(), 3U);
    EXPECT_EQ(shots.indices.size(), 3U);
    EXPECT_EQ(data.shots(3, 7).indices, shots.indices);
    EXPECT_EQ(data.select(shots.indices).entity_count(), 3U);
    EXPECT_EQ(data.select({0, 0, 3}).size(), 3U);
    support::expect_error(Status::InvalidArgument, "", [&] { data.shots(0, 0); });
    support::expect_error(Status::InvalidArgument, "5", [&] { data.shots(5, 0); });
    support::expect_error(Status::InvalidArgument, "", [&] { data.shots(SIZE_MAX, 0); });
    support::expect_error(Status::InvalidArgument, "4", [&] { data.select({4}); });
}

TEST(Adapters, AreSavedAndExchanged) {
    const support::Scratch folder;
    const primer::Adapter &adapter = support::adapter();
    adapter.save(folder / "adapter.safetensors");
    const auto loaded = primer::Adapter::load(folder / "adapter.safetensors", support::model());
    EXPECT_EQ(loaded.card(), adapter.card());

    adapter.export_folder(primer::FolderFormat::AdapterHub, folder / "hub");
    const auto imported = primer::Adapter::import_folder(folder / "hub", support::model());
    EXPECT_EQ(imported.types(), adapter.types());
    const auto renamed = primer::Adapter::import_folder(folder / "hub", support::model(), primer::Scheme::Iob2,
                                                        {"PLACE", "FIRM", "HUMAN"});
    EXPECT_EQ(renamed.types(), (std::vector<std::string_view>{"PLACE", "FIRM", "HUMAN"}));
    support::expect_error(Status::Unsupported, "",
                          [&] { adapter.export_folder(primer::FolderFormat::Peft, folder / "peft"); });
}

TEST(Models, SayWhatTheyAre) {
    const primer::Model &model = support::model();
    EXPECT_EQ(model.name(), "primer-mini");
    EXPECT_EQ(model.fingerprint().size(), 64U);
    EXPECT_EQ(model.card().front(), '{');
    const auto sizes = model.sizes();
    EXPECT_EQ(sizes.layers, 12U);
    EXPECT_EQ(sizes.hidden, 384U);
    EXPECT_EQ(sizes.intermediate, 1536U);
    EXPECT_EQ(sizes.heads, 12U);
    EXPECT_EQ(sizes.vocabulary, 152448U);
    EXPECT_EQ(sizes.positions, 512U);
    EXPECT_GT(sizes.threads, 0U);
}

} // namespace
