#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace mk::ews {

struct XmlAttribute {
  std::string_view name, value;  // name without its prefix
};
using XmlAttributes = std::vector<XmlAttribute>;

/// Takes what an XmlReader finds. Names come without their prefixes: EWS uses no name in two namespaces at
/// one place.
class XmlEvents {
 public:
  virtual ~XmlEvents() = default;
  virtual Status start_element(std::string_view name, const XmlAttributes& attributes) = 0;
  virtual Status text(std::string_view text) = 0;  // in pieces
  virtual Status end_element(std::string_view name) = 0;
};

/// Reads one XML document that comes in pieces, as tolerantly as XmlFilter says. What follows the document (a
/// server may append `=== Truncated Data ===`) is kept apart.
///
/// Errors:  kTruncated  finish() before the document's end
///          kCorrupt    not XML, a DOCTYPE, a bound exceeded; names line and column
///          and what the events return
/// Bounds:  nesting <= 64, a name <= 256 bytes, one tag or comment <= 1 MiB, 64 attributes, tail() <= 256
/// bytes
class XmlReader {
 public:
  explicit XmlReader(XmlEvents& events);
  ~XmlReader();
  XmlReader(const XmlReader&) = delete;
  XmlReader& operator=(const XmlReader&) = delete;

  Status feed(Bytes piece);
  Status finish();
  /// The root element has been closed.
  bool complete() const;
  /// The beginning of what followed the document, white space included.
  std::string_view tail() const;

 private:
  class Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace mk::ews
