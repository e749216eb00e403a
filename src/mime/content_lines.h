#pragma once
#include <string>
#include <string_view>

#include "mime/header.h"
#include "model/property.h"

namespace mk::mime {

/// Writes the lines of iCalendar and vCard, which are the same: `NAME;PARAMETER=x:value`, folded at 75 bytes.
///
/// Spec:    RFC 5545 3.1, 3.3.11; RFC 2426 2.6
/// Errors:  of `out` and of values: the first is kept, later calls do nothing, finish() gives it
/// Owns:    nothing; `out` must outlive it
class ContentLines {
 public:
  explicit ContentLines(ByteSink& out) : out_(out) {}
  /// A value whose characters all stand for themselves (dates, rules, URIs): control characters become
  /// spaces.
  void raw(std::string_view name, std::string_view value, const Parameters& parameters = {});
  /// Text, escaped. An empty one is left out.
  void text(std::string_view name, std::string_view value, const Parameters& parameters = {});
  /// Base64 of the value, streamed.
  void binary(std::string_view name, const model::Value& value, const Parameters& parameters = {});
  Status finish() const { return status_; }

  /// Text as it stands in a value: `\n`, `\,`, `\;`, `\\`.
  static std::string escape(std::string_view text);

 private:
  void start(std::string_view name, const Parameters& parameters);
  void put(std::string_view text);
  void end_line();

  ByteSink& out_;
  std::string line_;        // what is not written yet
  std::size_t column_ = 0;  // bytes of this physical line so far
  Status status_ = ok;
};

}  // namespace mk::mime
