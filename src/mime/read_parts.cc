#include "mime/read_parts.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "mime/charset.h"
#include "mime/header.h"
#include "model/tags.h"

namespace mk::mime {
namespace {

namespace pid = model::pid;
using model::PropTag;
using model::PropType;

std::string text_of_type(GMimeObject* object) {
  GMimeContentType* type = g_mime_object_get_content_type(object);
  const GCharPtr text(type == nullptr ? nullptr : g_mime_content_type_get_mime_type(type));
  std::string out = string_or_empty(text.get());
  std::ranges::transform(out, out.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

ByteString bytes_of(GMimeStream* memory) {
  const GByteArray* array = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(memory));
  return array->data == nullptr ? ByteString()
                                : ByteString(reinterpret_cast<const char*>(array->data), array->len);
}

/// A MIME object as it would travel, with CRLF.
ByteString wire_form(GMimeObject* object) {
  const GObjectPtr<GMimeStream> memory(g_mime_stream_mem_new());
  GMimeFormatOptions* options = g_mime_format_options_new();
  g_mime_format_options_set_newline_format(options, GMIME_NEWLINE_FORMAT_DOS);
  g_mime_object_write_to_stream(object, options, memory.get());
  g_mime_format_options_free(options);
  return bytes_of(memory.get());
}

/// `name` as DOS had it: eight and three characters.  [MS-OXCMSG] 2.2.2.11
std::string short_name(std::string_view name) {
  const auto clean = [](std::string_view s, std::size_t n) {
    std::string out;
    for (const char c : s)
      if (out.size() < n && c > 0x20 && c < 0x7F &&
          std::string_view("\"*+,/:;<=>?[\\]|.").find(c) == std::string_view::npos)
        out += c;
    return out;
  };
  const std::size_t dot = name.rfind('.');
  std::string stem = clean(name.substr(0, dot), 8);
  const std::string extension = dot == std::string_view::npos ? "" : clean(name.substr(dot + 1), 3);
  if (stem.empty()) stem = "file";
  return extension.empty() ? stem : stem + "." + extension;
}

class Sorter {
 public:
  explicit Sorter(int depth) : depth_(depth) {}

  Result<Parts> sort(GMimeObject* root) {
    if (root != nullptr) walk(root, 0, {});
    if (parts_.attachments.size() > kMaxAttachments)
      return Error{Code::kUnsupported, fmt::format("message: more than {} attachments", kMaxAttachments)};
    return std::move(parts_);
  }

 private:
  struct Place {
    bool alternative = false;  // one of several forms of the same
    bool related = false;      // beside the body it belongs to
    bool may_be_body = true;
  };

  void walk(GMimeObject* object, int level, Place place) {
    if (parts_.attachments.size() > kMaxAttachments) return;
    if (level >= kMaxPartDepth) return add_deep(object);
    if (GMIME_IS_MULTIPART(object)) return walk_multipart(GMIME_MULTIPART(object), level, place);
    if (GMIME_IS_MESSAGE_PART(object)) return add_message(GMIME_MESSAGE_PART(object));
    if (GMIME_IS_PART(object)) leaf(GMIME_PART(object), place);
  }

  void walk_multipart(GMimeMultipart* multipart, int level, Place place) {
    const std::string type = text_of_type(GMIME_OBJECT(multipart));
    const int n = g_mime_multipart_get_count(multipart);
    for (int i = 0; i < n && parts_.attachments.size() <= kMaxAttachments; ++i) {
      Place inner = place;
      inner.alternative = place.alternative || type == "multipart/alternative";
      if (type == "multipart/related" && i > 0) inner.related = true, inner.may_be_body = false;
      walk(g_mime_multipart_get_part(multipart, i), level + 1, inner);
    }
  }

  void leaf(GMimePart* part, Place place) {
    const char* disposition = g_mime_object_get_disposition(GMIME_OBJECT(part));
    const bool attached = disposition != nullptr && same_name(disposition, "attachment");
    const bool named = g_mime_part_get_filename(part) != nullptr && !place.alternative;
    const std::string type = text_of_type(GMIME_OBJECT(part));
    if (place.may_be_body && !attached && !named && take_body(part, type)) return;
    FileFacts facts{string_or_empty(g_mime_part_get_filename(part)), type,
                    string_or_empty(g_mime_part_get_content_id(part)),
                    string_or_empty(g_mime_part_get_content_location(part)), place.related};
    if (facts.name.empty()) facts.name = name_for(type);
    add_file(parts_.attachments, facts, content_of(part));
  }

  static std::string name_for(const std::string& type) {
    if (type == "text/calendar") return "calendar.ics";
    if (type.starts_with("text/")) return "part.txt";
    return type == "message/delivery-status" ? "delivery-status.txt" : "part.dat";
  }

  /// The first text of each kind is the body; what follows stays an attachment, so that nothing is lost.
  bool take_body(GMimePart* part, const std::string& type) {
    const std::string charset =
        string_or_empty(g_mime_object_get_content_type_parameter(GMIME_OBJECT(part), "charset"));
    if (type == "text/plain" && !parts_.has_plain && !parts_.has_html) {
      parts_.has_plain = true;
      parts_.plain = utf8_from_charset(as_bytes(content_of(part)), charset);
    } else if (type == "text/html" && !parts_.has_html) {
      parts_.has_html = true;
      set_html(content_of(part), charset);
    } else if (type == "text/rtf" && !parts_.has_rtf) {
      parts_.has_rtf = true;
      parts_.rtf = content_of(part);
    } else {
      return false;
    }
    return true;
  }

  /// HTML keeps its own bytes where its charset is a code page.
  void set_html(ByteString html, const std::string& charset) {
    unsigned code_page = code_page_of_charset(charset);
    if (code_page == 20127 && !is_ascii(html)) code_page = 0;
    if (code_page == 0 && (charset.empty() || code_page_of_charset(charset) == 20127))
      code_page = is_utf8(html) ? 65001 : 1252;
    parts_.html_code_page = code_page == 0 ? 65001 : code_page;
    parts_.html = code_page == 0 ? utf8_from_charset(as_bytes(html), charset) : std::move(html);
  }

  void add_message(GMimeMessagePart* part) {
    GMimeMessage* message = g_mime_message_part_get_message(part);
    if (message == nullptr) return;
    const ByteString mime = wire_form(GMIME_OBJECT(message));
    const std::string name =
        string_or_empty(g_mime_object_get_content_disposition_parameter(GMIME_OBJECT(part), "filename"));
    auto item = depth_ < model::kMaxEmbeddingDepth ? read_message(as_bytes(mime), depth_ + 1)
                                                   : Result<model::Item>(Error{Code::kCorrupt, "too deep"});
    if (!item)
      return add_file(parts_.attachments, {name.empty() ? "message.eml" : name, "message/rfc822", {}, {}},
                      mime);
    model::Attachment a;
    a.properties.set_integer32(pid::kAttachNumber, static_cast<std::int32_t>(parts_.attachments.size()));
    a.properties.set_integer32(pid::kAttachMethod, model::kAttachEmbedded);
    a.properties.set_integer32(pid::kRenderingPosition, -1);
    a.properties.set_text(pid::kDisplayName, item->properties.get_text(pid::kSubject).value_or(name));
    a.embedded = std::make_unique<model::Item>(*std::move(item));
    parts_.attachments.push_back(std::move(a));
  }

  void add_deep(GMimeObject* object) {
    add_file(parts_.attachments, {"nested-parts.eml", "message/rfc822", {}, {}}, wire_form(object));
  }

  int depth_;
  Parts parts_;
};

}  // namespace

Result<Parts> read_parts(GMimeMessage* message, int depth) {
  return Sorter(depth).sort(g_mime_message_get_mime_part(message));
}

ByteString content_of(GMimePart* part) {
  GMimeDataWrapper* content = g_mime_part_get_content(part);
  if (content == nullptr) return {};
  const GObjectPtr<GMimeStream> memory(g_mime_stream_mem_new());
  g_mime_data_wrapper_write_to_stream(content, memory.get());
  return bytes_of(memory.get());
}

void set_value(model::PropertyList& list, PropTag tag, ByteString bytes) {
  model::Value value = bytes.size() > model::kMaxInlineValueBytes
                           ? model::Value::of_blob(make_memory_blob(std::move(bytes)))
                           : model::Value::of_bytes(std::move(bytes));
  list.set({tag, {}, std::move(value), false});
}

void add_file(std::vector<model::Attachment>& attachments, const FileFacts& facts, ByteString data) {
  model::Attachment a;
  model::PropertyList& list = a.properties;
  list.set_integer32(pid::kAttachNumber, static_cast<std::int32_t>(attachments.size()));
  list.set_integer32(pid::kAttachMethod, model::kAttachByValue);
  list.set_integer32(pid::kRenderingPosition, -1);
  list.set_integer32(pid::kAttachFlags, facts.in_body ? 4 : 0);
  if (facts.in_body) list.set_boolean(pid::kAttachmentHidden, true);
  const std::string name = one_line(facts.name);
  list.set_text(pid::kAttachLongFilename, name);
  list.set_text(pid::kAttachFilename, short_name(name));
  list.set_text(pid::kDisplayName, name);
  if (const std::size_t dot = name.rfind('.'); dot != std::string::npos)
    list.set_text(pid::kAttachExtension, name.substr(dot));
  if (!facts.type.empty()) list.set_text(pid::kAttachMimeTag, facts.type);
  if (!facts.content_id.empty()) list.set_text(pid::kAttachContentId, facts.content_id);
  if (!facts.location.empty()) list.set_text(pid::kAttachContentLocation, facts.location);
  list.set_integer32(pid::kAttachSize,
                     static_cast<std::int32_t>(std::min<std::size_t>(data.size(), INT32_MAX)));
  set_value(list, PropTag(pid::kAttachDataBinary, PropType::kBinary), std::move(data));
  attachments.push_back(std::move(a));
}

}  // namespace mk::mime
