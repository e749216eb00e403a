#include "pst/check/store_check.h"

#include <set>

#include "pst/check/name_check.h"

namespace mk::pst::check {
namespace {

constexpr std::uint16_t kInteger = 0x03, kBoolean = 0x0B, kText = 0x1F, kBinary = 0x102;
// What every genuine file has, from Outlook 97 on; what came later (0x2223 to 0x2230 with Unicode, the rest
// with 2007); what only some versions of today make.
constexpr std::uint32_t kWithData[] = {0x21,  0x61,  0x122, 0x12D, 0x12E, 0x12F, 0x60D,
                                       0x60E, 0x60F, 0x610, 0x62B, 0x64C, 0x671, 0x692};
constexpr std::uint32_t kWithoutData[] = {0x1E1, 0x201, 0x261};
constexpr std::uint32_t kNewerWithData[] = {0x6B6, 0x6D7, 0x6F8, 0xC01, 0x2223, 0x2227, 0x2230};
constexpr std::uint32_t kNewerWithoutData[] = {0x2226};
constexpr std::uint32_t kToday[] = {0xE41};
constexpr std::uint32_t kLate[] = {0xEC1};
constexpr std::uint32_t kTemplates[] = {0x60D, 0x60E, 0x60F, 0x610, 0x64C, 0x671, 0x692, 0x6B6, 0x6D7, 0x6F8};

bool is_folder(Nid nid) {
  return nid.type() == NidType::kNormalFolder || nid.type() == NidType::kSearchFolder;
}

}  // namespace

Status StoreCheck::run() {
  check_mandatory();
  for (const auto nid : kTemplates) TRY(check_template(nid));
  TRY(check_name_map(blocks_, names_, out_));
  TRY(check_store());
  TRY(check_receive_folders());
  TRY(check_id_map());
  TRY(check_message_index());
  check_domain();
  return ok;
}

void StoreCheck::check_present(RuleId missing, std::span<const std::uint32_t> nids, bool data) {
  for (const auto nid : nids) {
    const Where where{nullptr, "node", nid, ""};
    const auto node = blocks_.find_node(Nid(nid));
    if (!node)
      out_.add(missing, where, "a node", "none");
    else if (data)
      out_.expect(!node->data.is_null(), "node.no-data", where, "data", "none");
  }
}

void StoreCheck::check_mandatory() {
  check_present("node.missing", kWithData, true);
  check_present("node.missing", kWithoutData, false);
  check_present("node.missing-newer", kNewerWithData, true);
  check_present("node.missing-newer", kNewerWithoutData, false);
  check_present("node.missing-today", kToday, false);
  check_present("node.missing-late", kLate, false);
  check_empty("queue.waiting", nid::kSearchManagementQueue.value);
  check_empty("node.not-empty", nid::kSpamSearchFolder.sibling(NidType::kSearchUpdateQueue).value);
}

void StoreCheck::check_empty(RuleId rule, std::uint32_t nid) {
  if (const auto node = blocks_.find_node(Nid(nid)))
    out_.expect(node->data.is_null() && node->sub.is_null(), rule, {nullptr, "node", nid, ""}, "no data",
                node->data.value);
}

Status StoreCheck::check_template(std::uint32_t nid) {
  const Where where{nullptr, "node", nid, ""};
  const auto node = blocks_.find_node(Nid(nid));
  if (!node || node->data.is_null()) return ok;
  auto table = Table::open(blocks_, node->data, node->sub, out_, where);
  if (!table) return ok;
  check_columns(*table, Nid(nid).type(), "template.columns", m_, out_, where);
  check_template_order(*table, Nid(nid).type(), m_, out_, where);
  const bool is_template = nid != 0x64C;
  if (is_template) out_.equal("template.rows", where, table->n_rows(), 0);
  const auto take = [&](std::uint32_t, Bytes row, const Where& at) {
    check_values(*table, row, at);
    return Status(ok);
  };
  return table->visit(take, where);
}

Status StoreCheck::check_store() {
  const Where where{nullptr, "node", nid::kMessageStore.value, ""};
  const auto node = blocks_.find_node(nid::kMessageStore);
  if (!node) return ok;
  TRY_ASSIGN(const auto read, Properties::read(blocks_, node->data, node->sub, out_, where));
  if (!read) return ok;
  const Properties& pc = *read;
  constexpr RuleId kRule("store.property");
  check_property(pc, 0x0E34, kBinary, 24, kRule, out_, where);
  check_property(pc, 0x0E38, kInteger, 4, kRule, out_, where);
  check_property(pc, 0x0FF9, kBinary, 16, kRule, out_, where);
  check_property(pc, 0x3001, static_cast<std::uint16_t>(own_tag(kText, m_)), 0, kRule, out_, where);
  const bool has_mask = check_property(pc, 0x35DF, kInteger, 4, kRule, out_, where);
  if (check_property(pc, 0x6633, kBoolean, 1, kRule, out_, where))
    out_.equal("store.restrictions", where, pc.integer(0x6633), 1);
  check_property(pc, 0x66FA, kInteger, 4, kRule, out_, where);
  check_property(pc, 0x67FF, kInteger, 4, kRule, out_, where);
  for (const auto id : std::to_array<std::uint16_t>({0x35E0, 0x35E3, 0x35E7}))
    check_property(pc, id, kBinary, 0, kRule, out_, where);
  const Value* key = pc.find(0x0FF9);
  for (unsigned bit = 0; bit < 8; ++bit) {
    const auto id = static_cast<std::uint16_t>(0x35E0 + bit);
    if (pc.find(id) != nullptr) check_entry_id(pc, id, key != nullptr ? key->bytes : "", where);
    const bool said = (pc.integer(0x35DF) >> bit & 1) != 0;
    if (!has_mask || bit == 1 || said == (pc.find(id) != nullptr)) continue;
    const Where property{&where, "property", id, ""};
    if (said) out_.add("store.valid-mask", property, "there", "missing");
    if (!said) out_.add("store.valid-mask-unset", property, "not there", "there");
  }
  check_names(pc, names_, out_, where);
  return ok;
}

/// ENTRYID: flags, the store's record key, a NID.  [MS-PST] 2.4.3.2
void StoreCheck::check_entry_id(const Properties& pc, std::uint16_t id, const ByteString& key,
                                const Where& where) {
  const ByteString& v = pc.find(id)->bytes;
  const bool fits = v.size() == 24 && v.substr(0, 4) == ByteString(4, '\0') && v.substr(4, 16) == key &&
                    is_folder(Nid(load_le<std::uint32_t>(v.data() + 20))) &&
                    blocks_.find_node(Nid(load_le<std::uint32_t>(v.data() + 20)));
  out_.expect(fits, "store.entry-id", {&where, "property", id, ""}, "flags 0, the record key, a folder",
              shown(as_bytes(v)).c_str());
}

Status StoreCheck::check_receive_folders() {
  const Where where{nullptr, "node", nid::kReceiveFolderTable.value, ""};
  const auto node = blocks_.find_node(nid::kReceiveFolderTable);
  if (!node || node->data.is_null()) return ok;
  auto table = Table::open(blocks_, node->data, node->sub, out_, where);
  if (!table) return ok;
  check_columns(*table, NidType::kReceiveFolderTable, "template.columns", m_, out_, where);
  check_template_order(*table, NidType::kReceiveFolderTable, m_, out_, where);
  bool any = false;
  const auto take = [&](std::uint32_t, Bytes row, const Where& at) -> Status {
    const auto folder = table->integer(0x66050003, row);
    const bool there =
        folder && Nid(*folder).type() == NidType::kNormalFolder && blocks_.find_node(Nid(*folder));
    out_.expect(there, "receive.target", at, "a folder", folder.value_or(0));
    const disk::TColDesc* name = table->column(own_tag(0x001A001F, m_));
    const bool named = name != nullptr && table->is_set(*name, row) && table->cell(*name, row, at).size != 0;
    any = any || !named;
    return ok;
  };
  TRY(table->visit(take, where));
  out_.expect(any, "receive.default", where, "a row for the class \"\"", "none");
  return ok;
}

Status StoreCheck::check_id_map() {
  const Where where{nullptr, "node", 0xC01, ""};
  const auto node = blocks_.find_node(Nid(0xC01));
  if (!node || node->data.is_null()) return ok;
  auto heap = Heap::open(blocks_, node->data, disk::HeapClient::kIdMap, out_, where);
  if (!heap) return ok;
  const auto root = heap->get(heap->root());
  const bool leads =
      root && root->bytes.size() == 4 && heap->get(disk::Hid(load_le<std::uint32_t>(root->bytes.data())));
  out_.expect(leads, "id-map.root", where, "a HID of 4 bytes", root ? shown(root->bytes).c_str() : "none");
  if (!leads) return ok;
  std::uint64_t n = 0;
  const auto take = [&](Bytes record) {
    ++n;
    const Nid target(load_le<std::uint32_t>(record.data() + 16));
    out_.expect(blocks_.find_node(target).has_value(), "id-map.target", where, "a node", target.value);
    return Status(ok);
  };
  TRY(visit_bth(*heap, disk::Hid(load_le<std::uint32_t>(root->bytes.data())), 16, 4, out_, where, take));
  id_map_is_empty_ = n == 0;
  return ok;
}

/// What [MS-PST] does not describe: the root begins with the HID of a map from a number to a list of
/// messages.
Status StoreCheck::check_message_index() {
  const Where where{nullptr, "node", 0xE01, ""};
  const auto node = blocks_.find_node(Nid(0xE01));
  if (!node || node->data.is_null()) return ok;
  auto heap = Heap::open(blocks_, node->data, disk::HeapClient::kMessageIndex, out_, where);
  const auto root = heap ? heap->get(heap->root()) : std::nullopt;
  if (!root) return ok;
  const disk::Hid map(root->bytes.size() < 4 ? 0 : load_le<std::uint32_t>(root->bytes.data()));
  const auto take = [&](Bytes record) {
    const auto list = heap->get(disk::Hid(load_le<std::uint32_t>(record.data() + 4)));
    out_.expect(list && list->bytes.size() % 4 == 0, "message-index.layout", where, "a list of NIDs",
                list ? shown(list->bytes).c_str() : "none");
    return Status(ok);
  };
  return visit_bth(*heap, map, 4, 4, out_, where, take);
}

std::vector<std::uint32_t> StoreCheck::list_of(Nid nid) {
  std::vector<std::uint32_t> out;
  const auto node = blocks_.find_node(nid);
  if (!node) return out;
  constexpr std::uint64_t kMost = std::uint64_t{16} << 20;
  const ByteString raw = Data::open(blocks_, node->data).front(kMost);
  out_.expect(raw.size() % 4 == 0, "queue.size", {nullptr, "node", nid.value, ""}, "whole NIDs", raw.size());
  for (std::size_t i = 0; i + 4 <= raw.size(); i += 4) out.push_back(load_le<std::uint32_t>(raw.data() + i));
  return out;
}

void StoreCheck::check_domain() {
  std::set<std::uint32_t> seen;
  for (const auto v : list_of(nid::kSearchDomainObject)) {
    const Nid folder(NidType::kNormalFolder, Nid(v).index());  // the lower five bits are flags
    const bool there = blocks_.find_node(folder) || blocks_.find_node(folder.sibling(NidType::kSearchFolder));
    const bool fits = there && seen.insert(folder.value).second;
    out_.expect(fits, "sdo.stale", {nullptr, "node", nid::kSearchDomainObject.value, ""}, "a folder, once",
                v);
  }
}

void StoreCheck::finish() {
  const Where where{nullptr, "node", nid::kSearchActivityList.value, ""};
  std::sort(searches_.begin(), searches_.end());
  const auto queue = blocks_.find_node(nid::kSearchManagementQueue);
  const bool waiting = queue && !queue->data.is_null();  // Outlook fills the list when it comes to it
  std::set<std::uint32_t> seen;
  for (const auto v : list_of(nid::kSearchActivityList)) {
    const bool fits = std::binary_search(searches_.begin(), searches_.end(), v) && seen.insert(v).second;
    out_.expect(fits, "sal.stale", where, "a search folder, once", v);
  }
  for (const auto v : searches_)
    if (!seen.contains(v))
      out_.add(waiting ? RuleId("sal.pending") : RuleId("sal.missing"), {&where, "search folder", v, ""},
               "an entry", "none");
}

}  // namespace mk::pst::check
