#include "mapi/property_reader.h"

#include <fmt/format.h>

namespace mk::mapi {
namespace {

using model::Property;
using model::Value;

bool ends_with_nul(std::string_view bytes, std::size_t terminator) {
  if (bytes.size() < terminator || bytes.size() % terminator != 0) return false;
  return bytes.find_first_not_of('\0', bytes.size() - terminator) == std::string_view::npos;
}

}  // namespace

Result<Property> PropertyReader::read(Lexer& lexer) {
  const PropertyHead& head = lexer.head();
  if (++n_properties_ > limits_.properties)
    return lexer.value_error(Code::kCorrupt, fmt::format("more than {} properties", limits_.properties));
  if (head.name && !head.name->is_lid()) TRY(hold(std::get<1>(head.name->key).size(), lexer));
  Property p{head.tag, head.name, {}, false};
  const std::uint64_t n = lexer.left();
  const bool full = inline_bytes_ + n > limits_.inline_bytes;
  if (head.shape == Shape::kManyFixed || head.shape == Shape::kManyVariable)
    TRY(read_elements(lexer, p));
  else if (n > model::kMaxInlineValueBytes || (full && n > kSmallBytes))
    TRY(read_blob(lexer, p));
  else
    TRY(read_bytes(lexer, p));
  return p;
}

/// Accounts for what cannot be left in the stream: arrays and names.
Status PropertyReader::hold(std::uint64_t bytes, const Lexer& lexer) {
  held_bytes_ += bytes;
  if (held_bytes_ <= limits_.inline_bytes) return ok;
  return lexer.value_error(
      Code::kCorrupt, fmt::format("arrays and names of more than {} bytes together", limits_.inline_bytes));
}

Status PropertyReader::read_bytes(Lexer& lexer, Property& p) {
  ByteString bytes;
  inline_bytes_ += lexer.left();
  TRY(lexer.read(static_cast<std::size_t>(lexer.left()), bytes));
  if (const std::size_t t = terminator_size(p.tag); t > 0) {
    p.unterminated = !ends_with_nul(bytes, t);
    if (!p.unterminated) bytes.resize(bytes.size() - t);
  }
  p.value = Value::of_bytes(std::move(bytes));
  return ok;
}

Status PropertyReader::read_blob(Lexer& lexer, Property& p) {
  const std::uint64_t n = lexer.left();
  BlobPtr blob = spans_.span(lexer.head().value_at, n);
  const std::size_t t = terminator_size(p.tag);
  TRY(lexer.skip(n - t));
  if (t > 0) {
    ByteString tail;
    TRY(lexer.read(t, tail));
    p.unterminated = n % t != 0 || !ends_with_nul(tail, t);
    if (!p.unterminated) blob = make_slice(std::move(blob), 0, n - t);
  }
  p.value = Value::of_blob(std::move(blob));
  return ok;
}

Status PropertyReader::read_elements(Lexer& lexer, Property& p) {
  const std::size_t t = terminator_size(p.tag);
  std::vector<ByteString> elements;
  bool all_terminated = true;
  for (std::uint32_t i = 0; i < lexer.head().n; ++i) {
    TRY(lexer.next_element());
    TRY(hold(lexer.left() + sizeof(ByteString), lexer));
    ByteString e;
    TRY(lexer.read(static_cast<std::size_t>(lexer.left()), e));
    all_terminated = all_terminated && ends_with_nul(e, t == 0 ? 1 : t);
    elements.push_back(std::move(e));
  }
  p.unterminated = t > 0 && !all_terminated;
  if (t > 0 && all_terminated)
    for (auto& e : elements) e.resize(e.size() - t);
  p.value = Value::of_elements(std::move(elements));
  return ok;
}

}  // namespace mk::mapi
