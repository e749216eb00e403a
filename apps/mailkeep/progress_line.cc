#include "progress_line.h"

#include <fmt/format.h>
#include <unistd.h>

#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <mutex>

namespace mk::app {
namespace {

std::atomic<bool> g_interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler sets it");

void on_signal(int signal) {
  g_interrupted = true;
  std::signal(signal, SIG_DFL);
}

std::string duration(double seconds) {
  const auto s = static_cast<long>(seconds);
  return s >= 3600 ? fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60)
                   : fmt::format("{}:{:02}", s / 60, s % 60);
}

}  // namespace

const std::atomic<bool>& interrupted() {
  static const bool installed = [] {
    std::signal(SIGINT, on_signal);
    std::signal(SIGTERM, on_signal);
    return true;
  }();
  static_cast<void>(installed);
  return g_interrupted;
}

ProgressLine::ProgressLine(const job::Progress& progress, bool quiet)
    : progress_(progress), terminal_(isatty(STDERR_FILENO) == 1) {
  if (!quiet) thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

ProgressLine::~ProgressLine() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
  if (terminal_) fmt::print(stderr, "\r\033[K");
}

void ProgressLine::run(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  const auto begin = std::chrono::steady_clock::now();
  const auto every = terminal_ ? std::chrono::milliseconds(300) : std::chrono::milliseconds(10'000);
  std::unique_lock lock(mutex);
  while (!wake.wait_for(lock, stop, every, [&] { return stop.stop_requested(); })) {
    const std::chrono::duration<double> since = std::chrono::steady_clock::now() - begin;
    fmt::print(stderr, "{}{}{}", terminal_ ? "\r" : "", text(since.count()), terminal_ ? "\033[K" : "\n");
    std::fflush(stderr);
  }
}

std::string ProgressLine::text(double seconds) const {
  const std::uint64_t items = progress_.items, expected = progress_.expected_items;
  const double rate = static_cast<double>(items) / seconds;
  const double megabytes = static_cast<double>(progress_.bytes) / 1e6;
  std::string out = fmt::format("{}: {}", progress_.phase.load(), items);
  if (expected > 0) out += fmt::format(" of {}", expected);
  out += fmt::format(" items, {:.1f} MB, {:.0f} items/s, {:.1f} MB/s", megabytes, rate, megabytes / seconds);
  if (expected > items && items > 0)
    out += fmt::format(", {} left", duration(static_cast<double>(expected - items) / rate));
  if (progress_.skipped > 0) out += fmt::format(", {} skipped", progress_.skipped.load());
  if (progress_.throttled_ms > 0)
    out += fmt::format(", throttled {:.1f} s", static_cast<double>(progress_.throttled_ms) / 1000);
  return out;
}

}  // namespace mk::app
