#pragma once
#include <string>
#include <vector>

#include "mime/gmime_ptr.h"
#include "model/item.h"

namespace mk::mime {

inline constexpr int kMaxPartDepth = 64;
inline constexpr std::size_t kMaxAttachments = 10'000;

/// What the parts of a message are to its item.
struct Parts {
  bool has_plain = false, has_html = false, has_rtf = false;
  std::string plain;     // UTF-8
  ByteString html, rtf;  // as they came
  unsigned html_code_page = 0;
  std::vector<model::Attachment> attachments;
};

/// Sorts the MIME tree of `message` into bodies and attachments; `depth` counts messages inside messages.
/// Errors: kUnsupported  more than kMaxAttachments
Result<Parts> read_parts(GMimeMessage* message, int depth);

/// The decoded content of a leaf.
ByteString content_of(GMimePart* part);
/// Adds a file by value; empty names and ids are left out.
struct FileFacts {
  std::string name, type, content_id, location;
  bool in_body = false;
};
void add_file(std::vector<model::Attachment>& attachments, const FileFacts& facts, ByteString data);
/// Sets bytes as a value that is a blob where it is large.
void set_value(model::PropertyList& list, model::PropTag tag, ByteString bytes);

/// read_eml() for a message at some depth.
Result<model::Item> read_message(Bytes mime, int depth);

}  // namespace mk::mime
