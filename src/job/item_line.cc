#include "job/item_line.h"

#include <algorithm>

#include "job/json.h"

namespace mk::job {
namespace {

constexpr std::string_view kIdFields[] = {"item", "deleted", "read_flag", "skipped"};

std::string_view id_field(ItemLine::Kind kind) { return kIdFields[static_cast<std::size_t>(kind)]; }

void put_head(Object& o, const model::ItemHead& head) {
  put(o, "key", head.change_key.value);
  put_flag(o, "associated", head.associated);
  put(o, "class", head.item_class);
  put(o, "size", head.size_bytes);
  put_flag(o, "has_attachments", head.has_attachments);
}

void put_label(Object& o, const model::ItemLabel& label) {
  put(o, "subject", label.subject);
  put(o, "sender", label.sender);
  put(o, "received", label.received);
}

void put_content(Object& o, const ItemLine& line) {
  put(o, "bytes", line.bytes);
  put(o, "segment", line.segment);
  if (line.stored.object.size != 0) o["stream"] = archive::format_stream(line.stored);
  put(o, "pst", std::uint64_t{line.pst});
  if (line.part > 1) put(o, "part", std::uint64_t{line.part});
  put(o, "pst_error", line.pst_error);
  put(o, "search_key", to_hex(as_bytes(line.search_key)));
}

void put_move(Object& o, const ItemLine& line) {
  if (line.moved_item.empty()) return;
  o[line.is_item() ? "moved_from" : "moved_to"] =
      boost::json::array{boost::json::string(valid_utf8(line.moved_folder.value)),
                         boost::json::string(valid_utf8(line.moved_item.value))};
}

model::ItemHead head_in(const Object& o) {
  model::ItemHead head;
  head.change_key.value = text_in(o, "key");
  head.associated = flag_in(o, "associated");
  head.read = flag_in(o, "read");
  head.item_class = text_in(o, "class");
  head.size_bytes = number_in(o, "size");
  head.has_attachments = flag_in(o, "has_attachments");
  return head;
}

ByteString hex_in(const Object& o, std::string_view key) {
  const auto bytes = from_hex(text_in(o, key));
  return bytes ? *bytes : ByteString{};
}

void take_move(const Object& o, ItemLine& line) {
  const auto* v = o.if_contains(line.is_item() ? "moved_from" : "moved_to");
  if (v == nullptr || !v->is_array() || v->as_array().size() != 2) return;
  const auto& pair = v->as_array();
  if (!pair[0].is_string() || !pair[1].is_string()) return;
  line.moved_folder.value = std::string(pair[0].as_string());
  line.moved_item.value = std::string(pair[1].as_string());
}

Was was_in(const Object& o) {
  const auto n = number_in(o, "was");
  return n <= 2 ? static_cast<Was>(n) : Was::kNothing;
}

}  // namespace

std::string format_line(const ItemLine& line) {
  Object o;
  o[id_field(line.kind)] = valid_utf8(line.head.id.value);
  o["folder"] = line.folder;
  put(o, "was", static_cast<std::uint64_t>(line.was));
  if (line.kind != ItemLine::Kind::kDeleted) put_flag(o, "read", line.head.read);
  if (line.kind == ItemLine::Kind::kItem || line.kind == ItemLine::Kind::kSkipped) {
    put_head(o, line.head);
    put_label(o, line.label);
  }
  if (line.is_item()) put_content(o, line);
  put(o, "hash", to_hex(as_bytes(line.hash)));
  put(o, "reason", line.reason);
  put_move(o, line);
  return boost::json::serialize(o);
}

Result<ItemLine> parse_line(std::string_view json) {
  TRY_ASSIGN(const Object o, parse_object(json));
  ItemLine line;
  int kinds = 0;
  for (std::size_t k = 0; k < std::size(kIdFields); ++k) {
    if (!o.contains(kIdFields[k])) continue;
    line.kind = static_cast<ItemLine::Kind>(k);
    ++kinds;
  }
  if (kinds != 1)
    return Error{Code::kCorrupt, "a line is neither item, deletion, read state nor skipped item"};
  line.head = head_in(o);
  line.head.id.value = text_in(o, id_field(line.kind));
  line.folder = static_cast<std::uint32_t>(number_in(o, "folder"));
  line.was = was_in(o);
  line.label = {text_in(o, "subject"), text_in(o, "sender"), time_in(o, "received")};
  line.bytes = number_in(o, "bytes");
  line.segment = number_in(o, "segment");
  if (o.contains("stream")) {
    TRY_ASSIGN(line.stored, archive::parse_stream(text_in(o, "stream")));
  }
  line.pst = static_cast<std::uint32_t>(number_in(o, "pst"));
  line.part = std::max(1U, static_cast<std::uint32_t>(number_in(o, "part")));
  line.pst_error = text_in(o, "pst_error");
  line.hash = hex_in(o, "hash");
  line.search_key = hex_in(o, "search_key");
  line.reason = text_in(o, "reason");
  take_move(o, line);
  return line;
}

}  // namespace mk::job
