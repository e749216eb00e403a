#include "mapi/stream_writer.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/wire.h"

namespace mk::mapi {
namespace {

using model::Property;

constexpr std::uint64_t kMaxLength = 0x7FFFFFFF;

Error bad(const Property& p, Code code, std::string_view what) {
  return {code, fmt::format("writing property {}: {}", format_tag(p.tag), what)};
}

/// Tag and, for a named property, its name.
ByteString encode_head(const Property& p) {
  ByteString head;
  append_le(head, p.tag.value);
  if (!p.tag.is_named()) return head;
  encode_to(head, p.name->set);
  if (p.name->is_lid()) {
    head += '\0';
    append_le(head, std::get<0>(p.name->key));
  } else {
    head += '\1';
    head += std::get<1>(p.name->key);
    head.append(2, '\0');
  }
  return head;
}

std::size_t terminator_of(const Property& p) { return p.unterminated ? 0 : terminator_size(p.tag); }

}  // namespace

bool can_be_written(const Property& p) {
  return shape_of(p.tag) != Shape::kUnknown && (!p.tag.is_named() || p.name.has_value());
}

Status StreamWriter::marker(Marker m) {
  if (m == Marker::kNone) return ok;
  const auto tag = static_cast<std::uint32_t>(m);
  return out_.whole(std::as_bytes(std::span(&tag, 1)));
}

Status StreamWriter::integer32(std::uint32_t tag, std::uint32_t value) {
  const std::array<std::uint32_t, 2> words = {tag, value};
  return out_.whole(std::as_bytes(std::span(words)));
}

Status StreamWriter::property(const Property& p) {
  if (!can_be_written(p))
    return bad(p, Code::kInvalid, "a stream cannot hold it: no name, or an unknown type");
  const Shape shape = shape_of(p.tag);
  const bool is_array = shape == Shape::kManyFixed || shape == Shape::kManyVariable;
  if (is_array != p.value.is_multiple())
    return bad(p, Code::kInvalid, "its value is no array, or its type is none");
  ByteString head = encode_head(p);
  if (is_array) return array(p, std::move(head));
  if (shape == Shape::kVariable) return variable(p, std::move(head));
  if (p.value.is_blob() || p.value.size() != element_size(p.tag))
    return bad(p, Code::kInvalid,
               fmt::format("a value of {} bytes instead of {}", p.value.size(), element_size(p.tag)));
  head += as_chars(p.value.bytes());
  return out_.whole(as_bytes(head));
}

/// A buffer must not end between length and value, so the first bytes of the value stay with the head.
Status StreamWriter::variable(const Property& p, ByteString head) {
  const std::size_t terminator = terminator_of(p);
  if (p.value.size() + terminator > kMaxLength) return bad(p, Code::kExhausted, "a value above 2 GiB");
  append_le(head, static_cast<std::uint32_t>(p.value.size() + terminator));
  if (p.value.is_blob()) return blob(p, head, terminator);
  constexpr std::size_t kKeepTogether = 64;
  const Bytes value = p.value.bytes();
  const std::size_t first = value.size() <= kKeepTogether ? value.size() : std::size_t{2};
  head += as_chars(value.first(first));
  if (first == value.size()) head.append(terminator, '\0');
  TRY(out_.whole(as_bytes(head)));
  if (first == value.size()) return ok;
  TRY(out_.cuttable(value.subspan(first)));
  return out_.cuttable(as_bytes(std::string_view("\0\0", terminator)));
}

Status StreamWriter::blob(const Property& p, const ByteString& head, std::size_t terminator) {
  TRY_ASSIGN(auto in, p.value.open());
  std::vector<std::byte> buffer(kMaxTransferBuffer);
  std::size_t want = 2;  // of the first piece, which stays with the head
  for (std::uint64_t left = p.value.size(); left > 0; want = buffer.size()) {
    const auto piece = std::span(buffer).first(std::min<std::uint64_t>(left, want));
    TRY_ASSIGN(const std::size_t n, read_full(*in, piece));
    if (n < piece.size())
      return bad(p, Code::kTruncated, fmt::format("its blob ends {} bytes early", left - n));
    if (left == p.value.size())
      TRY(out_.whole(as_bytes(head + ByteString(as_chars(piece)))));
    else
      TRY(out_.cuttable(piece));
    left -= n;
  }
  if (p.value.size() == 0) TRY(out_.whole(as_bytes(head)));
  return out_.cuttable(as_bytes(std::string_view("\0\0", terminator)));
}

Status StreamWriter::array(const Property& p, ByteString head) {
  const bool fixed = shape_of(p.tag) == Shape::kManyFixed;
  const std::size_t terminator = terminator_of(p);
  append_le(head, static_cast<std::uint32_t>(p.value.elements().size()));
  for (const auto& e : p.value.elements()) {
    if (fixed && e.size() != element_size(p.tag))
      return bad(p, Code::kInvalid,
                 fmt::format("an element of {} bytes instead of {}", e.size(), element_size(p.tag)));
    if (!fixed) append_le(head, static_cast<std::uint32_t>(e.size() + terminator));
    head += e;
    head.append(terminator, '\0');
    if (head.size() < kMaxTransferBuffer / 4) continue;  // small arrays stay in one buffer
    TRY(out_.whole(as_bytes(head)));
    head.clear();
  }
  return head.empty() ? Status(ok) : out_.whole(as_bytes(head));
}

}  // namespace mk::mapi
