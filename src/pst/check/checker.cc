#include "pst/check/checker.h"

#include "pst/check/folder_check.h"
#include "pst/check/space_check.h"
#include "pst/check/store_check.h"

namespace mk::pst::check {
namespace {

bool is_folder(NidType t) { return t == NidType::kNormalFolder || t == NidType::kSearchFolder; }
bool is_message(NidType t) { return t == NidType::kNormalMessage || t == NidType::kAssocMessage; }

class Checker {
 public:
  Checker(const Medium& medium, const CheckOptions& options, Findings& findings)
      : m_(medium),
        options_(options),
        out_(findings),
        blocks_(medium, work_),
        references_(options.spill_directory, findings),
        extents_(options.spill_directory),
        page_bids_(options.spill_directory),
        children_(options.spill_directory),
        versions_(options.spill_directory),
        store_(blocks_, findings) {}

  Status run(CheckReport& report) {
    TRY(walk_trees(report));
    TRY(check_space());
    TRY(check_references());
    if (static_cast<unsigned>(m_.header.bCryptMethod) <= 2) TRY(check_objects());
    check_totals(m_, totals_, out_);
    report.work = work_.spent();
    if (work_.exhausted() || !references_.complete())
      out_.add("check.incomplete", {nullptr, "", 0, "blocks"}, "trees of blocks",
               "circles, or the same again");
    return ok;
  }

 private:
  Status tick(const char* phase, std::uint64_t done, std::uint64_t of) {
    if (options_.cancelled != nullptr && *options_.cancelled) return Error{Code::kCancelled, "interrupted"};
    if (options_.progress) options_.progress(phase, done, of);
    return ok;
  }

  Status walk_trees(CheckReport& report) {
    TreeCheck tree(m_, out_, extents_, page_bids_);
    const auto take_node = [&](const LeafEntry& e, const Where& where) -> Status {
      if (++report.nodes % 4096 == 0) TRY(tick("nodes", report.nodes, 0));
      return node(e, where);
    };
    const auto take_block = [&](const LeafEntry& e, const Where& where) -> Status {
      if (++report.blocks % 4096 == 0) TRY(tick("blocks", report.blocks, 0));
      return block(e, where);
    };
    TRY(tree.run(disk::PageType::kNBT, take_node));
    TRY(tree.run(disk::PageType::kBBT, take_block));
    totals_.greatest_page_bid = tree.greatest_bid();
    TRY(page_bids_.sort());
    for (std::optional<std::uint64_t> last;;) {
      TRY_ASSIGN(const auto bid, page_bids_.next());
      if (!bid) return ok;
      out_.expect(bid != last, "page.duplicate-bid", {nullptr, "page", *bid, ""}, "a bid of its own", *bid);
      last = bid;
    }
  }

  Status block(const LeafEntry& raw, const Where& where) {
    TRY_ASSIGN(const auto e, disk::decode_as<disk::BbtEntry>(m_.layout.form, raw));
    out_.equal("btree.entry-padding", where, e.dwPadding, 0);
    out_.expect((e.BREF.bid & 1) == 0, "bid.reserved-bit", where, "bit 0 clear", e.BREF.bid);
    totals_.greatest_block_bid = std::max(totals_.greatest_block_bid, e.BREF.bid);
    work_.grant(m_.layout.bbt_entry);
    references_.allow(kReferencesOfEach);
    return extents_.add({e.BREF.ib, e.BREF.bid, e.cb, e.cbInflated, 0});
  }

  Status node(const LeafEntry& raw, const Where& where) {
    disk::NbtEntry e;
    Reader r(raw);
    disk::read_as(m_.layout.form, r, e);
    out_.equal("btree.entry-padding", where, e.dwPadding, 0);
    const NodeRef n = node_of(m_, raw);
    const Where at{nullptr, "node", n.nid.value, ""};
    count_index(n.nid, false, totals_, out_, at);
    work_.grant(m_.layout.nbt_entry);
    references_.allow(kReferencesOfEach);
    TRY(references_.add(n.data, BlockKind::kData, n.nid.value, false));
    TRY(references_.add(n.sub, BlockKind::kSubnodes, n.nid.value, false));
    out_.expect(n.sub.is_null() || n.sub.is_internal(), "bid.kind", at, "an internal block", n.sub.value);
    return place(n, at);
  }

  /// A node has two; a block is listed once, and more often by crafted files only.
  static constexpr std::uint64_t kReferencesOfEach = 4;

