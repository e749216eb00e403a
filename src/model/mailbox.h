#pragma once
#include <functional>
#include <string>
#include <vector>

#include "base/io.h"
#include "base/time.h"
#include "model/property.h"

namespace mk::model {

/// Ids are opaque and case-sensitive; they are never names.
template <class Tag>
struct Id {
  std::string value;
  auto operator<=>(const Id&) const = default;
  bool empty() const { return value.empty(); }
};
using FolderId = Id<struct FolderIdTag>;
using ItemId = Id<struct ItemIdTag>;
using ChangeKey = Id<struct ChangeKeyTag>;
using SyncState = Id<struct SyncStateTag>;  // empty: from the beginning

struct Folder {
  FolderId id;
  FolderId parent;               // empty for the top
  std::string name;              // UTF-8, any characters
  std::string folder_class;      // IPF.Note ...
  std::string well_known;        // distinguished folder id (inbox, calendar ...), empty when it is none
  std::uint64_t items = 0;       // as the server counts them
  std::uint64_t associated = 0;  // FAI items
  std::uint64_t unread = 0;
  std::uint64_t size_bytes = 0;
  bool readable = true;  // false: listed, but we may not read it (shared and room calendars)
  std::string why_unreadable;
};

struct FolderCounts {
  std::uint64_t items = 0;
  std::uint64_t associated = 0;
};

/// What a listing says of an item without reading it.
struct ItemHead {
  ItemId id;
  ChangeKey change_key;
  std::uint64_t size_bytes = 0;  // the server's estimate, 0 = did not say
  bool has_attachments = false;
  bool associated = false;
  bool read = false;
  std::string item_class;
};

struct ItemChange {
  enum class Kind { kCreate, kUpdate, kDelete, kReadFlag };
  Kind kind = Kind::kCreate;
  ItemHead head;  // kDelete: only the id; kReadFlag: id and read
};

struct ItemChanges {
  std::vector<ItemChange> changes;
  SyncState state;  // save it only when these changes are durable
  bool last = true;
};

/// What a person needs to recognise an item that was skipped.
struct ItemLabel {
  std::string subject, sender;
  FileTime received;
};

/// Takes fetched items, one at a time: begin, write ..., then end or fail. fail() may come without begin().
class ItemReceiver {
 public:
  virtual ~ItemReceiver() = default;
  /// Where the bytes of this item go; valid until end() or fail(). A source that has to start an item over (a
  /// cut connection) calls begin() again, of this or first of another item, without fail(): what was written
  /// for the unfinished item is void then.
  virtual Result<ByteSink*> begin(const ItemId& id) = 0;
  /// All bytes of the item came. They are what the server sent: whether they are whole is for the receiver to
  /// judge.
  virtual Status end(const ItemId& id) = 0;
  /// The item could not be had; what was written for it is void. kNotFound: it vanished meanwhile.
  virtual Status fail(const ItemId& id, Error why) = 0;
};

/// One mailbox that can be read.
/// Errors: kUnavailable has been retried already by the source, as configured; kDenied, kNotFound as they
/// say. Threads: one connection, one thread; clone() for another thread.
class MailboxSource {
 public:
  virtual ~MailboxSource() = default;
  virtual Result<std::unique_ptr<MailboxSource>> clone() const = 0;

  /// The whole tree below the mailbox's top (IPM subtree), parents before children. Search folders are left
  /// out.
  virtual Result<std::vector<Folder>> folders() = 0;
  /// Counted independently of sync_items().
  virtual Result<FolderCounts> count(const FolderId& folder) = 0;
  /// One page (at most 512) of what changed since `state`.
  /// Errors: kConflict  the state is not valid (any more): start from the empty one
  virtual Result<ItemChanges> sync_items(const FolderId& folder, const SyncState& state) = 0;
  /// Fetches the full streams ([MS-OXCFXICS] messageContent in the record framing of ExportItems) of `items`,
  /// in one or several requests; every item ends in end() or fail() of the receiver. Errors: what concerns
  /// the connection or the receiver, never a single item
  virtual Status fetch(const std::vector<ItemHead>& items, ItemReceiver& receiver) = 0;
  /// Labels, for the ledger; items that cannot be had are left empty.
  virtual Result<std::vector<ItemLabel>> labels(const std::vector<ItemId>& items) = 0;
  /// Time spent waiting because the server asked to, since the source was made.
  virtual std::chrono::milliseconds throttled() const = 0;
};

/// An item that is to be created, or to get other content.
struct Upload {
  FolderId folder;
  bool associated = false;
  BlobPtr stream;        // messageContent in the record framing
  ItemId replaces = {};  // an item of the folder that gets this content and stays; empty: a new item
};

/// An item that was created or got other content, as it was then.
struct CreatedItem {
  ItemId id;
  ChangeKey change_key;  // empty: the server did not say
};

/// What a restore needs to recognise items that are there already.
struct ItemMark {
  ItemId id;
  std::string marker;     // value of the property asked for, empty when it has none
  ByteString search_key;  // PidTagSearchKey
  std::uint64_t size_bytes = 0;
};

/// One mailbox that can be written. It has no call that deletes or sends.
class MailboxTarget : public virtual MailboxSource {
 public:
  /// Errors: kConflict  a folder of that name is there (find it with folders())
  virtual Result<FolderId> create_folder(const FolderId& parent, const std::string& name,
                                         const std::string& folder_class) = 0;
  /// Creates items, or gives them other content; one result each, in order.
  /// Errors (of one item): kExhausted  too large for this server, names size and limit, or quota; kCorrupt;
  ///                       kNotFound  what it was to replace is not in the folder
  virtual Result<std::vector<Result<CreatedItem>>> upload(const std::vector<Upload>& items) = 0;
  /// All items of a folder that carry the named string property `marker`, with its value.
  virtual Result<std::vector<ItemMark>> marked(const FolderId& folder, bool associated,
                                               const PropertyName& marker) = 0;
  /// The items of a folder with this search key.
  virtual Result<std::vector<ItemMark>> by_search_key(const FolderId& folder, bool associated,
                                                      const ByteString& key) = 0;
  /// Which of these ids are alive, one answer each.
  virtual Result<std::vector<bool>> exist(const std::vector<ItemId>& items) = 0;
};

}  // namespace mk::model
