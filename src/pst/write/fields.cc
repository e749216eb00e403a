#include "pst/write/fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "model/tags.h"

namespace mk::pst::write {
namespace {

using model::PropType;
namespace pid = model::pid;

/// Of every object: ids and access of the store it lay in, and replication state (PidTagRepl...) that is only
/// true together with that store's id map.
constexpr auto kOfTheStore =
    std::to_array<std::uint16_t>({0x0E09, 0x0E30, 0x0E33, 0x0E34, 0x0E38, 0x0E3C, 0x0E3D, 0x0FF4, 0x0FF5,
                                  0x0FF7, 0x0FF8, 0x0FFA, 0x0FFB, 0x67F2, 0x67F3});
constexpr auto kOfMessages =
    std::to_array<std::uint16_t>({pid::kMessageSize, pid::kMessageRecipients, pid::kMessageAttachments,
                                  pid::kMessageStatus, pid::kEntryId, pid::kRecordKey, pid::kObjectType});
constexpr auto kOfAttachments =
    std::to_array<std::uint16_t>({pid::kAttachSize, pid::kAttachNumber, pid::kRecordKey, pid::kObjectType});
constexpr auto kOfRecipients = std::to_array<std::uint16_t>({pid::kRowId});
constexpr auto kOfFolders = std::to_array<std::uint16_t>(
    {pid::kContentCount, pid::kContentUnreadCount, pid::kSubfolders, pid::kAssociatedContentCount,
     pid::kMessageSize, pid::kEntryId, pid::kRecordKey, pid::kObjectType, 0x360E, 0x360F, 0x3610, 0x3611,
     0x6635, 0x6636});

template <std::size_t N>
bool contains(const std::array<std::uint16_t, N>& ids, std::uint16_t id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

StoredValue stored(PropType type, ByteString bytes) {
  return {static_cast<std::uint16_t>(type), std::move(bytes), nullptr};
}

auto position(auto& list, std::uint16_t id) {
  return std::lower_bound(list.begin(), list.end(), id,
                          [](const Field& f, std::uint16_t i) { return f.id < i; });
}

struct Chosen {
  std::uint16_t id;
  const model::Property* property;
};

/// What is to be written of a list, by id.
Result<std::vector<Chosen>> choose(const model::PropertyList& list, Fields::Owner owner, NameMap& names) {
  std::vector<Chosen> out;
  out.reserve(list.size());
  for (const auto& p : list) {
    if (!is_storable(p.tag)) continue;
    std::uint16_t id = p.tag.id();
    if (p.name) {
      TRY_ASSIGN(id, names.id_of(*p.name));
    } else if (p.tag.is_named() || is_computed(id, owner)) {
      continue;  // a named property whose name nobody knows has no meaning, and its id is another's here
    }
    out.push_back({id, &p});
  }
  const auto before = [](const Chosen& a, const Chosen& b) { return a.id < b.id; };
  if (!std::is_sorted(out.begin(), out.end(), before)) std::stable_sort(out.begin(), out.end(), before);
  return out;
}

}  // namespace

bool is_computed(std::uint16_t id, Fields::Owner owner) {
  if (contains(kOfTheStore, id)) return true;
  switch (owner) {
    case Fields::Owner::kMessage:
      return contains(kOfMessages, id);
    case Fields::Owner::kAttachment:
      return contains(kOfAttachments, id);
    case Fields::Owner::kRecipient:
      return contains(kOfRecipients, id);
    case Fields::Owner::kFolder:
      return contains(kOfFolders, id);
  }
  return false;
}

Result<Fields> Fields::from(const model::PropertyList& list, Owner owner, unsigned code_page,
                            NameMap& names) {
  TRY_ASSIGN(const auto chosen, choose(list, owner, names));
  Fields out;
  out.list_.reserve(chosen.size() + 8);
  for (const auto& [id, p] : chosen) {
    if (!out.list_.empty() && out.list_.back().id == id) continue;  // of two with one id the first stays
    auto value = store_value(*p, code_page);
    if (!value) return std::move(value).error().in(fmt::format("property {:08X}", p->tag.value));
    out.list_.emplace_back(id, *std::move(value));
  }
  return out;
}

const Field* Fields::find(std::uint16_t id) const {
  const auto it = position(list_, id);
  return it != list_.end() && it->id == id ? &*it : nullptr;
}

const Field* Fields::find_tag(std::uint32_t tag) const {
  const Field* f = find(static_cast<std::uint16_t>(tag >> 16));
  return f != nullptr && f->tag() == tag ? f : nullptr;
}

void Fields::remove(std::uint16_t id) {
  const auto it = position(list_, id);
  if (it != list_.end() && it->id == id) list_.erase(it);
}

void Fields::set(std::uint16_t id, StoredValue value) {
  const auto it = position(list_, id);
  if (it != list_.end() && it->id == id)
    it->value = std::move(value);
  else
    list_.insert(it, {id, std::move(value)});
}

void Fields::set_integer(std::uint16_t id, std::uint32_t value) {
  set(id, stored(PropType::kInteger32, le_bytes(value)));
}
void Fields::set_boolean(std::uint16_t id, bool value) {
  set(id, stored(PropType::kBoolean, ByteString(1, value ? '\1' : '\0')));
}
void Fields::set_text(std::uint16_t id, std::string_view utf8) {
  set(id, stored(PropType::kString, utf16_from_utf8(utf8)));
}
void Fields::set_binary(std::uint16_t id, ByteString value) {
  set(id, stored(PropType::kBinary, std::move(value)));
}
void Fields::set_time(std::uint16_t id, FileTime value) {
  set(id, stored(PropType::kTime, le_bytes(value.ticks)));
}

std::uint32_t Fields::integer_or(std::uint16_t id, std::uint32_t otherwise) const {
  const Field* f = find(id);
  if (f == nullptr || f->value.type != static_cast<std::uint16_t>(PropType::kInteger32)) return otherwise;
  return load_le<std::uint32_t>(f->value.bytes.data());
}

/// A block of the heap may stay nearly half empty; a value of its own takes a block, its entry in the block
/// B-tree and one among the subnodes, where it is large a list of block ids too.
std::uint64_t fields_bound(const Fields& fields) {
  constexpr std::uint64_t kRecordBytes = 16, kBlockBytes = 256;
  std::uint64_t bytes = 0;
  for (const auto& f : fields) {
    const std::uint64_t n = f.value.size();
    bytes += kRecordBytes + (n <= disk::kHeapMaxAllocation ? 2 * n : n + n / 16 + kBlockBytes);
  }
  return bytes;
}

}  // namespace mk::pst::write
