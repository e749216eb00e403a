#pragma once
#include <string>
#include <vector>

#include "mime/header.h"
#include "model/property.h"

namespace mk::mime {

/// One MIME entity that is to be written: a leaf with content, a multipart, or a message inside a message.
struct Part {
  enum class Encoding {
    k7Bit,
    kQuotedPrintable,
    kBase64,
    kEntity,  // the content brings its own Content-Type headers and blank line
    kNested   // the parts: of a multipart, or the one message of message/rfc822
  };
  std::string headers;  // folded, each line with its CRLF, without the blank line
  Encoding encoding = Encoding::k7Bit;
  model::Value content;
  std::string boundary;  // of a multipart; empty for message/rfc822
  std::vector<Part> parts;
};

/// A leaf that streams `content` as base64.
Part binary_part(std::string_view type, const Parameters& parameters, model::Value content);
/// A leaf of text in the charset named; picks the encoding that a person can read best.
Part text_part(std::string_view type, std::string_view charset, std::string text);
/// `subtype` is mixed, alternative or related; `number` tells the multiparts of one message tree apart.
Part multipart(std::string_view subtype, int number, std::vector<Part> parts);

/// Errors: of the content and of `out`
Status write_part(const Part& part, ByteSink& out);

}  // namespace mk::mime
