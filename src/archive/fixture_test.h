#pragma once
// For tests only: mailboxes in memory, as points of a vault.
#include "archive/entries.h"
#include "archive/item_group.h"
#include "archive/item_stream.h"
#include "archive/keys.h"
#include "archive/pst_layout.h"
#include "archive/restore_point.h"
#include "mapi/item_writer.h"
#include "model/tags.h"
#include "vault/nodes_test.h"

namespace mk::archive {

using vault::kKeys;
using vault::Nodes;
using vault::noise;

inline ByteString exported(const std::string& subject, const std::vector<ByteString>& attachments = {}) {
  model::Item item;
  item.properties.set_text(model::pid::kMessageClass, "IPM.Note");
  item.properties.set_text(model::pid::kSubject, subject);
  for (const auto& bytes : attachments) {
    model::Attachment a;
    a.properties.set_integer32(model::pid::kAttachMethod, model::kAttachByValue);
    a.properties.set_binary(model::pid::kAttachDataBinary, bytes);
    item.attachments.push_back(std::move(a));
  }
  ByteString out;
  StringSink sink(out);
  EXPECT_TRUE(mapi::write_exported_item(item, sink));
  return out;
}

inline PstRecord sample_pst() {
  return {PstKept::kRegenerated, 1, 271'360, sha256(as_bytes("the file")), 7, 0, "alice.pst"};
}

inline pst::FileLayout sample_layout() {
  pst::FileLayout layout;
  layout.writer = 1;
  layout.permute = false;
  layout.store_name = "alice";
  layout.names = {model::string_name(model::pset::kPublicStrings, "Keywords"),
                  model::lid_name(model::pset::kCommon, 0x8506)};
  layout.last_indexes[4] = 0x10007;
  layout.store.set_text(model::pid::kDisplayName, "alice");
  layout.folders.push_back({pst::Nid(0x122), pst::Nid(0x122), pst::FolderRole::kRoot, {}});
  layout.folders.push_back({pst::Nid(0x80A2), pst::Nid(0x122), pst::FolderRole::kOrdinary, {}});
  layout.folders.back().properties.set_text(model::pid::kDisplayName, "Inbox");
  layout.folders.back().properties.set_binary(0x3FF0, ByteString(100'000, 'x'));
  return layout;
}

inline PstItem sample_pst_item() {
  return {{pst::Nid(0x200024), 1, pst::Nid(0x200044)}, 5, item_key({"folder"}, {"item"})};
}

/// A mailbox that is written as a point.
struct Mailbox {
  std::map<std::string, FolderRecord> folders;                      // by id
  std::map<std::pair<std::string, std::string>, ItemRecord> items;  // by ids of folder and item
  FileTime started{1};
  vault::ChunkSink& out;
  const vault::Keys& keys;

  explicit Mailbox(vault::ChunkSink& sink, const vault::Keys& k = kKeys) : out(sink), keys(k) {}
  void add_folder(const std::string& id, const std::string& name) {
    FolderRecord f;
    f.folder.id.value = id;
    f.folder.name = name;
    f.position = static_cast<std::uint32_t>(folders.size());
    f.set = 0;
    f.state.value = "state of " + id;
    f.ledger = "{}";
    folders[id] = f;
  }
  ItemRecord& add_item(const std::string& folder, const std::string& id, const ByteString& stream) {
    ItemRecord& item = items[{folder, id}];
    item.head.id.value = id;
    item.head.change_key.value = "version 1 of " + id;
    item.label.subject = "subject of " + id;
    item.content_hash = "content of " + id;
    item.stream = store(stream);
    ++folders[folder].held.items;
    return item;
  }
  /// A short one as a group of its own.
  StoredStream store(const ByteString& stream) {
    const auto blob = make_memory_blob(stream);
    if (stream.size() >= kGroupedStreams) return *write_item_stream(*blob, out, keys.cut);
    const auto packed = *pack_item_stream(*blob);
    StoredStream stored{{}, stream.size(), packed.sha256};
    ItemGroup group(out, keys.cut);
    EXPECT_TRUE(group.add(packed, stored.object) && group.finish());
    return stored;
  }
  vault::TreeWriter::Root write() {
    std::map<std::string, vault::Entry> entries;
    const auto add = [&](Result<vault::Entry> e) {
      MK_CHECK(e);
      entries[e->key] = *e;
    };
    PointRecord point{PointKind::kFull, "alice", "monday", started, {started.ticks + 1}, items.size()};
    add(point_entry(point, *vault::write_object(*make_memory_source(as_bytes("the run")), out, keys.cut)));
    for (const auto& [id, f] : folders) add(folder_entry(f, out, keys.cut));
    const auto point_entries = std::exchange(entries, {});
    for (const auto& [ids, item] : items) add(item_entry({ids.first}, item));
    vault::TreeWriter items_tree(out, keys.tree_cut), tree(out, keys.tree_cut);
    for (const auto& [key, e] : entries) EXPECT_TRUE(items_tree.add(e));
    for (const auto& [key, e] : point_entries) EXPECT_TRUE(tree.add(e));
    EXPECT_TRUE(tree.add(items_entry(*items_tree.finish())));
    return *tree.finish();
  }
};

}  // namespace mk::archive
