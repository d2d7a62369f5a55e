// Messages of the library.
#include <atomic>
#include <stdexcept>
#include <thread>

#include "support.hpp"

namespace {

using primer::LogLevel;
using primer::Status;

// Loading a model is worth a message.
void cause_message() { primer::Model::load(support::model_path); }

// Turns logging off at the end of a test, whatever came before.
struct Quiet {
    ~Quiet() { static_cast<void>(primer::try_log_set(LogLevel::Warn, nullptr)); }
};

TEST(Logging, ReachesTheFunctionThatWasSetLast) {
    const Quiet quiet;
    std::atomic<int> first{0}, second{0};
    std::string last;
    std::mutex mutex;
    primer::log_set(LogLevel::Info, [&](LogLevel, std::string_view) { first++; });
    cause_message();
    EXPECT_GT(first, 0);
    const int before = first;
    primer::log_set(LogLevel::Info, [&](LogLevel level, std::string_view message) {
        const std::lock_guard<std::mutex> lock(mutex);
        EXPECT_EQ(level, LogLevel::Info);
        last = message;
        second++;
    });
    cause_message();
    EXPECT_EQ(first, before);
    EXPECT_GT(second, 0);
    EXPECT_FALSE(last.empty());
    const int then = second;
    primer::log_set(LogLevel::Info, nullptr);
    cause_message();
    EXPECT_EQ(second, then);
}

TEST(Logging, KeepsLessImportantMessagesBack) {
    const Quiet quiet;
    std::atomic<int> calls{0};
    primer::log_set(LogLevel::Warn, [&](LogLevel, std::string_view) { calls++; });
    cause_message();
    EXPECT_EQ(calls, 0);
}

TEST(Logging, DropsExceptions) {
    const Quiet quiet;
    std::atomic<int> calls{0};
    primer::log_set(LogLevel::Info, [&](LogLevel, std::string_view) {
        calls++;
        throw std::runtime_error("from a log function");
    });
    EXPECT_NO_THROW(cause_message());
    EXPECT_GT(calls, 0);
}

// A log function that sets another would wait for itself.
TEST(Logging, CannotBeSetByTheFunctionItself) {
    const Quiet quiet;
    std::atomic<int> busy{0};
    primer::log_set(LogLevel::Info, [&](LogLevel, std::string_view) {
        busy += primer::try_log_set(LogLevel::Info, nullptr).status() == Status::Busy;
    });
    cause_message();
    EXPECT_GT(busy, 0);
}

TEST(Logging, RefusesAnotherLevelAndStaysAsItWas) {
    const Quiet quiet;
    std::atomic<int> calls{0};
    primer::log_set(LogLevel::Info, [&](LogLevel, std::string_view) { calls++; });
    support::expect_error(Status::InvalidArgument, "9",
                          [] { primer::log_set(static_cast<LogLevel>(9), [](LogLevel, std::string_view) {}); });
    cause_message();
    EXPECT_GT(calls, 0);
}

// Functions come and go while others write messages: none is called after it is gone.
TEST(Logging, MayBeSetWhileMessagesCome) {
    const Quiet quiet;
    std::atomic<bool> done{false};
    std::thread writer([&] {
        while (!done) cause_message();
    });
    for (int i = 0; i < 50; i++) {
        const auto own = std::make_shared<int>(i);
        primer::log_set(LogLevel::Info, [own, i](LogLevel, std::string_view) { EXPECT_EQ(*own, i); });
        std::this_thread::yield();
    }
    done = true;
    writer.join();
}

} // namespace
