#pragma once
// For tests only: a mailbox in memory that keeps a log of changes as a server does, and misbehaves on demand.
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <set>

#include "model/item.h"
#include "model/mailbox.h"
#include "model/read_state.h"

namespace mk::job {

/// What the server knows; shared by all connections.
struct MemoryServer {
  struct Item {
    model::ItemHead head;
    ByteString stream;
    std::string subject;
  };
  struct Event {
    model::ItemChange::Kind kind;
    std::string id;
    bool read = false;
  };
  struct Folder {
    model::Folder info;
    std::map<std::string, Item> items;
    std::vector<Event> log;
    int generation = 0;  // states of another generation are not valid
  };

  std::string add_folder(const std::string& parent, const std::string& name,
                         const std::string& well_known = {});
  std::string add_item(const std::string& folder, const std::string& subject, std::size_t body_bytes = 200,
                       bool associated = false);
  void change_item(const std::string& folder, const std::string& id, const std::string& subject);
  void delete_item(const std::string& folder, const std::string& id);
  std::string move_item(const std::string& from, const std::string& id, const std::string& to);
  void set_read(const std::string& folder, const std::string& id, bool read);
  void invalidate_states(const std::string& folder) { ++folders[folder].generation; }

  std::mutex mutex;
  std::map<std::string, Folder> folders;
  std::vector<std::string> order;
  int next_id = 1;
  std::size_t page_size = 10;
  std::uint64_t upload_limit = UINT64_MAX;

  // Misbehaviour, by item id.
  std::set<std::string> left_out;        // silently, of every page
  std::map<std::string, int> truncated;  // the next n fetches give half the stream
  std::map<std::string, int> broken;     // the next n fetches fail
  std::set<std::string> vanishing;       // gone when fetched
  std::set<std::string> denied_folders;
  bool password_wrong = false;
  int fail_after_fetches = -1;  // kUnavailable from then on
  bool gone = false;            // kUnavailable to everything that changes something
  /// Called before every operation: `list`, `fetch`, `count`, `upload`, `set_read`, with the folder
  /// (empty where items are asked for)
  std::function<void(const std::string& operation, const std::string& folder)> before;

  // What was asked.
  int fetched = 0, listed = 0, uploaded = 0;

  /// A bare item with `subject`, as PST and streams can hold it.
  static model::Item make_item(const std::string& subject, std::size_t body_bytes, const std::string& key);
};

class MemoryMailbox final : public model::MailboxTarget, public model::ReadStateTarget {
 public:
  explicit MemoryMailbox(MemoryServer& server) : server_(server) {}
  Result<std::unique_ptr<model::MailboxSource>> clone() const override;
  Result<std::vector<model::Folder>> folders() override;
  Result<model::FolderCounts> count(const model::FolderId& folder) override;
  Result<model::ItemChanges> sync_items(const model::FolderId& folder,
                                        const model::SyncState& state) override;
  Status fetch(const std::vector<model::ItemHead>& items, model::ItemReceiver& receiver) override;
  Result<std::vector<model::ItemLabel>> labels(const std::vector<model::ItemId>& items) override;
  std::chrono::milliseconds throttled() const override { return {}; }
  Result<model::FolderId> create_folder(const model::FolderId& parent, const std::string& name,
                                        const std::string& folder_class) override;
  Result<std::vector<Result<model::CreatedItem>>> upload(const std::vector<model::Upload>& items) override;
  Result<std::vector<model::ItemMark>> marked(const model::FolderId& folder, bool associated,
                                              const model::PropertyName& marker) override;
  Result<std::vector<model::ItemMark>> by_search_key(const model::FolderId& folder, bool associated,
                                                     const ByteString& key) override;
  Result<std::vector<bool>> exist(const std::vector<model::ItemId>& items) override;
  Result<std::uint64_t> set_read(const std::vector<model::ItemId>& items, bool read) override;

 private:
  void call(const std::string& operation, const std::string& folder);
  Result<MemoryServer::Folder*> find(const model::FolderId& folder);
  Status fetch_one(const model::ItemHead& head, model::ItemReceiver& receiver);
  Result<model::CreatedItem> upload_one(const model::Upload& upload);
  Result<std::vector<model::ItemMark>> marks(
      const model::FolderId& folder, bool associated,
      const std::function<bool(const model::Item&, model::ItemMark&)>& take);
  MemoryServer& server_;
};

}  // namespace mk::job
