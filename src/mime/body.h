#pragma once
#include <optional>

#include "mime/part.h"
#include "model/item.h"

namespace mk::mime {

/// Numbers the multiparts of one file, embedded messages included.
struct Numbering {
  int next = 1;
};

/// The body of an item as MIME: text, HTML, both as alternatives, RTF with its text; empty text when it has
/// none.
struct Body {
  Part part;
  bool has_html = false;
  std::string html;  // as written, where it was small enough to be held; for finding `cid:` references
};
Result<Body> make_body(const model::Item& item, Numbering& numbering);

/// What a person wants to know of an appointment, task or contact, one line each; empty for mail.
std::string facts_text(const model::Item& item);

}  // namespace mk::mime
