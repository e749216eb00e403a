#include "store/aws_credentials.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>

#include "base/file.h"
#include "base/text.h"

namespace mk::store {
namespace {

constexpr std::uint64_t kMaxFileBytes = 65'536;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string_view trimmed(std::string_view s) {
  constexpr std::string_view kSpace = " \t\r\n";
  const auto first = s.find_first_not_of(kSpace);
  return first == std::string_view::npos ? "" : s.substr(first, s.find_last_not_of(kSpace) - first + 1);
}

/// The lines of one profile; those before the first `[` belong to `default`.
AwsCredentials parse_profile(std::string_view text, std::string_view profile) {
  AwsCredentials c;
  std::string_view at = "default";
  while (!text.empty()) {
    const std::string_view line = trimmed(text.substr(0, text.find('\n')));
    text.remove_prefix(
        std::min(text.size(), text.find('\n') == std::string_view::npos ? text.size() : text.find('\n') + 1));
    if (line.starts_with('[') && line.ends_with(']')) at = trimmed(line.substr(1, line.size() - 2));
    const auto equals = line.find('=');
    if (at != profile || line.starts_with('#') || equals == std::string_view::npos) continue;
    const auto name = trimmed(line.substr(0, equals));
    const std::string value(trimmed(line.substr(equals + 1)));
    if (name == "aws_access_key_id") c.access_key_id = value;
    if (name == "aws_secret_access_key") c.secret_key = SecretString(value);
    if (name == "aws_session_token") c.session_token = SecretString(value);
  }
  return c;
}

Result<AwsCredentials> checked(AwsCredentials c, const std::string& where) {
  const bool is_word = printable(c.access_key_id) == c.access_key_id &&
                       c.access_key_id.find_first_of("/ ,") == std::string::npos;
  if (!c.access_key_id.empty() && is_word && !c.secret_key.empty()) return c;
  return Error{Code::kInvalid, fmt::format("{}: it needs both an access key id and its secret key", where)};
}

Result<AwsCredentials> from_file(const std::string& file, const std::string& profile) {
  struct stat s{};
  if (::stat(file.c_str(), &s) == 0 && (s.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return Error{Code::kInvalid,
                 fmt::format("{}: others can read or change it, and it holds a secret; chmod 600 it", file)};
  TRY_ASSIGN(ByteString text, read_file(file, kMaxFileBytes));
  AwsCredentials c = parse_profile(text, profile);
  wipe(text);
  if (c.access_key_id.empty() && c.secret_key.empty())
    return Error{Code::kInvalid,
                 fmt::format("{}: it has no access key in the profile '{}'; it should have the "
                             "lines `aws_access_key_id = ...` and `aws_secret_access_key = ...`",
                             file, printable(profile))};
  return checked(std::move(c), fmt::format("{}, profile '{}'", file, printable(profile)));
}

std::string shared_file() {
  if (std::string named = variable("AWS_SHARED_CREDENTIALS_FILE"); !named.empty()) return named;
  const std::string home = variable("HOME");
  return home.empty() ? "" : home + "/.aws/credentials";
}

}  // namespace

Result<AwsCredentials> find_aws_credentials(const std::string& file, const std::string& profile) {
  const std::string named = profile.empty() ? variable("AWS_PROFILE") : profile;
  const std::string wanted = named.empty() ? "default" : named;
  if (!file.empty()) return from_file(file, wanted);
  AwsCredentials c{variable("AWS_ACCESS_KEY_ID"), SecretString(variable("AWS_SECRET_ACCESS_KEY")),
                   SecretString(variable("AWS_SESSION_TOKEN"))};
  const bool is_set = !c.access_key_id.empty() || !c.secret_key.empty();
  if (profile.empty() && is_set) return checked(std::move(c), "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
  struct stat s{};
  const std::string shared = shared_file();
  if (!shared.empty() && ::stat(shared.c_str(), &s) == 0) return from_file(shared, wanted);
  return Error{Code::kInvalid,
               "no access key for S3: give --s3-credentials FILE, or set AWS_ACCESS_KEY_ID and "
               "AWS_SECRET_ACCESS_KEY"};
}

}  // namespace mk::store
