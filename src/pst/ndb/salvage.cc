#include "pst/ndb/salvage.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "pst/disk/crypt.h"
#include "pst/ndb/scan.h"

namespace mk::pst::ndb {
namespace {

/// A leaf page of the node B-tree that a scan met; what was freed since may still be there.
struct NodePage {
  std::uint64_t bid = 0;  // rises with every page that is written
  std::vector<Node> nodes;
};

struct Found {
  std::vector<NodePage> pages;
  std::vector<disk::BbtEntry> blocks;
  std::size_t size() const { return pages.size() + blocks.size(); }
};

Result<Found> find_all(const Storage& storage, const disk::Layout& layout, const ScanOptions& options) {
  Found out;
  ScanVisitor visitor;
  visitor.node_page = [&](const disk::PageTrailer& trailer, Bytes entries, std::size_t stride) {
    NodePage page{trailer.bid, {}};
    for (std::size_t at = 0; at < entries.size(); at += stride)
      if (const auto e = disk::decode_as<disk::NbtEntry>(layout.form, entries.subspan(at, stride)))
        page.nodes.push_back({Nid(e->nid), Nid(e->nidParent), Bid(e->bidData), Bid(e->bidSub)});
    if (!page.nodes.empty()) out.pages.push_back(std::move(page));
  };
  visitor.block = [&](const disk::BbtEntry& block) { out.blocks.push_back(block); };
  TRY(scan(storage, layout, options, visitor));
  return out;
}

/// Ranges of NIDs for which a page has spoken.
class Covered {
 public:
  bool has(Nid n) const {
    const auto it = ranges_.upper_bound(n);
    return it != ranges_.begin() && std::prev(it)->second >= n;
  }
  void add(Nid first, Nid last) {
    auto it = ranges_.upper_bound(first);
    if (it != ranges_.begin() && std::prev(it)->second >= first) --it, first = it->first;
    while (it != ranges_.end() && it->first <= last) {
      last = std::max(last, it->second);
      it = ranges_.erase(it);
    }
    ranges_[first] = last;
  }

 private:
  std::map<Nid, Nid> ranges_;
};

bool by_nid(const Node& a, const Node& b) { return a.nid < b.nid; }
bool by_bid(const disk::BbtEntry& a, const disk::BbtEntry& b) {
  return Bid(a.BREF.bid).key() < Bid(b.BREF.bid).key();
}

template <class T, class Less>
void sort_unique(std::vector<T>& list, Less less) {
  std::stable_sort(list.begin(), list.end(), less);
  list.erase(std::unique(list.begin(), list.end(),
                         [&](const T& a, const T& b) { return !less(a, b) && !less(b, a); }),
             list.end());
}

/// Nodes of all pages; of two pages for the same NIDs the one that was written later is right, also about
/// what is not there any more. What the B-tree led to comes before all.
std::vector<Node> merge(std::vector<Node> reached, std::vector<NodePage> pages) {
  std::stable_sort(pages.begin(), pages.end(),
                   [](const NodePage& a, const NodePage& b) { return a.bid > b.bid; });
  Covered covered;
  for (const auto& p : pages) {
    for (const auto& n : p.nodes)
      if (!covered.has(n.nid)) reached.push_back(n);
    covered.add(p.nodes.front().nid, p.nodes.back().nid);
  }
  sort_unique(reached, by_nid);
  return reached;
}

/// Blocks never change: of two with one id, either will do. Those that the B-tree led to come first.
std::vector<disk::BbtEntry> merge(std::vector<disk::BbtEntry> reached,
                                  const std::vector<disk::BbtEntry>& found) {
  reached.insert(reached.end(), found.begin(), found.end());
  sort_unique(reached, by_bid);
  return reached;
}

bool begins_a_heap(Bytes data) {
  return data.size() > 4 && data[2] == std::byte{0xEC} &&
         (data[3] == std::byte{0xBC} || data[3] == std::byte{0x7C});
}

/// The encoding in which most blocks begin as heaps do.
disk::CryptMethod guess_encoding(const Storage& storage, const std::vector<disk::BbtEntry>& blocks) {
  constexpr std::size_t kAsked = 512, kStart = 8;
  constexpr std::array kMethods = {disk::CryptMethod::kPermute, disk::CryptMethod::kNone,
                                   disk::CryptMethod::kCyclic};
  std::array<std::size_t, kMethods.size()> votes{};
  std::size_t asked = 0;
  for (const auto& b : blocks) {
    if (Bid(b.BREF.bid).is_internal() || b.cb < kStart || b.cbInflated > b.cb || asked == kAsked) continue;
    ++asked;
    std::array<std::byte, kStart> stored{};
    if (!storage.read_at(b.BREF.ib, stored)) continue;
    for (std::size_t i = 0; i < kMethods.size(); ++i) {
      auto plain = stored;
      disk::decode_block(kMethods[i], b.BREF.bid, plain);
      if (begins_a_heap(plain)) ++votes[i];
    }
  }
  return kMethods[static_cast<std::size_t>(std::max_element(votes.begin(), votes.end()) - votes.begin())];
}

class Salvage {
 public:
  Salvage(std::shared_ptr<const Storage> storage, ReadOptions options, std::vector<std::string>& damage)
      : storage_(std::move(storage)), options_(options), damage_(damage) {}

