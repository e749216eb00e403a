#pragma once
#include <string>
#include <string_view>

#include "base/result.h"

namespace mk::mime {

/// What an RTF body says.
struct RtfContent {
  enum class Kind {
    kHtml,
    kText,
    kRtf
  };  // HTML inside RTF, text inside RTF, RTF of its own (text extracted)
  Kind kind = Kind::kRtf;
  std::string text;  // UTF-8: the HTML or the text
};

/// Reads RTF as text, taking out encapsulated HTML where there is some.
///
/// Spec:    [MS-OXRTFEX] 2.1, 3.1.4; Rich Text Format Specification 1.9.1
/// Errors:  kCorrupt  not RTF, groups nested deeper than 500
/// Bounds:  the text is at most six times the RTF
Result<RtfContent> read_rtf(std::string_view rtf);

}  // namespace mk::mime
