#pragma once
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "sim/ids.h"
#include "sim/item_facts.h"
#include "sim/spool.h"

namespace mk::sim {

struct Item {
  std::uint64_t number = 0, folder = 0;
  bool associated = false;
  BlobPtr bytes;  // messageContent in the record framing, served as it is
  ItemFacts facts;
  std::uint64_t created_seq = 0;  // when it came into its folder
  std::uint64_t changed_seq = 0;  // when its content changed last; the change key
  std::uint64_t read_seq = 0;     // when only its read flag changed
  std::uint64_t last_seq() const { return std::max(changed_seq, read_seq); }
};

/// An item or folder that is gone, for those who synchronise.
struct Tombstone {
  std::uint64_t number = 0, parent = 0;
  std::uint64_t created_seq = 0, seq = 0;
  bool associated = false;
};

struct Folder {
  std::uint64_t number = 0, parent = 0;
  std::string name, folder_class, well_known;
  model::PropertyList properties;  // what clients set by ExtendedProperty
  std::uint64_t created_seq = 0, changed_seq = 0;
  std::uint64_t contents_seq = 0;  // of the newest change of any item in it
  std::map<std::uint64_t, Item*> items;
  std::vector<Tombstone> gone;
};

struct FolderTally {
  std::uint64_t normal = 0, associated = 0, unread = 0, bytes = 0, children = 0;
};

/// One mailbox as it is on a server: folders, items, and a change number that only grows.
/// Threads: none; the simulator holds one lock around an operation.
class Mailbox {
 public:
  Mailbox(std::string address, std::shared_ptr<Spool> spool);
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  const std::string& address() const { return address_; }
  const Guid& guid() const { return guid_; }
  std::uint64_t seq() const { return seq_; }
  Spool& spool() { return *spool_; }

  const std::map<std::uint64_t, Folder>& folders() const { return folders_; }
  const std::vector<Tombstone>& gone_folders() const { return gone_folders_; }
  Folder* folder(std::uint64_t number);
  Folder* well_known(std::string_view id);
  Folder* child(std::uint64_t parent, std::string_view name);
  bool is_below(std::uint64_t folder, std::uint64_t top) const;  // at any depth, itself not
  FolderTally tally(const Folder& folder) const;
  Item* item(std::uint64_t number);
  FolderRef ref(const Folder& f) const { return {guid_, f.number}; }
  ItemRef ref(const Item& i) const { return {guid_, i.folder, i.number}; }
  std::string change_key(const Folder& f) const;
  std::string change_key(const Item& i) const;

  Folder& add_folder(std::uint64_t parent, std::string name, std::string folder_class,
                     std::string well_known = {});
  void touch(Folder& folder);
  void move_folder(Folder& folder, std::uint64_t parent);
  void remove_folder(std::uint64_t number);  // with all that is in it

  Item& add_item(std::uint64_t folder, bool associated, BlobPtr bytes, ItemFacts facts);
  void replace(Item& item, BlobPtr bytes, ItemFacts facts);
  void set_read(Item& item, bool read);
  /// As Exchange does it: the item gets a new id, the old one is gone.
  Item& move_item(Item& item, std::uint64_t folder);
  void remove_item(std::uint64_t number);

  // For keeping a mailbox between runs; see persist.h.
  const std::unordered_map<std::uint64_t, std::unique_ptr<Item>>& items() const { return items_; }
  std::uint64_t next_number() const { return next_number_; }
  /// Empties the mailbox, without a trace for synchronisation.
  void restart(std::uint64_t seq, std::uint64_t next_number, std::vector<Tombstone> gone_folders);
  void put_back(Folder folder);
  void put_back(std::unique_ptr<Item> item);

 private:
  void make_standard_folders();

  std::string address_;
  Guid guid_;
  std::shared_ptr<Spool> spool_;
  std::uint64_t seq_ = 1000, next_number_ = 0x100;
  std::map<std::uint64_t, Folder> folders_;
  std::vector<Tombstone> gone_folders_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Item>> items_;
};

}  // namespace mk::sim
