#pragma once
// For tests only: an agent in a directory of its own, whose time goes when it is told to.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <mutex>

#include "agent/api/api.h"

namespace mk::agent {

class SetClock final : public Clock {
 public:
  std::chrono::system_clock::time_point now() const override {
    const std::lock_guard lock(mutex_);
    return to_time_point(*parse_utc("2026-11-27T12:00:00Z")) + gone_;
  }
  std::chrono::steady_clock::time_point steady() const override {
    const std::lock_guard lock(mutex_);
    return std::chrono::steady_clock::time_point(std::chrono::hours(1) + gone_);
  }
  void sleep_for(std::chrono::milliseconds d) override { go(d); }
  void go(std::chrono::milliseconds d) {
    const std::lock_guard lock(mutex_);
    gone_ += d;
  }

 private:
  mutable std::mutex mutex_;
  std::chrono::milliseconds gone_{0};
};

inline net::HttpRequest make_request(const std::string& method, const std::string& target,
                                     const std::string& body = "") {
  net::HttpRequest r;
  r.method = method;
  const auto mark = target.find('?');
  r.path = target.substr(0, mark);
  if (mark != std::string::npos) r.query = target.substr(mark + 1);
  r.body = body;
  r.from = "127.0.0.1";
  r.from_loopback = true;
  r.headers = {{"Content-Type", "application/json"}, {"Host", "127.0.0.1:8470"}};
  return r;
}

inline net::HttpRequest with_token(net::HttpRequest request, const std::string& token) {
  request.headers.emplace_back("Authorization", "Bearer " + token);
  return request;
}

class ApiFixture : public testing::Test {
 protected:
  ApiFixture() {
    std::string name = (std::filesystem::temp_directory_path() / "mk-api-XXXXXX").string();
    directory_ = ::mkdtemp(name.data());
    AgentOptions options;
    options.directory = directory_;
    options.clock = &clock;
    auto started = Agent::start(options);
    MK_CHECK(started);
    agent = *std::move(started);
    api = std::make_unique<Api>(*agent, false);
  }
  ~ApiFixture() override {
    api.reset();
    agent.reset();
    std::error_code none;
    std::filesystem::remove_all(directory_, none);
  }
  /// Of a token named as its role, made when it is first asked for.
  std::string token_of(Role role) {
    std::string& text = tokens_[role];
    if (text.empty())
      text = agent->state().tokens().add(std::string(name_of(role)), role, {}, agent->now())->text.reveal();
    return text;
  }
  const std::filesystem::path& directory() const { return directory_; }

  SetClock clock;
  std::unique_ptr<Agent> agent;
  std::unique_ptr<Api> api;

 private:
  std::filesystem::path directory_;
  std::map<Role, std::string> tokens_;
};

}  // namespace mk::agent
