#include "archive/records.h"

#include <fmt/format.h>

#include "base/wire.h"

namespace mk::archive {
namespace {

constexpr std::uint16_t kVersion = 2, kVersionOfOneTree = 1;
constexpr std::size_t kMaxLabelBytes = 512;
constexpr std::size_t kMaxTextBytes = 0xFFFF;

struct PointHead {
  static constexpr char kName[] = "POINT";
  std::uint16_t version = kVersion;
  PointKind kind = PointKind::kFull;
  PointForm form = PointForm::kItems;
  std::uint64_t started = 0, finished = 0, items = 0;
  std::array<std::uint16_t, 2> lengths{};
  static constexpr void fields(auto& io, auto& t) {
    io("version", t.version), io("kind", t.kind), io("form", t.form), io("started", t.started);
    io("finished", t.finished), io("items", t.items), io("lengths", t.lengths);
  }
};

struct FolderHead {
  static constexpr char kName[] = "FOLDER";
  std::uint8_t flags = 0;
  std::array<std::uint8_t, 3> reserved{};
  std::uint32_t position = 0;
  std::int32_t set = -1;
  std::uint64_t items = 0, associated = 0;
  std::array<std::uint16_t, 8> lengths{};
  static constexpr void fields(auto& io, auto& t) {
    io("flags", t.flags), io("reserved", t.reserved), io("position", t.position), io("set", t.set);
    io("items", t.items), io("associated", t.associated), io("lengths", t.lengths);
  }
};
constexpr std::uint8_t kReadable = 1;

struct ItemHead {
  static constexpr char kName[] = "ITEM";
  std::uint8_t flags = 0;
  std::array<std::uint8_t, 3> reserved{};
  std::uint64_t size = 0, received = 0, bytes = 0;
  Sha256Digest sha256{};
  std::array<std::uint16_t, 7> lengths{};
  static constexpr void fields(auto& io, auto& t) {
    io("flags", t.flags), io("reserved", t.reserved), io("size", t.size), io("received", t.received);
    io("bytes", t.bytes), io("sha256", t.sha256), io("lengths", t.lengths);
  }
};
constexpr std::uint8_t kAssociated = 1, kRead = 2, kReadWhenStored = 4, kHasAttachments = 8, kItemFlags = 15;
static_assert(wire_size<PointHead>() == 32 && wire_size<FolderHead>() == 44 && wire_size<ItemHead>() == 74);

/// A stored stream as journals name it.
struct StreamPlace {
  static constexpr char kName[] = "stream";
  std::uint64_t size = 0, bytes = 0;
  std::uint8_t depth = 0;
  vault::ChunkId id;
  Sha256Digest sha256{};
  std::uint32_t offset = 0;
  static constexpr void fields(auto& io, auto& t) {
    io("size", t.size), io("bytes", t.bytes), io("depth", t.depth), io("id", t.id), io("sha256", t.sha256);
    io("offset", t.offset);
  }
};

std::uint8_t flag(bool is_set, std::uint8_t bit) { return is_set ? bit : std::uint8_t{0}; }

template <class Head, std::size_t N>
Result<ByteString> with_texts(Head head, const std::array<const std::string*, N>& texts) {
  static_assert(std::tuple_size_v<decltype(head.lengths)> == N);
  for (std::size_t i = 0; i < N; ++i) {
    if (texts[i]->size() > kMaxTextBytes)
      return Error{Code::kInvalid, fmt::format("{}: a text of {} bytes; the longest has {}", Head::kName,
                                               texts[i]->size(), kMaxTextBytes)};
    head.lengths[i] = static_cast<std::uint16_t>(texts[i]->size());
  }
  ByteString out = mk::encode(head);
  for (const std::string* text : texts) out += *text;
  return out;
}

template <class Head, std::size_t N>
Result<Head> read_texts(Bytes in, const std::array<std::string*, N>& texts) {
  Reader r(in);
  Head head;
  Head::fields(r, head);
  for (std::size_t i = 0; i < N; ++i) *texts[i] = as_chars(r.take("texts", head.lengths[i]));
  if (!r.ok()) return r.error(Head::kName);
  bool is_known = r.left() == 0;
  if constexpr (requires { head.reserved; })
    is_known = is_known && head.reserved == decltype(head.reserved){};
  if (!is_known) return Error{Code::kCorrupt, fmt::format("{}: bytes that no such record has", Head::kName)};
  return head;
}

/// The first bytes of a label, without half a character.
std::string clipped(const std::string& text) {
  if (text.size() <= kMaxLabelBytes) return text;
  std::size_t n = kMaxLabelBytes;
  while (n > 0 && (static_cast<unsigned char>(text[n]) & 0xC0) == 0x80) --n;
  return text.substr(0, n);
}

}  // namespace

Result<ByteString> encode(const PointRecord& p) {
  PointHead h;
  h.version = p.items_apart ? kVersion : kVersionOfOneTree;
  h.kind = p.kind, h.form = p.form;
  h.started = p.started.ticks, h.finished = p.finished.ticks, h.items = p.items;
  return with_texts(h, std::array{&p.mailbox, &p.name});
}

Result<PointRecord> decode_point(Bytes in) {
  PointRecord p;
  if (in.size() >= 2 && load_le<std::uint16_t>(in.data()) > kVersion)
    return Error{Code::kUnsupported, fmt::format("POINT.version {}: this mailkeep reads {}; use a newer one",
                                                 load_le<std::uint16_t>(in.data()), kVersion)};
  TRY_ASSIGN(const PointHead h, (read_texts<PointHead>(in, std::array{&p.mailbox, &p.name})));
  const bool is_form =
      h.form == PointForm::kItems || (h.form == PointForm::kPstFiles && h.version == kVersion);
  if (!is_form || h.version < kVersionOfOneTree || h.kind < PointKind::kFull ||
      h.kind > PointKind::kIncremental)
    return Error{Code::kCorrupt, "POINT: a version or kind that there is not"};
  p.kind = h.kind, p.form = h.form;
  p.started.ticks = h.started, p.finished.ticks = h.finished, p.items = h.items;
  p.items_apart = h.version != kVersionOfOneTree;
  return p;
}

Result<ByteString> encode(const FolderRecord& f) {
  FolderHead h;
  h.flags = flag(f.folder.readable, kReadable);
  h.position = f.position, h.set = f.set;
  h.items = f.held.items, h.associated = f.held.associated;
  const model::Folder& o = f.folder;
  return with_texts(h, std::array{&o.id.value, &o.parent.value, &o.name, &o.folder_class, &o.well_known,
                                  &o.why_unreadable, &f.state.value, &f.ledger});
}

Result<FolderRecord> decode_folder(Bytes in) {
  FolderRecord f;
  model::Folder& o = f.folder;
  TRY_ASSIGN(
      const FolderHead h,
      (read_texts<FolderHead>(in, std::array{&o.id.value, &o.parent.value, &o.name, &o.folder_class,
                                             &o.well_known, &o.why_unreadable, &f.state.value, &f.ledger})));
  if (h.flags > kReadable) return Error{Code::kCorrupt, "FOLDER.flags: bits that there are not"};
  o.readable = h.flags == kReadable;
  o.items = f.held.items = h.items, o.associated = f.held.associated = h.associated;
  f.position = h.position, f.set = h.set;
  return f;
}

Result<ByteString> encode(const ItemRecord& i) {
  ItemHead h;
  h.flags = static_cast<std::uint8_t>(flag(i.head.associated, kAssociated) | flag(i.head.read, kRead) |
                                      flag(i.read_when_stored, kReadWhenStored) |
                                      flag(i.head.has_attachments, kHasAttachments));
  h.size = i.head.size_bytes, h.received = i.label.received.ticks;
  h.bytes = i.stream.bytes, h.sha256 = i.stream.sha256;
  const std::string subject = clipped(i.label.subject), sender = clipped(i.label.sender);
  auto out = with_texts(h, std::array{&i.head.id.value, &i.head.change_key.value, &i.head.item_class,
                                      &subject, &sender, &i.content_hash, &i.search_key});
  if (out && out->size() <= vault::kMaxAttributeBytes) return out;
  return Error{Code::kUnsupported, fmt::format("an item whose ids have {} bytes; {} are the most",
                                               i.head.id.value.size() + i.head.change_key.value.size(),
                                               vault::kMaxAttributeBytes)};
}

Result<ItemRecord> decode_item(Bytes in, const vault::ObjectRef& object) {
  ItemRecord i;
  TRY_ASSIGN(const ItemHead h,
             (read_texts<ItemHead>(
                 in, std::array{&i.head.id.value, &i.head.change_key.value, &i.head.item_class,
                                &i.label.subject, &i.label.sender, &i.content_hash, &i.search_key})));
  if (h.flags > kItemFlags) return Error{Code::kCorrupt, "ITEM.flags: bits that there are not"};
  i.head.associated = (h.flags & kAssociated) != 0;
  i.head.read = (h.flags & kRead) != 0;
  i.read_when_stored = (h.flags & kReadWhenStored) != 0;
  i.head.has_attachments = (h.flags & kHasAttachments) != 0;
  i.head.size_bytes = h.size, i.label.received.ticks = h.received;
  i.stream = {object, h.bytes, h.sha256};
  return i;
}

std::string format_stream(const StoredStream& s) {
  const StreamPlace place{s.object.size, s.bytes, s.object.depth, s.object.id, s.sha256, s.object.offset};
  return to_hex(as_bytes(mk::encode(place)));
}

Result<StoredStream> parse_stream(std::string_view text) {
  auto bytes = from_hex(text);
  if (bytes && bytes->size() + sizeof(StreamPlace::offset) == wire_size<StreamPlace>())
    bytes->append(sizeof(StreamPlace::offset), '\0');  // of version 1, which had none
  if (!bytes || bytes->size() != wire_size<StreamPlace>())
    return Error{Code::kCorrupt, "a line does not say where the stream of its item is"};
  TRY_ASSIGN(const StreamPlace p, decode<StreamPlace>(as_bytes(*bytes)));
  if (p.offset >= vault::kMaxChunkBytes || (p.offset > 0 && p.depth > 0))
    return Error{Code::kCorrupt, "a line says that the stream of its item is where no chunk reaches"};
  return StoredStream{{p.size, p.depth, p.id, p.offset}, p.bytes, p.sha256};
}

}  // namespace mk::archive
