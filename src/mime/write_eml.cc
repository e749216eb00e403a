#include <fmt/format.h>

#include <algorithm>

#include "mime/body.h"
#include "mime/eml.h"
#include "mime/header.h"
#include "mime/write_headers.h"
#include "model/tags.h"

namespace mk::mime {
namespace {

namespace pid = model::pid;
constexpr std::uint16_t kAttachPathname = 0x3708, kAttachLongPathname = 0x370D;
/// PidTagAttachFlags: the body refers to it.  [MS-OXCMSG] 2.2.2.18
constexpr std::int64_t kReferredTo = 4;

Result<Part> message_part(const model::Item& item, Numbering& numbering, int depth);

std::string first_text(const model::PropertyList& list, std::initializer_list<std::uint16_t> ids) {
  for (const std::uint16_t id : ids)
    if (auto text = list.get_text(id); text && !text->empty()) return *std::move(text);
  return {};
}

bool is_token(std::string_view s) {
  return !s.empty() && s.size() < 100 &&
         std::ranges::all_of(
             s,
             [](char c) {
               return c > 0x20 && c < 0x7F &&
                      std::string_view("()<>@,;:\\\"/[]?=").find(c) == std::string_view::npos;
             });
}

/// The type an attachment claims, when it is one that may be sent as base64.
std::string attachment_type(const model::PropertyList& list) {
  const std::string tag = list.get_text(pid::kAttachMimeTag).value_or("");
  const std::string type = tag.substr(0, tag.find(';'));
  const std::size_t slash = type.find('/');
  const bool good = slash != std::string::npos && is_token(std::string_view(type).substr(0, slash)) &&
                    is_token(std::string_view(type).substr(slash + 1));
  const std::string_view family = std::string_view(type).substr(0, slash);
  if (!good || same_name(family, "multipart") || same_name(family, "message"))
    return "application/octet-stream";
  return type;
}

/// Content-ID as it may stand in a header, empty when there is none.
std::string content_id(const model::PropertyList& list) {
  std::string id = list.get_text(pid::kAttachContentId).value_or("");
  std::erase_if(id, [](char c) { return c == '<' || c == '>'; });
  const bool good = id.size() < 900 && std::ranges::all_of(id, [](char c) { return c > 0x20 && c < 0x7F; });
  return good ? id : std::string();
}

/// A picture in the HTML, rather than a file beside it.
bool is_inline(const model::Attachment& a, const Body& body) {
  const std::string id = content_id(a.properties);
  if (id.empty() || !body.has_html || a.embedded) return false;
  if ((a.properties.get_integer(pid::kAttachFlags).value_or(0) & kReferredTo) != 0) return true;
  if (a.properties.get_integer(pid::kAttachmentHidden).value_or(0) != 0) return true;
  return body.html.find("cid:" + id) != std::string::npos;
}

Result<Part> embedded_part(const model::Attachment& a, Numbering& numbering, int depth) {
  TRY_ASSIGN(Part message, message_part(*a.embedded, numbering, depth + 1));
  Part p;
  std::string name = first_text(a.properties, {pid::kDisplayName, pid::kAttachLongFilename});
  if (name.empty()) name = subject_of(a.embedded->properties);
  append_header(p.headers, "Content-Type", "message/rfc822");
  append_header(p.headers, "Content-Disposition", "attachment",
                {{"filename", name.empty() ? "message.eml" : name + ".eml"}});
  p.encoding = Part::Encoding::kNested;
  p.parts.push_back(std::move(message));
  return p;
}

Result<Part> attachment_part(const model::Attachment& a, Numbering& numbering, int depth, bool in_body) {
  if (a.embedded) return embedded_part(a, numbering, depth);
  const model::PropertyList& list = a.properties;
  std::string name = first_text(list, {pid::kAttachLongFilename, pid::kAttachFilename, pid::kDisplayName});
  const model::Property* data = list.find(pid::kAttachDataBinary);
  const std::string path = first_text(list, {kAttachLongPathname, kAttachPathname});
  if (data == nullptr && !path.empty()) {  // by reference: all there is to write is where it lies
    Part p = text_part("text/plain", "utf-8", path + "\r\n");
    append_header(p.headers, "Content-Description", "link to a file outside the message");
    append_header(p.headers, "Content-Disposition", "attachment",
                  {{"filename", (name.empty() ? "link" : name) + ".txt"}});
    return p;
  }
  if (name.empty()) name = "attachment" + list.get_text(pid::kAttachExtension).value_or("");
  Part p =
      binary_part(attachment_type(list), {{"name", name}}, data == nullptr ? model::Value() : data->value);
  append_header(p.headers, "Content-Disposition", in_body ? "inline" : "attachment", {{"filename", name}});
  if (const std::string id = content_id(list); !id.empty())
    append_header(p.headers, "Content-ID", "<" + id + ">");
  if (const auto at = list.get_text(pid::kAttachContentLocation); at && !at->empty())
    append_header(p.headers, "Content-Location", encode_text(*at));
  return p;
}

/// Puts the facts of an appointment, task or contact beside its body, or in its place when it has none.
Part with_facts(Part body, const model::Item& item, std::string facts, Numbering& numbering) {
  const model::Property* text = item.properties.find(pid::kBody);
  const bool has_body = item.properties.find(pid::kBodyHtml) != nullptr ||
                        item.properties.find(pid::kRtfCompressed) != nullptr ||
                        (text != nullptr && text->value.size() > 0);
  if (!has_body) return text_part("text/plain", "utf-8", std::move(facts));
  Part p = text_part("text/plain", "utf-8", std::move(facts));
  append_header(p.headers, "Content-Disposition", "inline", {{"filename", "details.txt"}});
  std::vector<Part> both;
  both.push_back(std::move(body));
  both.push_back(std::move(p));
  return multipart("mixed", numbering.next++, std::move(both));
}

/// multipart/mixed of a multipart/related of the body with its pictures, and the attachments; each only if
/// needed.
Result<Part> content_part(const model::Item& item, Numbering& numbering, int depth) {
  TRY_ASSIGN(Body body, make_body(item, numbering));
  std::vector<Part> related, mixed;
  related.push_back(std::move(body.part));
  for (const model::Attachment& a : item.attachments) {
    const bool in_body = is_inline(a, body);
    TRY_ASSIGN(Part p, attachment_part(a, numbering, depth, in_body));
    (in_body ? related : mixed).push_back(std::move(p));
  }
  Part root = related.size() == 1 ? std::move(related.front())
                                  : multipart("related", numbering.next++, std::move(related));
  if (std::string facts = facts_text(item); !facts.empty())
    root = with_facts(std::move(root), item, std::move(facts), numbering);
  if (mixed.empty()) return root;
  mixed.insert(mixed.begin(), std::move(root));
  return multipart("mixed", numbering.next++, std::move(mixed));
}

/// The start of a value, in lower case.
std::string beginning(const model::Value& value) {
  std::string out(64, '\0');
  auto in = value.open();
  if (!in) return {};
  const auto n = read_full(**in, std::as_writable_bytes(std::span(out)));
  out.resize(n ? *n : 0);
  std::ranges::transform(out, out.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

/// Signed and encrypted mail: the one attachment is the original content.  [MS-OXOSMIME] 2.1.2, 3.1.4
std::optional<Part> secured_part(const model::Item& item) {
  const std::string kind = item.properties.get_text(pid::kMessageClass).value_or("");
  if (!kind.starts_with("IPM.Note.SMIME") || item.attachments.size() != 1 || item.attachments[0].embedded)
    return {};
  const model::PropertyList& list = item.attachments[0].properties;
  const model::Property* data = list.find(pid::kAttachDataBinary);
  if (data == nullptr) return {};
  if (kind.starts_with("IPM.Note.SMIME.MultipartSigned") && beginning(data->value).starts_with("content-")) {
    Part p;
    p.encoding = Part::Encoding::kEntity;
    p.content = data->value;
    return p;
  }
  const std::string original = transport_header(item.properties, "Content-Type");
  if (original.find("pkcs7-mime") == std::string::npos)
    return binary_part("application/pkcs7-mime", {{"name", "smime.p7m"}}, data->value);
  Part p;
  append_header(p.headers, "Content-Type", encode_text(original));
  append_header(p.headers, "Content-Transfer-Encoding", "base64");
  append_header(p.headers, "Content-Disposition", "attachment", {{"filename", "smime.p7m"}});
  p.encoding = Part::Encoding::kBase64;
  p.content = data->value;
  return p;
}

Result<Part> message_part(const model::Item& item, Numbering& numbering, int depth) {
  if (depth > model::kMaxEmbeddingDepth)
    return Error{Code::kCorrupt,
                 fmt::format("embedded messages are nested deeper than {}", model::kMaxEmbeddingDepth)};
  std::string headers = message_headers(item);
  std::optional<Part> root = secured_part(item);
  if (!root) {
    TRY_ASSIGN(root, content_part(item, numbering, depth));
  }
  root->headers.insert(0, headers);
  return *std::move(root);
}

}  // namespace

Status write_eml(const model::Item& item, ByteSink& out) {
  Numbering numbering;
  TRY_ASSIGN(const Part message, message_part(item, numbering, 0));
  return write_part(message, out);
}

}  // namespace mk::mime
