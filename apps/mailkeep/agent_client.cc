#include "agent_client.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "base/file.h"
#include "base/text.h"
#include "secret_input.h"

namespace mk::app {
namespace {

constexpr char kLocalAgent[] = "http://127.0.0.1:8470";
constexpr char kLocalToken[] = "/var/lib/mailkeep/admin.token";
constexpr std::uint64_t kMaxReplyBytes = 64 << 20, kMaxFileBytes = 4 << 20, kMaxDownloadBytes = 1ULL << 40;

std::string from_environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string first_of(const std::string& a, const std::string& b, const std::string& c) {
  return !a.empty() ? a : !b.empty() ? b : c;
}

Result<SecretString> find_token(const AgentOptions& o) {
  const std::string given = first_of(o.token_file, from_environment("MAILKEEP_TOKEN_FILE"), "");
  if (!given.empty()) return secret_from_file(given);
  if (::access(kLocalToken, R_OK) == 0) return secret_from_file(kLocalToken);
  return Error{Code::kDenied,
               fmt::format("no API token: give --token-file or MAILKEEP_TOKEN_FILE ({} is not there or "
                           "not for this user to read)",
                           kLocalToken)};
}

/// A token is as good as a password.
Status check_url(const std::string& url) {
  if (url.starts_with("https://")) return ok;
  for (const char* host : {"http://127.", "http://localhost:", "http://localhost/", "http://[::1]"})
    if (url.starts_with(host)) return ok;
  return Error{
      Code::kInvalid,
      url + ": not https://, nor on this machine; the token would travel unencrypted for others to read"};
}

Code code_of(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(Code::kInternal); ++i)
    if (code_name(static_cast<Code>(i)) == name) return static_cast<Code>(i);
  return Code::kInternal;
}

/// Keeps the whole answer, or only an error when there is a sink for the rest.
class Answer final : public net::HttpReceiver {
 public:
  explicit Answer(ByteSink* out = nullptr) : out_(out) {}
  Status head(const net::HttpHead& head) override {
    status_ = head.status;
    body_.clear();
    return ok;
  }
  Status body(Bytes piece) override {
    if (kept_elsewhere()) return out_->write(piece);
    body_ += as_chars(piece);
    return ok;
  }
  Result<json::value> value() const {
    if (status_ == 204 || kept_elsewhere()) return json::value();
    json::error_code failed;
    json::value parsed = json::parse(body_, failed);
    if (failed)
      return Error{Code::kInvalid,
                   fmt::format("HTTP status {} without JSON: no agent answers there", status_)};
    if (status_ < 400) return parsed;
    const json::value* const error = parsed.is_object() ? parsed.as_object().if_contains("error") : nullptr;
    if (error == nullptr)
      return Error{Code::kInvalid, fmt::format("HTTP status {}: no agent answers there", status_)};
    return Error{code_of(text_at(*error, "code")), text_at(*error, "message")};
  }

