#include "mime/part.h"

#include <fmt/format.h>

#include <algorithm>

#include "mime/charset.h"

namespace mk::mime {
namespace {

constexpr std::size_t kBase64LineBytes = 57;                   // 76 digits
constexpr std::size_t kWindowBytes = kBase64LineBytes * 1024;  // about 64 KiB
constexpr std::size_t kMaxQuotedColumn = 75;

std::string with_crlf(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 32);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) out += '\r';
    out += text[i];
  }
  return out;
}

/// Text that may travel as it is: ASCII, lines of moderate length, no bare CR, nothing like one of our
/// boundaries.
bool may_be_7bit(std::string_view crlf_text) {
  std::size_t column = 0;
  for (std::size_t i = 0; i < crlf_text.size(); ++i) {
    const auto c = static_cast<unsigned char>(crlf_text[i]);
    if (c == 0 || c >= 0x7F || (c == '\r' && !crlf_text.substr(i).starts_with("\r\n"))) return false;
    column = c == '\n' ? 0 : column + 1;
    if (column > 200) return false;
  }
  return crlf_text.find("--=_") == std::string_view::npos;
}

void append_quoted(std::string& out, std::string_view crlf_text) {
  std::size_t column = 0;
  for (std::size_t i = 0; i < crlf_text.size(); ++i) {
    const auto c = static_cast<unsigned char>(crlf_text[i]);
    if (crlf_text.substr(i).starts_with("\r\n")) {
      out += "\r\n";
      column = 0;
      ++i;
      continue;
    }
    const bool ends_line = i + 1 == crlf_text.size() || crlf_text.substr(i + 1).starts_with("\r\n");
    const bool literal = (c > 0x20 && c < 0x7F && c != '=') || ((c == ' ' || c == '\t') && !ends_line);
    if (column + (literal ? 1 : 3) > kMaxQuotedColumn) {
      out += "=\r\n";
      column = 0;
    }
    if (literal)
      out += static_cast<char>(c);
    else
      fmt::format_to(std::back_inserter(out), "={:02X}", c);
    column += literal ? 1 : 3;
  }
}

/// Full lines of base64, and the last one with what is left.
std::string base64_lines(Bytes bytes) {
  std::string out;
  out.reserve(bytes.size() / kBase64LineBytes * 78 + 80);
  for (std::size_t at = 0; at < bytes.size(); at += kBase64LineBytes)
    out += to_base64(bytes.subspan(at, std::min(kBase64LineBytes, bytes.size() - at))) + "\r\n";
  return out;
}

Status write_base64(const model::Value& content, ByteSink& out) {
  TRY_ASSIGN(auto in, content.open());
  std::vector<std::byte> window(kWindowBytes);
  for (;;) {
    TRY_ASSIGN(const std::size_t n, read_full(*in, window));
    TRY(out.write(as_bytes(base64_lines(Bytes(window).first(n)))));
    if (n < window.size()) return ok;
  }
}

Status write_nested(const Part& part, ByteSink& out) {
  for (const Part& p : part.parts) {
    if (!part.boundary.empty()) TRY(out.write(as_bytes("--" + part.boundary + "\r\n")));
    TRY(write_part(p, out));
    if (!part.boundary.empty()) TRY(out.write(as_bytes("\r\n")));
  }
  if (part.boundary.empty()) return ok;
  return out.write(as_bytes("--" + part.boundary + "--\r\n"));
}

Status write_content(const Part& part, ByteSink& out) {
  if (part.encoding == Part::Encoding::kBase64) return write_base64(part.content, out);
  if (part.encoding == Part::Encoding::kNested) return write_nested(part, out);
  TRY_ASSIGN(auto in, part.content.open());
  TRY(copy(*in, out));
  return ok;
}

}  // namespace

Part binary_part(std::string_view type, const Parameters& parameters, model::Value content) {
  Part p;
  append_header(p.headers, "Content-Type", type, parameters);
  append_header(p.headers, "Content-Transfer-Encoding", "base64");
  p.encoding = Part::Encoding::kBase64;
  p.content = std::move(content);
  return p;
}

Part text_part(std::string_view type, std::string_view charset, std::string text) {
  const auto n_high = static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return c < 0; }));
  // Half-foreign text reads no better quoted than in base64, and would be three times as long.
  if (n_high > text.size() / 3 || charset.starts_with("utf-16"))
    return binary_part(type, {{"charset", std::string(charset)}}, model::Value::of_bytes(std::move(text)));
  Part p;
  append_header(p.headers, "Content-Type", type, {{"charset", std::string(charset)}});
  std::string crlf = with_crlf(text);
  if (may_be_7bit(crlf)) {
    append_header(p.headers, "Content-Transfer-Encoding", "7bit");
    p.content = model::Value::of_bytes(std::move(crlf));
    return p;
  }
  append_header(p.headers, "Content-Transfer-Encoding", "quoted-printable");
  std::string quoted;
  append_quoted(quoted, crlf);
  p.encoding = Part::Encoding::kQuotedPrintable;
  p.content = model::Value::of_bytes(std::move(quoted));
  return p;
}

Part multipart(std::string_view subtype, int number, std::vector<Part> parts) {
  Part p;
  // `=_` occurs neither in base64 nor in quoted-printable (RFC 2045 6.7), and 7bit text with it is quoted.
  p.boundary = fmt::format("=_mailkeep_{}_{}", subtype, number);
  append_header(p.headers, "Content-Type", fmt::format("multipart/{}", subtype), {{"boundary", p.boundary}});
  p.encoding = Part::Encoding::kNested;
  p.parts = std::move(parts);
  return p;
}

Status write_part(const Part& part, ByteSink& out) {
  TRY(out.write(as_bytes(part.headers)));
  if (part.encoding != Part::Encoding::kEntity) TRY(out.write(as_bytes("\r\n")));
  return write_content(part, out);
}

}  // namespace mk::mime
