#pragma once
// Within api only: what a request says, and what is said in return.
#include <boost/json.hpp>

#include "agent/api/router.h"
#include "agent/state/row_id.h"
#include "base/time.h"

namespace mk::agent {

namespace json = boost::json;

/// The JSON object in the body of a request. Members are taken one by one; what nobody took is an error.
/// Errors: kInvalid  names the member, what it is and what is allowed
class Input {
 public:
  /// Errors: kInvalid  not application/json, not JSON, no object
  static Result<Input> of(const net::HttpRequest& request);
  /// No body at all is an empty object.
  static Result<Input> of_optional(const net::HttpRequest& request);

  Result<std::string> text(const char* name);
  Result<std::optional<std::string>> optional_text(const char* name);
  Result<std::optional<std::int64_t>> optional_number(const char* name);
  Result<std::optional<FileTime>> optional_time(const char* name);
  /// Objects of texts; none: the member is not there.
  Result<std::vector<json::object>> list(const char* name);
  /// Errors: kInvalid  a member that nobody took
  Status finish() const;
  /// What is left, as text.
  std::string rest() const { return json::serialize(object_); }

 private:
  explicit Input(json::object object) : object_(std::move(object)) {}
  std::optional<json::value> take(const char* name);
  json::object object_;
};

/// A number in the query.  Errors: kInvalid  not a number from `min` to `max`
struct Range {
  std::int64_t min, max, otherwise;
};
Result<std::int64_t> query_number(const Call& call, const std::string& name, const Range& range);
/// The number that stands for {name} in the path.  Errors: kNotFound  not a number
Result<std::int64_t> path_number(const Call& call, const std::string& name);

/// Which version a caller has seen: header If-Match ("3"), member or query `version`.
/// Errors: kInvalid  none of them
Result<std::int64_t> expected_version(const Call& call, std::optional<std::int64_t> member = {});

net::HttpReply reply_of(const json::value& value, unsigned status = 200);
/// The same with the header ETag, for If-Match.
net::HttpReply versioned_reply(const json::value& value, std::int64_t version, unsigned status = 200);
net::HttpReply no_content();
json::value json_of(const std::optional<FileTime>& time);  // null: none

}  // namespace mk::agent
