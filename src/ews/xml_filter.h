#pragma once
#include <string>
#include <string_view>

#include "base/result.h"

namespace mk::ews {

/// Makes well-formed UTF-8 XML text of what Exchange really sends, in pieces that may be cut anywhere.
///
/// Exchange writes whatever characters an item holds, also those that XML 1.0 forbids: `&#x0;`, `&#x1A;`, raw
/// control characters, lone surrogates, invalid UTF-8. Each becomes U+FFFD. A lone `&` and entities that XML
/// does not know
/// (`&nbsp;`) become text. Everything else passes through unchanged, bulk text without being copied.
/// Bounds: holds at most 16 bytes back between two pieces
class XmlFilter {
 public:
  virtual ~XmlFilter() = default;
  Status feed(std::string_view piece);
  /// Lets out what was held back.
  Status finish();

 protected:
  /// Takes the next run of clean text; runs are as long as the input allows.
  virtual Status clean(std::string_view text) = 0;

 private:
  Status scan(std::string_view piece);
  std::string held_;  // an unfinished reference or UTF-8 sequence
};

}  // namespace mk::ews
