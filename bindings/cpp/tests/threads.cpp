// What may be shared between threads, and what answers that it is busy.
#include <atomic>
#include <thread>

#include "support.hpp"

namespace {

constexpr std::string_view text = "Ada Lovelace was born in London.";

// Model and adapter are shared; each thread has a tagger.
TEST(Threads, ShareModelAndAdapter) {
    std::atomic<int> right{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; i++)
        threads.emplace_back([&] {
            primer::Tagger tagger(support::model());
            for (int round = 0; round < 5; round++) {
                const auto result = tagger.tag_text(support::adapter(), text);
                right += result.entities().size() == 2 && result.entities()[1].in(text) == "London";
            }
        });
    for (std::thread &thread : threads) thread.join();
    EXPECT_EQ(right, 20);
}

// One tagger that two threads want: each answer is right or Status::Busy, and Busy comes up.
TEST(Threads, FindATaggerBusy) {
    primer::Tagger tagger(support::model());
    std::atomic<bool> busy{false};
    std::atomic<int> right{0};
    const auto contend = [&] {
        for (int answers = 0, tries = 0; answers < 3 || (!busy && tries < 100000); tries++) {
            const auto result = tagger.try_tag_text(support::adapter(), text);
            if (result) {
                answers++;
                right += result->entities().size() == 2;
            } else {
                EXPECT_EQ(result.status(), primer::Status::Busy);
                busy = true;
                std::this_thread::yield();
            }
        }
    };
    std::thread other(contend);
    contend();
    other.join();
    EXPECT_TRUE(busy);
    EXPECT_GE(right, 6);
    const auto result = tagger.tag_text(support::adapter(), text);
    EXPECT_EQ(result.entities().size(), 2U);
}

// A result may be read from several threads at once.
TEST(Threads, ShareAResult) {
    const auto result = primer::Tagger(support::model()).tag_text(support::adapter(), text);
    std::atomic<int> right{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; i++)
        threads.emplace_back(
            [&] { right += result.entities()[0].label_name() == "PER" && result.words().size() == 7; });
    for (std::thread &thread : threads) thread.join();
    EXPECT_EQ(right, 4);
}

TEST(Threads, ShareOptionsInitialValues) {
    std::vector<std::thread> threads;
    std::atomic<int> right{0};
    for (int i = 0; i < 4; i++)
        threads.emplace_back([&] {
            right += primer::experimental::PrimeOptions().support == 16 && primer::AdaptOptions().patience == 4;
        });
    for (std::thread &thread : threads) thread.join();
    EXPECT_EQ(right, 4);
}

} // namespace
