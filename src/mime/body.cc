#include "mime/body.h"

#include <fmt/format.h>

#include "base/text.h"
#include "mime/calendar.h"
#include "mime/charset.h"
#include "mime/export.h"
#include "mime/lzfu.h"
#include "mime/named.h"
#include "mime/rtf.h"
#include "model/tags.h"

namespace mk::mime {
namespace {

namespace pid = model::pid;
using model::PropType;

/// A body above this is not converted but streamed in its own charset.
constexpr std::uint64_t kMaxConvertedBytes = 64 << 20;

bool is_string(const model::Property& p) {
  return p.tag.type() == PropType::kString || p.tag.type() == PropType::kString8;
}

/// A string property as a part, UTF-8 where it can be held.
Result<Part> string_part(const model::Property& p, std::string_view type, unsigned code_page,
                         std::string* text) {
  if (p.value.size() > kMaxConvertedBytes) {
    const bool wide = p.tag.type() == PropType::kString;
    return binary_part(type, {{"charset", wide ? "utf-16le" : charset_name(code_page)}}, p.value);
  }
  TRY_ASSIGN(const model::Property wide, model::to_unicode(p, code_page));
  TRY_ASSIGN(const ByteString utf16, wide.value.load());
  std::string utf8 = utf8_from_utf16(as_bytes(utf16));
  while (utf8.ends_with('\0')) utf8.pop_back();
  if (text != nullptr) *text = utf8;
  const std::string_view charset = is_ascii(utf8) ? "us-ascii" : "utf-8";
  return text_part(type, charset, std::move(utf8));
}

/// The charset that says best what these bytes are: the one they claim, unless they plainly are not that.
std::string charset_of_html(std::string_view html, unsigned code_page) {
  if (is_ascii(html)) return "us-ascii";
  if (code_page == 65001 && !is_utf8(html)) return "windows-1252";
  const std::string claimed = charset_name(code_page);
  if (claimed.empty() || claimed == "us-ascii") return is_utf8(html) ? "utf-8" : "windows-1252";
  return claimed;
}

Result<Part> html_part(const model::PropertyList& properties, const model::Property& p, std::string& html) {
  const auto code_page =
      static_cast<unsigned>(properties.get_integer(pid::kInternetCodepage).value_or(0) & 0xFFFF);
  if (is_string(p)) return string_part(p, "text/html", properties.code_page(), &html);
  if (p.value.size() > kMaxConvertedBytes)
    return binary_part("text/html", {{"charset", charset_name(code_page)}}, p.value);
  TRY_ASSIGN(html, p.value.load());
  if (code_page == 1200) html = utf8_from_utf16(as_bytes(html));
  const std::string charset = code_page == 1200 ? "utf-8" : charset_of_html(html, code_page);
  // Such charsets use bytes that quoting by lines would tear apart; base64 leaves every byte alone.
  if (charset.starts_with("iso-2022") || charset == "utf-7")
    return binary_part("text/html", {{"charset", charset}}, model::Value::of_bytes(html));
  return text_part("text/html", charset, html);
}

/// What there is of a body, before it is put together.
struct Pieces {
  std::optional<Part> plain, html, rtf, broken_rtf;
  std::string html_text;
};

/// RTF only counts when there is no HTML. RTF of its own stays beside its text, so that nothing is lost.
Status add_rtf(const model::Property& p, Pieces& pieces) {
  auto compressed = p.value.load();
  if (!compressed) return std::move(compressed).error();
  auto raw = decompress_rtf(as_bytes(*compressed));
  auto content = raw ? read_rtf(*raw) : Result<RtfContent>(raw.error());
  if (!content) {
    pieces.broken_rtf = binary_part("application/octet-stream", {{"name", "body.rtf.lzfu"}}, p.value);
    append_header(pieces.broken_rtf->headers, "Content-Description",
                  encode_text("body that cannot be read: " + content.error().what));
    append_header(pieces.broken_rtf->headers, "Content-Disposition", "attachment",
                  {{"filename", "body.rtf.lzfu"}});
    return ok;
  }
  if (content->kind == RtfContent::Kind::kHtml) {
    pieces.html_text = content->text;
    pieces.html = text_part("text/html", "utf-8", std::move(content->text));
    return ok;
  }
  if (!pieces.plain) pieces.plain = text_part("text/plain", "utf-8", std::move(content->text));
  if (content->kind == RtfContent::Kind::kRtf)
    pieces.rtf = binary_part("text/rtf", {}, model::Value::of_bytes(*std::move(raw)));
  return ok;
}

Result<Pieces> collect(const model::PropertyList& properties) {
  Pieces pieces;
  if (const auto* p = properties.find(pid::kBody); p != nullptr && is_string(*p) && p->value.size() > 0) {
    TRY_ASSIGN(pieces.plain, string_part(*p, "text/plain", properties.code_page(), nullptr));
  }
  const auto* html = properties.find(pid::kBodyHtml);
  if (html != nullptr && (is_string(*html) || html->tag.type() == PropType::kBinary) &&
      html->value.size() > 0) {
    TRY_ASSIGN(pieces.html, html_part(properties, *html, pieces.html_text));
  }
  const auto* rtf = properties.find(pid::kRtfCompressed);
  if (!pieces.html && rtf != nullptr && rtf->tag.type() == PropType::kBinary && rtf->value.size() > 0)
    TRY(add_rtf(*rtf, pieces));
  return pieces;
}

void add_line(std::string& out, std::string_view label, const std::optional<std::string>& text) {
  if (text && !text->empty()) out += fmt::format("{}: {}\r\n", label, one_line(*text));
}
std::optional<std::string> time_text(const model::PropertyList& list, const Guid& set, std::uint32_t lid) {
  const auto time = named_time(list, set, lid);
  if (!time) return {};
  return format_utc(*time);
}

std::string contact_facts(const model::PropertyList& list) {
  std::string out;
  add_line(out, "Name", list.get_text(pid::kDisplayName));
  add_line(out, "Company", list.get_text(0x3A16));
  add_line(out, "Job title", list.get_text(0x3A17));
  for (const std::uint32_t lid : {0x8083u, 0x8093u, 0x80A3u})
    add_line(out, "E-mail", named_text(list, model::pset::kAddress, lid));
  add_line(out, "Business phone", list.get_text(0x3A08));
  add_line(out, "Home phone", list.get_text(0x3A09));
  add_line(out, "Mobile phone", list.get_text(0x3A1C));
  add_line(out, "Business address", named_text(list, model::pset::kAddress, 0x801B));
  add_line(out, "Home address", named_text(list, model::pset::kAddress, 0x801A));
  return out;
}

/// Meeting mail as other calendars take it; nothing for other mail.
std::optional<Part> calendar_part(const model::Item& item) {
  const std::string kind = item.properties.get_text(pid::kMessageClass).value_or("");
  const std::string_view method = meeting_method(kind);
  std::string calendar;
  StringSink sink(calendar);
  if (method.empty() || !write_calendar(item, method, sink)) return {};
  return text_part(fmt::format("text/calendar; method={}", method), "utf-8", std::move(calendar));
}

}  // namespace

Result<Body> make_body(const model::Item& item, Numbering& numbering) {
  TRY_ASSIGN(Pieces pieces, collect(item.properties));
  Body body;
  body.has_html = pieces.html.has_value();
  body.html = std::move(pieces.html_text);
  std::vector<Part> choices;  // the best comes last
  for (auto* part : {&pieces.plain, &pieces.rtf, &pieces.html})
    if (*part) choices.push_back(*std::move(*part));
  if (auto calendar = calendar_part(item)) choices.push_back(*std::move(calendar));
  if (choices.empty()) choices.push_back(text_part("text/plain", "us-ascii", ""));
  body.part = choices.size() == 1 ? std::move(choices.front())
                                  : multipart("alternative", numbering.next++, std::move(choices));
  if (!pieces.broken_rtf) return body;
  std::vector<Part> both;
  both.push_back(std::move(body.part));
  both.push_back(*std::move(pieces.broken_rtf));
  body.part = multipart("mixed", numbering.next++, std::move(both));
  return body;
}

std::string facts_text(const model::Item& item) {
  const model::PropertyList& list = item.properties;
  const std::string kind = list.get_text(pid::kMessageClass).value_or("");
  if (kind.starts_with("IPM.Contact")) return contact_facts(list);
  std::string out;
  if (is_class(kind, "IPM.Appointment") || (is_class(kind, "IPM.Schedule") && meeting_method(kind).empty())) {
    add_line(out, "Start", time_text(list, model::pset::kAppointment, 0x820D));
    add_line(out, "End", time_text(list, model::pset::kAppointment, 0x820E));
    add_line(out, "Location", named_text(list, model::pset::kAppointment, 0x8208));
  } else if (kind.starts_with("IPM.Task")) {
    add_line(out, "Start", time_text(list, model::pset::kTask, 0x8104));
    add_line(out, "Due", time_text(list, model::pset::kTask, 0x8105));
    add_line(out, "Completed", time_text(list, model::pset::kTask, 0x810F));
  }
  return out;
}

}  // namespace mk::mime
