#include "pst/check/name_check.h"

#include <map>
#include <set>

#include "base/hash.h"
#include "pst/disk/crc.h"

namespace mk::pst::check {
namespace {

constexpr std::uint16_t kBinary = 0x102;
constexpr std::size_t kEntryBytes = wire_size<disk::NameId>();
constexpr std::uint64_t kMostEntries = 0x8000, kMostStrings = std::uint64_t{64} << 20;

class NameCheck {
 public:
  NameCheck(Blocks& blocks, const Properties& pc, Names& names, Findings& out, const Where& where)
      : blocks_(blocks), pc_(pc), names_(names), out_(out), where_(where) {}

  void run() {
    out_.equal("names.bucket-count", where_, pc_.integer(disk::kNameidBucketCount), disk::kNameidBuckets);
    check_stream(disk::kNameidStreamGuid, 16);
    check_stream(disk::kNameidStreamEntry, kEntryBytes);
    check_stream(disk::kNameidStreamString, 1);
    strings_ = stream(disk::kNameidStreamString, kMostStrings);
    n_guids_ = stream(disk::kNameidStreamGuid, kMostStrings).size() / 16;
    const ByteString entries = stream(disk::kNameidStreamEntry, kEntryBytes * kMostEntries);
    for (std::size_t at = 0; at + kEntryBytes <= entries.size(); at += kEntryBytes)
      check_entry(at / kEntryBytes, *decode<disk::NameId>(as_bytes(entries).subspan(at, kEntryBytes)));
    check_buckets();
  }

 private:
  static ByteString key(std::uint32_t bucket, const disk::NameId& e) { return le_bytes(bucket) + encode(e); }

  void check_stream(std::uint16_t id, std::uint64_t unit) {
    const Value* v = pc_.find(id, kBinary);
    out_.expect(v != nullptr && v->size > 0 && v->size % unit == 0, "names.stream",
                {&where_, "property", id, ""}, "whole elements", v == nullptr ? 0 : v->size);
  }
  ByteString stream(std::uint16_t id, std::uint64_t most) { return bytes_of(pc_.find(id), most); }
  ByteString bytes_of(const Value* v, std::uint64_t most) {
    return v == nullptr ? "" : v->data.is_null() ? v->bytes : Data::open(blocks_, v->data).front(most);
  }

  void check_entry(std::size_t i, disk::NameId e) {
    const Where at{&where_, "name", i, ""};
    out_.equal("names.index", at, e.wPropIdx, i);
    if (names_.known.size() <= e.wPropIdx) names_.known.resize(e.wPropIdx + std::size_t{1});
    names_.known[e.wPropIdx] = true;
    out_.expect((e.wGuid >> 1) < n_guids_ + 3, "names.guid", at, "a GUID of the stream", e.wGuid);
    ByteString name = le_bytes(e.dwPropertyID);
    if ((e.wGuid & 1) != 0) {
      const Bytes text = string_at(e.dwPropertyID, at);
      if (text.empty()) return;
      e.dwPropertyID = disk::crc(text);
      name = ByteString(as_chars(sha256(text)));
    }
    out_.expect(taken_.insert(le_bytes(e.wGuid) + name).second, "names.duplicate", at, "a name of its own",
                "another's");
    ++wanted_[key((e.dwPropertyID ^ e.wGuid) % disk::kNameidBuckets, e)];
    ++n_wanted_;
  }

  Bytes string_at(std::uint64_t from, const Where& at) {
    const std::uint64_t size = strings_.size();
    const std::uint64_t bytes = from + 4 <= size ? load_le<std::uint32_t>(strings_.data() + from) : 0;
    const bool fits = from % 4 == 0 && bytes != 0 && bytes % 2 == 0 && bytes <= size - from - 4;
    out_.expect(fits, "names.string", at, "an aligned string of the stream", from);
    constexpr std::uint64_t kUnits = 8;  // crafted strings lie in one another
    return fits && blocks_.spend(kUnits * bytes) ? as_bytes(strings_).subspan(from + 4, bytes) : Bytes();
  }

  void check_buckets() {
    for (const auto& [id, v] : pc_.all()) {
      if (id < disk::kNameidBucketBase) continue;
      const Where at{&where_, "bucket", id, ""};
      out_.expect(v.size % kEntryBytes == 0, "names.bucket", at, "whole entries", v.size);
      out_.expect(v.size <= kEntryBytes * n_wanted_, "names.bucket", at, "no more entries than names",
                  v.size);
      if (!blocks_.spend(16 * v.size)) return;
      check_bucket(id, bytes_of(&v, kEntryBytes * n_wanted_), at);
    }
    for (const auto& [k, n] : wanted_)
      if (n > 0)
        out_.add("names.bucket",
                 {&where_, "bucket", load_le<std::uint32_t>(k.data()) + disk::kNameidBucketBase, ""},
                 "an entry for " + shown(as_bytes(k).subspan(4)), "none");
  }

  void check_bucket(std::uint16_t id, const ByteString& bucket, const Where& where) {
    for (std::size_t at = 0; at + kEntryBytes <= bucket.size(); at += kEntryBytes) {
      const auto e = *decode<disk::NameId>(as_bytes(bucket).subspan(at, kEntryBytes));
      const auto it = wanted_.find(key(std::uint32_t{id} - disk::kNameidBucketBase, e));
      const bool there = it != wanted_.end() && --it->second == 0;
      out_.expect(there, "names.bucket", where, "an entry that belongs here, once", e.wPropIdx);
    }
  }

  Blocks& blocks_;
  const Properties& pc_;
  Names& names_;
  Findings& out_;
  const Where& where_;
  ByteString strings_;
  std::uint64_t n_guids_ = 0, n_wanted_ = 0;
  std::map<ByteString, int> wanted_;  // by bucket and entry
  std::set<ByteString> taken_;        // GUID, and id or a digest of the name
};

}  // namespace

Status check_name_map(Blocks& blocks, Names& names, Findings& out) {
  const Where where{nullptr, "node", nid::kNameToIdMap.value, ""};
  const auto node = blocks.find_node(nid::kNameToIdMap);
  if (!node) return ok;
  TRY_ASSIGN(const auto pc, Properties::read(blocks, node->data, node->sub, out, where));
  if (pc) NameCheck(blocks, *pc, names, out, where).run();
  return ok;
}

}  // namespace mk::pst::check
