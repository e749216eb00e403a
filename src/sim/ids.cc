#include "sim/ids.h"

namespace mk::sim {
namespace {

constexpr std::size_t kGuidText = 36, kFolderEntry = 46, kItemEntry = 70;
constexpr char kMailboxItem = 3;  // the id type "mailbox GUID and entry id"

// A 48-bit counter in big-endian order, as change numbers and object ids have it.
void append_counter(ByteString& out, std::uint64_t n) {
  for (int shift = 40; shift >= 0; shift -= 8) out.push_back(static_cast<char>(n >> shift));
}

std::uint64_t counter_at(std::string_view bytes, std::size_t at) {
  std::uint64_t n = 0;
  for (std::size_t i = 0; i < 6; ++i) n = n << 8 | static_cast<unsigned char>(bytes[at + i]);
  return n;
}

void append_guid(ByteString& out, const Guid& g) {
  append_le(out, g.data1);
  append_le(out, g.data2);
  append_le(out, g.data3);
  out.append(reinterpret_cast<const char*>(g.data4.data()), g.data4.size());
}

Guid guid_at(std::string_view bytes, std::size_t at) {
  Guid g;
  g.data1 = load_le<std::uint32_t>(bytes.data() + at);
  g.data2 = load_le<std::uint16_t>(bytes.data() + at + 4);
  g.data3 = load_le<std::uint16_t>(bytes.data() + at + 6);
  std::memcpy(g.data4.data(), bytes.data() + at + 8, 8);
  return g;
}

void append_object(ByteString& out, const Guid& database, std::uint64_t counter) {
  append_guid(out, database);
  append_counter(out, counter);
  out.append(2, '\0');
}

ByteString entry_head(const Guid& mailbox, std::uint16_t kind) {
  ByteString out(4, '\0');
  append_guid(out, mailbox);
  append_le(out, kind);
  return out;
}

std::string wrap(const Guid& mailbox, const ByteString& entry, std::string_view tail) {
  ByteString out{'\0', kMailboxItem};
  append_le(out, static_cast<std::uint16_t>(kGuidText));
  out += format_guid(mailbox);
  out.push_back('\0');  // processing instruction: normal
  append_le(out, static_cast<std::uint16_t>(entry.size()));
  out += entry;
  out += tail;
  return to_base64(as_bytes(out));
}

struct Unwrapped {
  ByteString entry, tail;
};

std::optional<Unwrapped> unwrap(std::string_view id) {
  constexpr std::size_t kHead = 4 + kGuidText + 1 + 2;
  if (id.size() > 512) return {};
  const auto raw = from_base64(id);
  if (!raw || raw->size() < kHead || (*raw)[1] != kMailboxItem ||
      load_le<std::uint16_t>(raw->data() + 2) != kGuidText)
    return {};
  const std::size_t length = load_le<std::uint16_t>(raw->data() + kHead - 2);
  if (raw->size() < kHead + length) return {};
  Unwrapped out{raw->substr(kHead, length), raw->substr(kHead + length)};
  if (out.entry.size() < 20 || format_guid(guid_at(out.entry, 4)) != raw->substr(4, kGuidText)) return {};
  return out;
}

}  // namespace

ByteString entry_id(const FolderRef& ref) {
  ByteString out = entry_head(ref.mailbox, 0x0001);
  append_object(out, ref.mailbox, ref.folder);
  return out;
}

ByteString entry_id(const ItemRef& ref) {
  ByteString out = entry_head(ref.mailbox, 0x0007);
  append_object(out, ref.mailbox, ref.folder);
  append_object(out, ref.mailbox, ref.item);
  return out;
}

std::optional<FolderRef> folder_of_entry_id(std::string_view entry) {
  if (entry.size() != kFolderEntry || load_le<std::uint16_t>(entry.data() + 20) != 0x0001) return {};
  return FolderRef{guid_at(entry, 4), counter_at(entry, 38)};
}

std::optional<ItemRef> item_of_entry_id(std::string_view entry) {
  if (entry.size() != kItemEntry || load_le<std::uint16_t>(entry.data() + 20) != 0x0007) return {};
  return ItemRef{guid_at(entry, 4), counter_at(entry, 38), counter_at(entry, 62)};
}

std::string format_id(const FolderRef& ref) { return wrap(ref.mailbox, entry_id(ref), {"\0", 1}); }
std::string format_id(const ItemRef& ref) { return wrap(ref.mailbox, entry_id(ref), {"\0", 1}); }

std::string format_id(const AttachmentRef& ref) {
  ByteString tail{'\1'};  // one level of attachments
  append_le(tail, std::uint16_t{16});
  append_le(tail, ref.index);
  append_le(tail, ref.item.item);
  append_le(tail, std::uint32_t{0});
  return wrap(ref.item.mailbox, entry_id(ref.item), tail);
}

std::optional<FolderRef> parse_folder_id(std::string_view id) {
  const auto raw = unwrap(id);
  return raw ? folder_of_entry_id(raw->entry) : std::nullopt;
}

std::optional<ItemRef> parse_item_id(std::string_view id) {
  const auto raw = unwrap(id);
  return raw ? item_of_entry_id(raw->entry) : std::nullopt;
}

std::optional<AttachmentRef> parse_attachment_id(std::string_view id) {
  const auto raw = unwrap(id);
  if (!raw || raw->tail.size() != 19 || raw->tail[0] != '\1') return {};
  const auto item = item_of_entry_id(raw->entry);
  if (!item) return {};
  return AttachmentRef{*item, load_le<std::uint32_t>(raw->tail.data() + 3)};
}

std::string format_change_key(std::uint8_t kind, const Guid& mailbox, std::uint64_t change) {
  ByteString out;
  append_le(out, std::uint32_t{kind});
  append_le(out, std::uint32_t{22});
  append_guid(out, mailbox);
  append_counter(out, change);
  return to_base64(as_bytes(out));
}

std::optional<std::uint64_t> parse_change_key(std::string_view key) {
  const auto raw = key.size() <= 512 ? from_base64(key) : Result<ByteString>(ByteString{});
  if (!raw || raw->size() != 30 || load_le<std::uint32_t>(raw->data() + 4) != 22) return {};
  return counter_at(*raw, 24);
}

}  // namespace mk::sim
