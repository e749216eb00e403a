#include <fmt/format.h>

#include "vault/node.h"

namespace mk::vault {
namespace {

constexpr std::size_t kMaxNodeEntries = 1024;
constexpr std::size_t kMaxNodeBytes = 256 * 1024;
constexpr std::size_t kMinLeafBytes = 2048, kMinInnerBytes = 256;
constexpr std::uint8_t kCutMask = 3;

struct Walk {
  ChunkSource& in;
  const std::string& from;
  const std::function<Result<bool>(const Entry&)>& visit;
  const DamagedNode& damaged;
  bool going = true;
};

Status visit_node(Walk& w, const Child& at, std::uint8_t level) {
  const auto node = read_node(w.in, at.id, level);
  if (!node) {
    const Code code = node.error().code;
    const bool lost = code == Code::kCorrupt || code == Code::kTruncated || code == Code::kNotFound;
    if (!w.damaged || !lost) return node.error();
    w.damaged(at, node.error());
    return ok;
  }
  for (const Entry& e : node->entries) {
    if (!w.going) return ok;
    if (e.key < w.from) continue;
    TRY_ASSIGN(w.going, w.visit(e));
  }
  const auto& children = node->children;
  for (std::size_t i = 0; i < children.size() && w.going; ++i) {
    if (i + 1 < children.size() && children[i + 1].first_key <= w.from) continue;
    TRY(visit_node(w, children[i], static_cast<std::uint8_t>(level - 1)));
  }
  return ok;
}

}  // namespace

ObjectRef tree_object(const TreeWriter::Root& root) {
  if (root.id.is_zero()) return {};
  return {root.bytes, static_cast<std::uint8_t>(kTreeObject + root.level), root.id};
}

Result<TreeWriter::Root> tree_of(const ObjectRef& object) {
  if (object.depth == kEmptyObject) return TreeWriter::Root{};
  if (object.depth < kTreeObject || object.depth >= kTreeObject + kMaxLevels)
    return Error{Code::kCorrupt, fmt::format("chunk {}: an object that is no tree", object.id.brief())};
  return TreeWriter::Root{object.id, static_cast<std::uint8_t>(object.depth - kTreeObject), 0, object.size};
}

Result<Node> read_node(ChunkSource& in, const ChunkId& id, std::uint8_t level) {
  TRY_ASSIGN(const Chunk chunk, in.get(id, ChunkKind::kNode));
  auto node = decode_node(chunk);
  if (!node) return std::move(node).error().in("node " + id.brief());
  if (node->level == level && node->type != NodeType::kList) return node;
  return Error{Code::kCorrupt, fmt::format("node {}: not the level that stands above it", id.brief())};
}

Status TreeWriter::add(Entry entry) {
  if (entry.key.empty() || entry.key.size() > kMaxKeyBytes || entry.attributes.size() > kMaxAttributeBytes)
    return Error{Code::kInvalid,
                 fmt::format("a key has 1 to {} bytes, not {}", kMaxKeyBytes, entry.key.size())};
  if (entry.key <= last_key_)
    return Error{Code::kInvalid, fmt::format("'{}' comes behind '{}'", entry.key, last_key_)};
  last_key_ = entry.key;
  Level& leaf = levels_[0];
  leaf.bytes += entry.key.size() + entry.attributes.size();
  leaf.node.entries.push_back(std::move(entry));
  return cuts_after(leaf, last_key_) ? close(0) : Status(ok);
}

bool TreeWriter::takes_node(std::uint8_t level) const {
  for (std::size_t i = 0; i <= level && i < levels_.size(); ++i)
    if (!levels_[i].node.entries.empty() || !levels_[i].node.children.empty()) return false;
  return true;
}

Status TreeWriter::add_node(std::uint8_t level, Child node) {
  MK_CHECK(takes_node(level));
  while (levels_.size() <= level) TRY(open_level());
  last_key_ = node.first_key;
  return add_child(level + std::size_t{1}, std::move(node));
}

/// Only what the node itself holds decides, so that equal contents are cut equally.
bool TreeWriter::cuts_after(const Level& level, const std::string& key) const {
  const std::size_t n = level.node.entries.size() + level.node.children.size();
  if (n >= kMaxNodeEntries || level.bytes >= kMaxNodeBytes) return true;
  if (n < 2 || level.bytes < (level.node.level == 0 ? kMinLeafBytes : kMinInnerBytes)) return false;
  const std::array<char, 1> at{static_cast<char>(level.node.level)};
  const Mac mac =
      hmac(as_bytes(cut_key_.reveal()), {as_bytes(std::string_view(at.data(), at.size())), as_bytes(key)});
  return (mac[0] & kCutMask) == 0;
}

Status TreeWriter::close(std::size_t i) {
  Level closed = std::move(levels_[i]);
  levels_[i] = Level{};
  levels_[i].node.type = closed.node.type, levels_[i].node.level = closed.node.level;
  const Chunk chunk = encode_node(closed.node);
  Child child;
  TRY_ASSIGN(child.id, out_.put(ChunkKind::kNode, chunk.refs, as_bytes(chunk.plain)));
  child.first_key = i == 0 ? closed.node.entries[0].key : closed.node.children[0].first_key;
  child.entries = closed.node.entries.size();
  for (const Entry& e : closed.node.entries) child.bytes += e.object.size;
  for (const Child& c : closed.node.children) child.entries += c.entries, child.bytes += c.bytes;
  return add_child(i + 1, std::move(child));
}

Status TreeWriter::open_level() {
  const std::size_t i = levels_.size();
  if (i >= kMaxLevels) return Error{Code::kExhausted, "the tree is higher than trees may be"};
  levels_.emplace_back();
  levels_[i].node.type = NodeType::kInner;
  levels_[i].node.level = static_cast<std::uint8_t>(i);
  return ok;
}

Status TreeWriter::add_child(std::size_t i, Child child) {
  if (i == levels_.size()) TRY(open_level());
  Level& level = levels_[i];
  const std::string key = child.first_key;
  level.bytes += key.size();
  level.node.children.push_back(std::move(child));
  return cuts_after(level, key) ? close(i) : Status(ok);
}

Result<TreeWriter::Root> TreeWriter::finish() {
  for (std::size_t i = 0; i < levels_.size(); ++i) {
    const Node& node = levels_[i].node;
    const bool top = i + 1 == levels_.size();
    // a top with one child adds nothing: that child is the root
    if (top && i > 0 && node.children.size() == 1) {
      const Child& c = node.children[0];
      return Root{c.id, static_cast<std::uint8_t>(i - 1), c.entries, c.bytes};
    }
    if (!node.entries.empty() || !node.children.empty()) TRY(close(i));
  }
  return Root{};
}

Status visit_tree(ChunkSource& in, const TreeWriter::Root& root, const std::string& from,
                  const std::function<Result<bool>(const Entry&)>& visit, const DamagedNode& damaged) {
  if (root.id.is_zero()) return ok;
  Walk walk{in, from, visit, damaged};
  return visit_node(walk, {"", root.entries, root.bytes, root.id}, root.level);
}

}  // namespace mk::vault
