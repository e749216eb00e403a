#include "vault/tree_diff.h"

namespace mk::vault {
namespace {

/// A place in a tree: before a node that was not read, or at an entry.
class Cursor {
 public:
  Cursor(ChunkSource& in, const TreeWriter::Root& root) : in_(in) {
    if (root.id.is_zero()) return;
    Node top;
    top.level = static_cast<std::uint8_t>(root.level + 1);
    top.children.push_back({"", root.entries, root.bytes, root.id});
    frames_.push_back({std::move(top), 0});
  }

  bool at_end() const { return frames_.empty(); }
  /// The node that begins here, nullptr at an entry.
  const Child* node() const {
    const Frame& f = frames_.back();
    return f.node.children.empty() ? nullptr : &f.node.children[f.at];
  }
  std::uint8_t level() const { return static_cast<std::uint8_t>(frames_.back().node.level - 1); }
  const Entry& entry() const { return frames_.back().node.entries[frames_.back().at]; }

  Status descend() {
    const ChunkId id = node()->id;
    const std::uint8_t below = level();
    TRY_ASSIGN(Node read, read_node(in_, id, below));
    const bool empty = read.entries.empty() && read.children.empty();
    if (empty) return step(), ok;
    frames_.push_back({std::move(read), 0});
    return ok;
  }
  /// Behind the entry or the whole node.
  void step() {
    while (!frames_.empty()) {
      Frame& f = frames_.back();
      if (++f.at < f.node.entries.size() + f.node.children.size()) return;
      frames_.pop_back();
    }
  }

 private:
  struct Frame {
    Node node;
    std::size_t at;
  };
  ChunkSource& in_;
  std::vector<Frame> frames_;
};

bool same(const Entry& a, const Entry& b) { return a.attributes == b.attributes && a.object == b.object; }

/// Goes into the node that is in the way of comparing; false when both are at entries or at their end.
Result<bool> open_node(Cursor& a, Cursor& b) {
  const Child* const in_a = a.at_end() ? nullptr : a.node();
  const Child* const in_b = b.at_end() ? nullptr : b.node();
  if (in_a == nullptr && in_b == nullptr) return false;
  if (in_a != nullptr && in_b != nullptr && a.level() == b.level()) {
    if (in_a->id == in_b->id) return a.step(), b.step(), true;
    TRY(a.descend());
    TRY(b.descend());
    return true;
  }
  const bool go_into_a = in_a != nullptr && (in_b == nullptr || a.level() > b.level());
  TRY(go_into_a ? a.descend() : b.descend());
  return true;
}

}  // namespace

Status compare_trees(ChunkSource& in, const TreeWriter::Root& before, const TreeWriter::Root& after,
                     const VisitDifference& visit) {
  Cursor a(in, before), b(in, after);
  while (!a.at_end() || !b.at_end()) {
    TRY_ASSIGN(const bool opened, open_node(a, b));
    if (opened) continue;
    const int order = a.at_end() ? 1 : b.at_end() ? -1 : a.entry().key.compare(b.entry().key);
    if (order < 0) TRY(visit(&a.entry(), nullptr));
    if (order > 0) TRY(visit(nullptr, &b.entry()));
    if (order == 0 && !same(a.entry(), b.entry())) TRY(visit(&a.entry(), &b.entry()));
    if (order <= 0) a.step();
    if (order >= 0) b.step();
  }
  return ok;
}

}  // namespace mk::vault
