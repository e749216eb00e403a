#include "vault/tree_update.h"

#include <fmt/format.h>

namespace mk::vault {
namespace {

class Updater {
 public:
  Updater(const TreeUpdate& trees, const NextEdit& next)
      : in_(trees.in), next_(next), writer_(trees.out, trees.cut_key) {}

  Result<TreeWriter::Root> run(const TreeWriter::Root& base) {
    TRY(advance());
    if (!base.id.is_zero()) TRY(visit({"", base.entries, base.bytes, base.id}, base.level, nullptr));
    while (edit_) TRY(apply(nullptr));
    return writer_.finish();
  }

 private:
  /// `end`: the first key behind the node, nullptr when it ends the tree.
  Status visit(const Child& at, std::uint8_t level, const std::string* end) {
    if (end != nullptr && *end <= gone_until_) return ok;
    const bool untouched = gone_until_ <= at.first_key && (!edit_ || (end != nullptr && edit_->key >= *end));
    // what ends the tree ends where its entries did, not where a node would
    if (untouched && end != nullptr && writer_.takes_node(level)) return writer_.add_node(level, at);
    TRY_ASSIGN(const Node node, read_node(in_, at.id, level));
    for (const Entry& e : node.entries) TRY(visit(e));
    const auto& children = node.children;
    for (std::size_t i = 0; i < children.size(); ++i)
      TRY(visit(children[i], static_cast<std::uint8_t>(level - 1),
                i + 1 < children.size() ? &children[i + 1].first_key : end));
    return ok;
  }

  Status visit(const Entry& e) {
    while (edit_ && edit_->key < e.key) TRY(apply(nullptr));
    if (edit_ && edit_->key == e.key && !edit_->end.empty()) TRY(apply(nullptr));
    const bool gone = e.key < gone_until_;
    if (edit_ && edit_->key == e.key) return apply(gone ? nullptr : &e);
    return gone ? Status(ok) : writer_.add(e);
  }

  Status apply(const Entry* old) {
    if (!edit_->end.empty()) {
      gone_until_ = std::max(gone_until_, edit_->end);
    } else {
      TRY_ASSIGN(auto entry, edit_->change(old));
      if (entry) TRY(writer_.add(*std::move(entry)));
    }
    return advance();
  }

  Status advance() {
    const std::string before = edit_ ? edit_->key : std::string();
    TRY_ASSIGN(edit_, next_());
    if (!edit_ || edit_->key >= before) return ok;
    return Error{Code::kInvalid, fmt::format("an edit of '{}' comes behind one of '{}'", edit_->key, before)};
  }

  ChunkSource& in_;
  const NextEdit& next_;
  TreeWriter writer_;
  std::optional<TreeEdit> edit_;
  std::string gone_until_;
};

}  // namespace

Result<TreeWriter::Root> update_tree(const TreeUpdate& trees, const TreeWriter::Root& base,
                                     const NextEdit& next) {
  return Updater(trees, next).run(base);
}

}  // namespace mk::vault