  /// Where a node belongs.
  Status place(const NodeRef& n, const Where& where) {
    const NidType type = n.nid.type();
    if (!is_folder(type) && !is_message(type)) {
      out_.equal("nbt.parent-not-zero", where, n.parent.value, 0);
      return ok;
    }
    const auto parent = blocks_.find_node(n.parent);
    const bool fits = parent && n.parent.type() == NidType::kNormalFolder;
    out_.expect(fits || work_.exhausted(), "nbt.parent", where, "a folder", n.parent.value);
    if (is_message(type))
      return children_.add({n.parent.value,
                            type == NidType::kNormalMessage ? Child::kMessage : Child::kAssociated,
                            n.nid.value});
    if (type == NidType::kSearchFolder) store_.add_search_folder(n.nid);
    TRY(children_.add({n.nid.value, Child::kSelf, 0}));
    if (n.nid == nid::kRootFolder) {
      out_.equal("nbt.parent", where, n.parent.value, nid::kRootFolder.value);
      return ok;
    }
    if (fits) check_above(*parent, where);
    return children_.add({n.parent.value, Child::kFolder, n.nid.value});
  }

  struct Known {
    Nid nid;
    bool lost = false;  // not below the root
  };
  /// What was found of a folder is remembered, in a place by its index.
  void check_above(const NodeRef& parent, const Where& where) {
    constexpr std::size_t kMaxDepth = 1024;
    std::vector<Nid> path;
    NodeRef at = parent;
    bool lost = true;
    while (path.size() < kMaxDepth) {
      const Known& known = known_[at.nid.index() % known_.size()];
      if (at.nid == nid::kRootFolder || known.nid == at.nid) {
        lost = at.nid != nid::kRootFolder && known.lost;
        break;
      }
      path.push_back(at.nid);
      const auto next = blocks_.find_node(at.parent);
      if (!next) return;  // which is said of that node itself
      at = *next;
    }
    for (const Nid n : path) known_[n.index() % known_.size()] = {n, lost};
    if (lost) out_.add("nbt.parent-cycle", where, "the root folder above it", "none");
  }

  Status check_space() {
    BlockCheck check(blocks_, out_, references_, totals_);
    SpaceCheck space(m_, out_, check, totals_, work_);
    return space.run(extents_, [&](std::uint64_t at) { return tick("bytes", at, m_.size); });
  }

  /// The BBT once more, beside the sorted references; what its pages are like was said the first time.
  Status check_references() {
    TRY(references_.begin());
    Findings silent({}, nullptr);
    Sorter<Extent> extents(options_.spill_directory);
    Sorter<std::uint64_t> page_bids(options_.spill_directory);
    TreeCheck tree(m_, silent, extents, page_bids);
    std::uint64_t n = 0;
    const auto take = [&](const LeafEntry& raw, const Where&) -> Status {
      if (++n % 4096 == 0) TRY(tick("references", n, 0));
      TRY_ASSIGN(const auto e, disk::decode_as<disk::BbtEntry>(m_.layout.form, raw));
      return references_.entry(e);
    };
    TRY(tree.run(disk::PageType::kBBT, take));
    return references_.end();
  }

  Status check_objects() {
    TRY(store_.run());
    FolderCheck folders(blocks_, out_, versions_, store_.id_map_is_empty());
    TRY(folders.run(children_, store_.names(), [&](std::uint64_t n) { return tick("items", n, 0); }));
    store_.finish();
    TRY(versions_.sort());
    for (std::optional<RowVersion> last;;) {
      TRY_ASSIGN(const auto v, versions_.next());
      if (!v) return ok;
      const bool fresh = !last || last->version != v->version;
      out_.expect(fresh, "tc.row-version", {nullptr, "node", v->table, ""}, "a version of its own",
                  v->version);
      totals_.greatest_row_version = v->version;
      last = v;
    }
  }

  const Medium& m_;
  const CheckOptions& options_;
  Findings& out_;
  Work work_;
  Blocks blocks_;
  References references_;
  Sorter<Extent> extents_;
  Sorter<std::uint64_t> page_bids_;
  Sorter<Child> children_;
  Sorter<RowVersion> versions_;
  StoreCheck store_;
  Totals totals_;
  std::vector<Known> known_ = std::vector<Known>(std::size_t{1} << 16);
};

}  // namespace

Result<CheckReport> check_pst(std::shared_ptr<const ndb::Storage> storage, const CheckOptions& options,
                              const Findings::Sink& sink) {
  Findings findings(options.findings, sink);
  TRY_ASSIGN(const Medium medium, check_header(std::move(storage), findings));
  CheckReport report;
  report.bytes = medium.size;
  TRY(Checker(medium, options, findings).run(report));
  for (std::size_t i = 0; i < kRules.size(); ++i) report.counts[i] = findings.count(i);
  report.notes = findings.count(Weight::kNote);
  report.repairs = findings.count(Weight::kRepair);
  report.fatals = findings.count(Weight::kFatal);
  return report;
}

}  // namespace mk::pst::check
