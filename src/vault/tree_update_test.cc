#include "vault/tree_update.h"

#include "vault/nodes_test.h"
#include "vault/tree_diff.h"

namespace mk::vault {
namespace {

using Entries = std::map<std::string, std::string>;

std::string key_of(unsigned i) { return "key" + std::to_string(1'000'000 + i); }

Entries make_entries(unsigned n) {
  Entries entries;
  for (unsigned i = 0; i < n; ++i) entries[key_of(i * 3)] = "old";
  return entries;
}

TreeEdit edit_to(const std::string& key, const std::optional<std::string>& value) {
  TreeEdit edit{key, {}, {}};
  edit.change = [=](const Entry*) -> Result<std::optional<Entry>> {
    if (!value) return std::optional<Entry>{};
    return std::optional(Entry{key, *value, {10, 0, {{1, 1}}}});
  };
  return edit;
}

Result<TreeWriter::Root> update(Nodes& nodes, const TreeWriter::Root& base, std::vector<TreeEdit> edits) {
  std::size_t at = 0;
  return update_tree({nodes, nodes, kKeys.tree_cut}, base, [&]() -> Result<std::optional<TreeEdit>> {
    if (at == edits.size()) return std::optional<TreeEdit>{};
    return std::optional(edits[at++]);
  });
}

/// Random edits, single ones and ranges, of trees of many sizes.
TEST(TreeUpdate, GivesTheTreeThatWritingAllEntriesGives) {
  std::mt19937 engine(1);
  const auto random = [&] { return static_cast<unsigned>(engine()); };
  for (int round = 0; round < 40; ++round) {
    SCOPED_TRACE(round);
    const unsigned n = random() % (round % 5 == 0 ? 4'000 : 300);
    Entries entries = make_entries(n);
    Nodes nodes;
    const auto base = nodes.tree(entries);
    std::map<std::string, TreeEdit> edits;
    for (unsigned i = random() % 20; i > 0; --i) {
      const std::string key = key_of(random() % (n * 3 + 10));
      edits[key] = edit_to(key, random() % 3 == 0 ? std::nullopt : std::optional<std::string>("new"));
    }
    std::vector<TreeEdit> all;
    const unsigned from = random() % (n * 3 + 1), to = from + random() % 400;
    const bool with_range = round % 2 == 0;
    for (auto& [key, e] : edits) {
      if (with_range && key >= key_of(from) && (all.empty() || all.back().key < key_of(from)))
        all.push_back({key_of(from), key_of(to), {}});
      all.push_back(e);
    }
    if (with_range && (all.empty() || all.back().key < key_of(from)))
      all.push_back({key_of(from), key_of(to), {}});
    if (with_range)
      for (auto e = entries.lower_bound(key_of(from)); e != entries.end() && e->first < key_of(to);)
        e = entries.erase(e);
    for (const auto& [key, e] : edits) {
      entries.erase(key);
      if (const auto entry = *e.change(nullptr)) entries[key] = entry->attributes;
    }
    const auto updated = update(nodes, base, all);
    ASSERT_TRUE(updated) << updated.error().what;
    const auto expected = nodes.tree(entries);
    EXPECT_EQ(updated->id, expected.id);
    EXPECT_EQ(updated->level, expected.level);
    EXPECT_EQ(updated->entries, expected.entries);
    EXPECT_EQ(updated->bytes, expected.bytes);
  }
}

TEST(TreeUpdate, ReadsAndWritesOnlyWhatIsNearAnEdit) {
  Nodes nodes;
  const auto base = nodes.tree(make_entries(30'000));
  nodes.added.clear();
  nodes.n_read = 0;
  ASSERT_TRUE(update(nodes, base, {edit_to(key_of(50'000), "new")}));
  EXPECT_LE(nodes.added.size(), 4u);
  EXPECT_LE(nodes.n_read, 12u);
  nodes.n_read = 0;
  ASSERT_TRUE(update(nodes, base, {{key_of(20'000), key_of(70'000), {}}}));
  EXPECT_LE(nodes.n_read, 60u);
}

TEST(TreeUpdate, GivesAnEditTheEntryThatIsThere) {
  Nodes nodes;
  const auto base = nodes.tree(make_entries(10));
  TreeEdit append{key_of(9), {}, [](const Entry* old) -> Result<std::optional<Entry>> {
                    Entry entry = *old;
                    entry.attributes += "er";
                    return std::optional(entry);
                  }};
  const auto updated = update(nodes, base, {append});
  Entries expected = make_entries(10);
  expected[key_of(9)] = "older";
  EXPECT_EQ(updated->id, nodes.tree(expected).id);
}

TEST(TreeUpdate, RefusesEditsOutOfOrderAndSaysWhatIsDamaged) {
  Nodes nodes;
  const auto base = nodes.tree(make_entries(2'000));
  EXPECT_EQ(update(nodes, base, {edit_to("z", "1"), edit_to("y", "1")}).error().code, Code::kInvalid);
  EXPECT_EQ(update(nodes, base, {edit_to("z", "1"), edit_to("z", "1")}).error().code, Code::kInvalid);
  nodes.all.erase(base.id);
  EXPECT_EQ(update(nodes, base, {edit_to("z", "1")}).error().code, Code::kNotFound);
}

TEST(TreeDiff, VisitsExactlyTheDifferences) {
  std::mt19937 engine(2);
  const auto random = [&] { return static_cast<unsigned>(engine()); };
  for (int round = 0; round < 40; ++round) {
    SCOPED_TRACE(round);
    Entries before = make_entries(random() % 2'000), after = before;
    for (unsigned i = random() % 30; i > 0; --i) {
      const std::string key = key_of(random() % 9'000);
      if (random() % 2 == 0)
        after.erase(key);
      else
        after[key] = "new";
    }
    Nodes nodes;
    const auto a = nodes.tree(before), b = nodes.tree(after);
    const Status done = compare_trees(nodes, a, b, [&](const Entry* old, const Entry* now) -> Status {
      const std::string key = old != nullptr ? old->key : now->key;
      if (old != nullptr) {
        EXPECT_EQ(before.at(key), old->attributes);
        before.erase(key);
      }
      if (now != nullptr) {
        EXPECT_EQ(after.at(key), now->attributes);
        after.erase(key);
      }
      return ok;
    });
    ASSERT_TRUE(done);
    EXPECT_EQ(before, after);  // what was not visited is the same
  }
}

TEST(TreeDiff, ReadsNoNodesThatAreTheSame) {
  Nodes nodes;
  Entries entries = make_entries(30'000);
  const auto before = nodes.tree(entries);
  entries[key_of(50'001)] = "new";
  entries.erase(key_of(3));
  const auto after = nodes.tree(entries);
  nodes.n_read = 0;
  int n = 0;
  ASSERT_TRUE(
      compare_trees(nodes, before, after, [&](const Entry*, const Entry*) -> Status { return ++n, ok; }));
  EXPECT_EQ(n, 2);
  EXPECT_LE(nodes.n_read, 24u);
  nodes.n_read = 0;
  ASSERT_TRUE(compare_trees(nodes, after, after, [&](const Entry*, const Entry*) -> Status { return ok; }));
  EXPECT_EQ(nodes.n_read, 0u);
  EXPECT_EQ(
      compare_trees(nodes, {{{9}}, 0, 1, 1}, after, [](const Entry*, const Entry*) -> Status { return ok; })
          .error()
          .code,
      Code::kNotFound);
}

}  // namespace
}  // namespace mk::vault