  Result<std::shared_ptr<const Database>> run() {
    auto header = read_header(*storage_, options_);
    if (header) {
      walk(*header);
      if (damage_.empty()) return Database::make(storage_, *header, options_, {});
    } else {
      damage_.push_back(header.error().what);
    }
    TRY_ASSIGN(FileHeader known, header ? Result<FileHeader>(*header) : guess_header());
    return scanned(known, static_cast<bool>(header));
  }

 private:
  /// Collects what the B-trees lead to.
  void walk(const FileHeader& header) {
    const auto db = Database::make(storage_, header, options_, {});
    if (header.fields.root.ibFileEof > storage_->size())
      damage_.push_back(fmt::format("the file is cut: {} of its {} bytes are missing",
                                    header.fields.root.ibFileEof - storage_->size(),
                                    header.fields.root.ibFileEof));
    const Status nodes = db->visit_nodes([&](const Node& n) { maps_.nodes.push_back(n); });
    const Status blocks = db->visit_blocks([&](const disk::BbtEntry& b) { maps_.blocks.push_back(b); });
    if (!nodes) damage_.push_back(nodes.error().what);
    if (!blocks) damage_.push_back(blocks.error().what);
  }

  /// The form of which most is found. Its start may still tell which it is.
  Result<FileHeader> guess_header() {
    FileHeader out;
    const ScanOptions scan_options{options_.verify_checksums, false};
    std::size_t most = 0;
    for (const auto form : {disk::Form::kUnicode, disk::Form::kAnsi, disk::Form::kUnicode4K}) {
      TRY_ASSIGN(const Found found, find_all(*storage_, disk::layout_of(form), scan_options));
      if (found.size() <= most) continue;
      most = found.size();
      out.form = form;
      out.fields.bCryptMethod = guess_encoding(*storage_, found.blocks);
    }
    if (most == 0)
      return Error{Code::kNotFound,
                   "nothing in the file looks like a page or a block of a PST: there is nothing to "
                   "recover"};
    return out;
  }

  Result<std::shared_ptr<const Database>> scanned(const FileHeader& header, bool trust_maps) {
    const ScanOptions scan_options{options_.verify_checksums,
                                   trust_maps && header.fields.root.fAMapValid != 0};
    TRY_ASSIGN(Found found, find_all(*storage_, disk::layout_of(header.form), scan_options));
    maps_.nodes = merge(std::move(maps_.nodes), std::move(found.pages));
    maps_.blocks = merge(std::move(maps_.blocks), found.blocks);
    damage_.push_back(fmt::format("the file was scanned: {} nodes and {} blocks were found",
                                  maps_.nodes.size(), maps_.blocks.size()));
    return Database::make(storage_, header, options_, std::move(maps_));
  }

  std::shared_ptr<const Storage> storage_;
  ReadOptions options_;
  std::vector<std::string>& damage_;
  Maps maps_;
};

}  // namespace

Result<std::shared_ptr<const Database>> salvage(std::shared_ptr<const Storage> storage, ReadOptions options,
                                                std::vector<std::string>& damage) {
  return Salvage(std::move(storage), options, damage).run();
}

}  // namespace mk::pst::ndb