 private:
  bool kept_elsewhere() const { return out_ != nullptr && status_ == 200; }
  ByteSink* out_;
  int status_ = 0;
  std::string body_;
};

Result<std::string> read_text(const std::string& file) {
  if (file != "-") {
    TRY_ASSIGN(const auto bytes, read_file(file, kMaxFileBytes));
    return std::string(as_chars(as_bytes(bytes)));
  }
  std::string out;
  for (int c = std::getchar(); c != EOF; c = std::getchar()) {
    if (out.size() == kMaxFileBytes) return Error{Code::kInvalid, "standard input: too much for a schedule"};
    out += static_cast<char>(c);
  }
  return out;
}

/// How many columns a text takes: one for each character, which is right for most scripts.
std::size_t columns(std::string_view utf8) {
  return static_cast<std::size_t>(std::count_if(
      utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

void add_agent_address(CLI::App& command, AgentOptions& o) {
  auto* group = command.add_option_group("Agent");
  group->add_option("--agent", o.url,
                    fmt::format("URL of the agent (default: MAILKEEP_AGENT, else {})", kLocalAgent));
  group->add_option(
      "--token-file", o.token_file,
      fmt::format("file that holds an API token (default: MAILKEEP_TOKEN_FILE, else {})", kLocalToken));
  group->add_option("--ca-file", o.ca_file, "PEM file with the authorities to trust");
}

void add_agent_options(CLI::App& command, AgentOptions& o) {
  add_agent_address(command, o);
  command.add_flag("--json", o.json, "print what the agent answered, as JSON");
}

Result<AgentClient> AgentClient::open(const AgentOptions& o) {
  net::HttpOptions http;
  http.url = first_of(o.url, from_environment("MAILKEEP_AGENT"), kLocalAgent);
  while (http.url.ends_with('/')) http.url.pop_back();
  TRY(check_url(http.url));
  http.credentials.scheme = net::AuthScheme::kBearer;
  TRY_ASSIGN(http.credentials.secret, find_token(o));
  http.ca_file = o.ca_file;
  http.headers = {{"Accept", "application/json"}};
  TRY_ASSIGN(auto client, net::HttpClient::create(http));
  return AgentClient(std::move(client));
}

Result<json::value> AgentClient::call(const std::string& method, const std::string& path,
                                      const json::value* body) {
  net::HttpClient::Request request;
  request.method = method;
  request.target = path;
  request.max_reply_bytes = kMaxReplyBytes;
  request.once = method != "GET";
  if (body != nullptr) {
    request.headers = {{"Content-Type", "application/json"}};
    request.body = make_memory_blob(json::serialize(*body));
  }
  Answer answer;
  auto sent = http_->send(request, answer);
  if (!sent) return std::move(sent).error().in("agent");
  auto value = answer.value();
  if (!value) return std::move(value).error().in("agent");
  return value;
}

Status AgentClient::remove(const std::string& path) {
  TRY(call("DELETE", path, nullptr));
  return ok;
}

Status AgentClient::download(const std::string& path, ByteSink& out) {
  Answer answer(&out);
  net::HttpClient::Request request;
  request.method = "GET";
  request.target = path;
  request.max_reply_bytes = kMaxDownloadBytes;
  auto sent = http_->send(request, answer);
  if (!sent) return std::move(sent).error().in("agent");
  auto value = answer.value();
  return value ? Status(ok) : Status(std::move(value).error().in("agent"));
}

std::string url_encode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::string query_of(std::initializer_list<std::pair<const char*, std::string>> parameters) {
  std::string out;
  for (const auto& [name, value] : parameters)
    if (!value.empty()) out += fmt::format("{}{}={}", out.empty() ? '?' : '&', name, url_encode(value));
  return out;
}

std::string api_path(const std::string& resource, const std::vector<std::string>& names) {
  std::string out = "/api/v1/" + resource;
  for (const auto& name : names) out += "/" + url_encode(name);
  return out;
}

CLI::App* add_agent_command(CLI::App& group, const std::string& name, const std::string& what, Action& action,
                            AgentRun run) {
  const auto options = std::make_shared<AgentOptions>();
  CLI::App* const command = group.add_subcommand(name, what);
  add_agent_options(*command, *options);
  command->callback([options, run = std::move(run), &action] {
    action = [options, run] {
      auto client = AgentClient::open(*options);
      if (!client) return report(client.error());
      const auto code = run(*client, *options);
      return code ? *code : report(code.error());
    };
  });
  return command;
}

Result<json::value> wait_for(AgentClient& agent, const std::string& path,
                             const std::function<bool(const json::value&)>& over) {
  for (;;) {
    TRY_ASSIGN(auto answer, agent.get(path));
    if (over(answer)) return answer;
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
  }
}

Result<json::object> read_json(const std::string& file) {
  TRY_ASSIGN(const auto text, read_text(file));
  json::error_code failed;
  const json::value parsed = json::parse(text, failed);
  if (failed || !parsed.is_object())
    return Error{Code::kInvalid, file + ": " + (failed ? failed.message() : "not a JSON object")};
  return parsed.as_object();
}

std::string text_at(const json::value& object, std::string_view member) {
  const json::value* const v = object.is_object() ? object.as_object().if_contains(member) : nullptr;
  return v == nullptr || v->is_null() ? "" : text_of(*v);
}

std::string text_of(const json::value& v) {
  return v.is_string() ? std::string(v.as_string()) : json::serialize(v);
}

const json::array& list_at(const json::value& object, std::string_view member) {
  static const json::array kNone;
  const json::value* const v = object.is_object() ? object.as_object().if_contains(member) : nullptr;
  return v != nullptr && v->is_array() ? v->as_array() : kNone;
}

void print_json(const json::value& value) { fmt::print("{}\n", json::serialize(value)); }

void print_table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths.resize(std::max(widths.size(), row.size()));
      widths[i] = std::max(widths[i], columns(printable(row[i])));
    }
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string cell = printable(row[i]);
      line += cell;
      if (i + 1 < row.size()) line += std::string(widths[i] - columns(cell) + 2, ' ');
    }
    fmt::print("{}\n", line);
  }
}

void print_list(const json::array& objects, const std::vector<std::string>& members) {
  std::vector<std::vector<std::string>> rows{members};
  for (auto& head : rows[0]) std::replace(head.begin(), head.end(), '_', ' ');
  for (const auto& object : objects) {
    rows.emplace_back();
    for (const auto& member : members) rows.back().push_back(text_at(object, member));
  }
  print_table(rows);
}

void print_members(const json::value& object, const std::vector<std::string>& members) {
  for (const auto& member : members)
    if (const auto text = text_at(object, member); !text.empty())
      fmt::print("{}: {}\n", member, printable(text));
  if (!members.empty()) return;
  for (const auto& member : object.as_object())
    fmt::print("{}: {}\n", std::string(member.key()), printable(text_at(object, member.key())));
}

}  // namespace mk::app
