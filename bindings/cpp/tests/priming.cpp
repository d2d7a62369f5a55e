// Priming, which is experimental.
#include <algorithm>
#include <filesystem>
#include <fstream>

#include "support.hpp"

namespace {

using primer::Status;
namespace experimental = primer::experimental;
namespace fs = std::filesystem;

experimental::PrimeOptions quick() {
    experimental::PrimeOptions options;
    options.steps = 2;
    options.support = 2;
    options.query = 2;
    options.outer_scope = experimental::OuterScope::Phi;
    options.adaptation.method = primer::Method::Lora;
    options.adaptation.lora_rank = 2;
    options.adaptation.layers = {11};
    options.name = "primed";
    return options;
}

TEST(Priming, MakesABackboneAndAStart) {
    const auto data = support::people_data(2);
    const std::vector<experimental::Task> tasks = {{"de", &data}, {"en", &data}};
    const support::Scratch folder;
    std::vector<experimental::PrimeProgress> seen;
    experimental::PrimeRun run;
    run.dev = {{"sw", &data}};
    run.log = folder / "run.jsonl";
    run.checkpoint = folder / "run.checkpoint";
    run.progress = [&](const experimental::PrimeProgress &progress) {
        seen.push_back(progress);
        return true;
    };
    const auto primed = experimental::prime(support::model(), tasks, quick(), run);
    ASSERT_FALSE(seen.empty());
    EXPECT_EQ(seen.front().stage, primer::Stage::Encode);
    EXPECT_EQ(seen.front().total, data.size());
    const auto first =
        std::find_if(seen.begin(), seen.end(), [](const auto &told) { return told.stage == primer::Stage::Step; });
    seen.erase(seen.begin(), first);
    ASSERT_EQ(seen.size(), 2U);
    EXPECT_EQ(seen[1].done, 2U);
    EXPECT_EQ(seen[1].total, 2U);
    EXPECT_EQ(seen[0].step, 1U);
    EXPECT_EQ(seen[1].steps, 2U);
    EXPECT_GT(seen[0].support_loss, 0);
    EXPECT_TRUE(seen[0].query_loss.has_value());
    EXPECT_FALSE(seen[0].dev_f1.has_value());
    EXPECT_TRUE(seen[1].dev_f1.has_value());
    EXPECT_TRUE(fs::file_size(folder / "run.jsonl") > 0 && fs::exists(folder / "run.checkpoint"));
    EXPECT_NE(primed.report().find("\"dev_f1\""), std::string::npos) << primed.report();

    primed.save_model(folder / "model.gguf", experimental::Storage::Q4_0, experimental::Storage::Q8_0,
                      folder / "start.safetensors");
    const auto model = primer::Model::load(folder / "model.gguf");
    const auto start = primer::Adapter::load(folder / "start.safetensors", model);
    EXPECT_EQ(start.types(), std::vector<std::string_view>{"PERSON"});
    const auto bound = primed.adapter(model);
    EXPECT_EQ(bound.parameter_count(), start.parameter_count());
}

TEST(Priming, IsCancelledAndPassesExceptionsOn) {
    const auto data = support::people_data(2);
    const std::vector<experimental::Task> tasks = {{"de", &data}};
    experimental::PrimeRun run;
    run.progress = [](const experimental::PrimeProgress &) { return false; };
    EXPECT_EQ(experimental::try_prime(support::model(), tasks, quick(), run).status(), Status::Cancelled);
    run.progress = [](const experimental::PrimeProgress &) -> bool { throw 7; };
    EXPECT_THROW(experimental::prime(support::model(), tasks, quick(), run), int);
    const primer::CancelToken token;
    token.request();
    run = {};
    run.cancel = &token;
    EXPECT_THROW(experimental::prime(support::model(), tasks, quick(), run), primer::Cancelled);
}

TEST(Priming, NamesWhatIsWrong) {
    const auto data = support::people_data();
    support::expect_error(Status::InvalidArgument, "", [] { experimental::prime(support::model(), {}, quick()); });
    const std::vector<experimental::Task> twice = {{"de", &data}, {"de", &data}};
    support::expect_error(Status::InvalidArgument, "de",
                          [&] { experimental::prime(support::model(), twice, quick()); });
    const std::vector<experimental::Task> nothing = {{"de", nullptr}};
    support::expect_error(Status::InvalidArgument, "NULL",
                          [&] { experimental::prime(support::model(), nothing, quick()); });
    auto options = quick();
    options.support = 100;
    const std::vector<experimental::Task> small = {{"tiny", &data}};
    support::expect_error(Status::Data, "tiny", [&] { experimental::prime(support::model(), small, options); });
}

TEST(Priming, StartsWithTheLibrarysValues) {
    const experimental::PrimeOptions options;
    EXPECT_EQ(options.algorithm, experimental::Algorithm::Maml);
    EXPECT_EQ(options.order, experimental::Order::First);
    EXPECT_EQ(options.inner_scope, experimental::InnerScope::Phi);
    EXPECT_EQ(options.outer_scope, experimental::OuterScope::Both);
    EXPECT_EQ(options.steps, 700U);
    EXPECT_EQ(options.method_rate, 1e-3);
}

} // namespace
