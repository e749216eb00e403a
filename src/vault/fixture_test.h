#pragma once
// For tests only: a vault in memory with a password that costs nothing to check, since a key file opens it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "vault/check.h"
#include "vault/object.h"
#include "vault/session.h"

namespace mk::vault {

using Objects = std::map<std::string, ByteString>;

inline ByteString noise(std::size_t n, unsigned seed) {
  std::mt19937 random(seed);
  ByteString out(n, '\0');
  for (char& c : out) c = static_cast<char>(random());
  return out;
}

inline Unlock test_key() { return {SlotKind::kKeyFile, SecretString(ByteString(32, 'k'))}; }

inline MasterKey test_master(const Technique& technique = {}) {
  return {SecretString(ByteString(32, 'm')), technique};
}

inline void init_vault(Store& store, const Technique& technique = {}) {
  ASSERT_TRUE(create_vault(store, test_master(technique), test_key(), "key", FileTime{1}));
}

inline Result<LogNumber> put_objects(Store& store, const Objects& objects, const std::string& name,
                                     Compression how = Compression::kNormal) {
  TRY_ASSIGN(const auto vault, Vault::open(store, test_key()));
  Session session(*vault, system_clock(), {.compression = how});
  TreeWriter tree(session, vault->keys().tree_cut);
  for (const auto& [key, bytes] : objects) {
    const auto source = make_memory_source(as_bytes(bytes));
    Entry entry{key, "attributes of " + key, {}};
    TRY_ASSIGN(entry.object, session.put_object(*source));
    TRY(tree.add(std::move(entry)));
  }
  TRY_ASSIGN(const auto root, tree.finish());
  return session.commit(name, root, FileTime{2});
}

/// What can be restored of a point; objects that cannot are left out.
inline Objects get_objects(Store& store, const std::string& name) {
  Objects out;
  const auto vault = Vault::open(store, test_key());
  if (!vault) return out;
  const auto point = (*vault)->find_point(name);
  if (!point) return out;
  static_cast<void>(visit_tree(
      **vault, point->root, "",
      [&](const Entry& e) -> Result<bool> {
        const auto bytes = read_all(*open_object(**vault, e.object), 64 << 20);
        if (bytes) out[e.key] = *bytes;
        return true;
      },
      [](const Child&, const Error&) {}));
  return out;
}

inline CheckReport check_vault(Store& store, bool with_keys) {
  const VaultHeader header = *read_whole_vault_header(store);
  const Keys keys = derive_keys(header.vault, test_master(header.technique));
  auto report = check(store, header.vault, with_keys ? &keys : nullptr);
  if (report) return *report;
  CheckReport failed;
  failed.damage.push_back(report.error().what);
  return failed;
}

/// All objects of a store, by name.
inline Objects contents(Store& store) {
  Objects all;
  EXPECT_TRUE(store.list("", [&](const std::string& name, std::uint64_t n) -> Status {
    all[name] = *store.get(name, 0, n);
    return ok;
  }));
  return all;
}

inline std::unique_ptr<Store> store_of(const Objects& all, const Clock* clock = nullptr) {
  auto store = make_memory_store(clock);
  for (const auto& [name, bytes] : all) EXPECT_TRUE(store->put(name, as_bytes(bytes)));
  return store;
}

}  // namespace mk::vault
