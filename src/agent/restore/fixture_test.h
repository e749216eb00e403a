#pragma once
// For tests only: a mailbox in memory, backed up into a plain directory and into a vault of a schedule.
#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "agent/restore/restore_runner.h"
#include "base/file.h"
#include "base/test_data.h"
#include "job/fetcher.h"
#include "job/marker.h"
#include "job/vault_backup.h"
#include "mapi/item_reader.h"
#include "mapi/item_writer.h"
#include "model/tags.h"

namespace mk::agent {

struct TestServer {
  struct Item {
    ByteString stream;
    model::ItemHead head;
  };
  struct Folder {
    model::Folder info;
    std::map<std::string, Item> items;
  };
  std::mutex mutex;
  std::map<std::string, Folder> folders;
  std::vector<std::string> order;
  int next_id = 1, uploads_until_it_breaks = -1;
  std::function<void()> before_upload;

  std::string add_folder(const std::string& parent, const std::string& name,
                         const std::string& well_known = {}) {
    const std::string id = "F" + std::to_string(next_id++);
    auto& f = folders[id].info;
    f.id.value = id, f.parent.value = parent, f.name = name, f.well_known = well_known;
    f.folder_class = "IPF.Note";
    order.push_back(id);
    return id;
  }
  static ByteString stream_of(const std::string& subject) {
    model::Item item;
    item.properties.set_text(model::pid::kMessageClass, "IPM.Note");
    item.properties.set_text(model::pid::kSubject, subject);
    item.properties.set_text(model::pid::kSenderName, "Zoë");
    item.properties.set_text(model::pid::kBody, "the body of " + subject);
    item.properties.set_time(model::pid::kMessageDeliveryTime, {133'000'000'000'000'000});
    item.properties.set_binary(model::pid::kSearchKey, "key of " + subject);
    ByteString out;
    StringSink sink(out);
    MK_CHECK(mapi::write_exported_item(item, sink));
    return out;
  }
  std::string add(const std::string& folder, const ByteString& stream) {
    const std::string id = "I" + std::to_string(next_id++);
    auto& item = folders.at(folder).items[id];
    item.stream = stream;
    item.head.id.value = id;
    item.head.change_key.value = "C" + std::to_string(next_id++);
    item.head.item_class = "IPM.Note";
    item.head.size_bytes = stream.size();
    return id;
  }
  bool change(const std::string& id, const ByteString& stream) {
    auto* const item = find(id);
    if (item == nullptr) return false;
    item->stream = stream;
    item->head.change_key.value = "C" + std::to_string(next_id++);
    item->head.size_bytes = stream.size();
    return true;
  }
  Item* find(const std::string& id) {
    for (auto& [name, f] : folders)
      if (const auto it = f.items.find(id); it != f.items.end()) return &it->second;
    return nullptr;
  }
  std::size_t size() const {
    std::size_t n = 0;
    for (const auto& [id, f] : folders) n += f.items.size();
    return n;
  }
};

class TestMailbox final : public model::MailboxTarget {
 public:
  explicit TestMailbox(TestServer& server) : server_(server) {}
  Result<std::unique_ptr<model::MailboxSource>> clone() const override {
    return std::unique_ptr<model::MailboxSource>(std::make_unique<TestMailbox>(server_));
  }
  Result<std::vector<model::Folder>> folders() override {
    const std::lock_guard lock(server_.mutex);
    std::vector<model::Folder> out;
    for (const auto& id : server_.order) {
      out.push_back(server_.folders.at(id).info);
      out.back().items = server_.folders.at(id).items.size();
    }
    return out;
  }
  Result<model::FolderCounts> count(const model::FolderId& folder) override {
    const std::lock_guard lock(server_.mutex);
    return model::FolderCounts{server_.folders.at(folder.value).items.size(), 0};
  }
  Result<model::ItemChanges> sync_items(const model::FolderId& folder,
                                        const model::SyncState& state) override {
    const std::lock_guard lock(server_.mutex);
    model::ItemChanges page;
    if (state.empty())
      for (const auto& [id, item] : server_.folders.at(folder.value).items)
        page.changes.push_back({model::ItemChange::Kind::kCreate, item.head});
    page.state.value = "seen";
    return page;
  }
  Status fetch(const std::vector<model::ItemHead>& items, model::ItemReceiver& receiver) override {
    for (const auto& head : items) {
      ByteString stream;
      {
        const std::lock_guard lock(server_.mutex);
        if (const auto* item = server_.find(head.id.value)) stream = item->stream;
      }
      if (stream.empty()) {
        TRY(receiver.fail(head.id, {Code::kNotFound, "gone"}));
        continue;
      }
      TRY_ASSIGN(ByteSink* const sink, receiver.begin(head.id));
      TRY(sink->write(as_bytes(stream)));
      TRY(receiver.end(head.id));
    }
    return ok;
  }
  Result<std::vector<model::ItemLabel>> labels(const std::vector<model::ItemId>& items) override {
    return std::vector<model::ItemLabel>(items.size());
  }
  std::chrono::milliseconds throttled() const override { return {}; }
  Result<model::FolderId> create_folder(const model::FolderId& parent, const std::string& name,
                                        const std::string&) override {
    const std::lock_guard lock(server_.mutex);
    return model::FolderId{server_.add_folder(parent.value, name)};
  }
  Result<std::vector<Result<model::CreatedItem>>> upload(const std::vector<model::Upload>& items) override {
    if (server_.before_upload) server_.before_upload();
    const std::lock_guard lock(server_.mutex);
    std::vector<Result<model::CreatedItem>> out;
    for (const auto& item : items) {
      if (server_.uploads_until_it_breaks == 0) return Error{Code::kUnavailable, "the server went away"};
      --server_.uploads_until_it_breaks;
      TRY_ASSIGN(const auto in, item.stream->open());
      TRY_ASSIGN(const auto stream, read_all(*in, 1 << 24));
      const auto id = item.replaces.empty() ? server_.add(item.folder.value, stream) : item.replaces.value;
      if (!item.replaces.empty() && !server_.change(id, stream)) {
        out.emplace_back(Error{Code::kNotFound, "gone"});
        continue;
      }
      out.emplace_back(model::CreatedItem{{id}, server_.find(id)->head.change_key});
    }
    return out;
  }
  Result<std::vector<model::ItemMark>> marked(const model::FolderId& folder, bool associated,
                                              const model::PropertyName& marker) override {
    const std::lock_guard lock(server_.mutex);
    std::vector<model::ItemMark> out;
    if (associated) return out;
    for (const auto& [id, stored] : server_.folders.at(folder.value).items) {
      TRY_ASSIGN(const auto item, mapi::read_exported_item(make_memory_blob(stored.stream)));
      if (const auto* p = item.properties.find(marker))
        out.push_back({{id}, model::text_of(*p, 1252), {}, stored.stream.size()});
    }
    return out;
  }
  Result<std::vector<model::ItemMark>> by_search_key(const model::FolderId&, bool,
                                                     const ByteString&) override {
    return std::vector<model::ItemMark>{};
  }
  Result<std::vector<bool>> exist(const std::vector<model::ItemId>& items) override {
    const std::lock_guard lock(server_.mutex);
    std::vector<bool> out;
    for (const auto& id : items) out.push_back(server_.find(id.value) != nullptr);
    return out;
  }

 private:
  TestServer& server_;
};

class TestRemovable final : public undo::Removable {
 public:
  explicit TestRemovable(TestServer& server) : server_(server) {}
  Result<std::vector<std::optional<model::ItemHead>>> look(const std::vector<model::ItemId>& ids) override {
    std::vector<std::optional<model::ItemHead>> out;
    for (const auto& id : ids) {
      const auto* item = server_.find(id.value);
      out.push_back(item == nullptr ? std::nullopt : std::optional(item->head));
    }
    return out;
  }
  Result<std::vector<model::ItemMark>> marked(const model::FolderId& folder) override {
    return TestMailbox(server_).marked(folder, false, job::marker_name());
  }
  Result<ByteString> content(const model::ItemHead& head) override {
    TRY_ASSIGN(const auto item,
               mapi::read_exported_item(make_memory_blob(server_.find(head.id.value)->stream)));
    return model::content_hash(item);
  }
  Result<std::vector<Status>> remove(const std::vector<model::ItemId>& ids) override {
    std::vector<Status> out;
    for (const auto& id : ids)
      for (auto& [name, f] : server_.folders)
        if (f.items.erase(id.value) > 0) out.emplace_back(ok);
    return out;
  }
  Result<std::optional<undo::FolderNow>> look_at_folder(const model::FolderId& folder) override {
    const auto found = server_.folders.find(folder.value);
    if (found == server_.folders.end()) return std::optional<undo::FolderNow>();
    undo::FolderNow now{found->second.info.parent, found->second.info.name, found->second.items.size(), 0};
    for (const auto& [id, f] : server_.folders)
      now.folders = *now.folders + (f.info.parent == folder ? 1 : 0);
    return std::optional(std::move(now));
  }
  Status discard_folder(const model::FolderId&) override { return ok; }
  Status remove_folder(const model::FolderId& folder) override {
    server_.folders.erase(folder.value);
    std::erase(server_.order, folder.value);
    return ok;
  }

 private:
  TestServer& server_;
};

/// A clock that goes on by a second whenever it is asked.
class SteppingClock final : public Clock {
 public:
  std::chrono::system_clock::time_point now() const override {
    return to_time_point(*parse_utc("2026-11-22T20:00:00")) + std::chrono::seconds(seconds_++);
  }
  std::chrono::steady_clock::time_point steady() const override { return std::chrono::steady_clock::now(); }
  void sleep_for(std::chrono::milliseconds) override {}
  void skip_days(int n) { seconds_ += n * 86'400; }

 private:
  mutable std::atomic<int> seconds_{0};
};

class RestoreTest : public testing::Test {
 protected:
  static constexpr char kAlice[] = "alice@example.test";

  RestoreTest() {
    std::string name = (fast_scratch() / "mk-restore-XXXXXX").string();
    MK_CHECK(::mkdtemp(name.data()) != nullptr);
    dir = name;
    auto opened = AgentState::open(dir / "agent");
    MK_CHECK(opened);
    state = *std::move(opened);
    workshop.directory = dir / "agent";
    workshop.state = state.get();
    workshop.clock = &clock;
    workshop.vaults = &vaults;
    top = server.add_folder("", "Top", "msgfolderroot");
    inbox = server.add_folder(top, "Inbox", "inbox");
    projects = server.add_folder(inbox, "Projects");
    other.add_folder("", "Top", "msgfolderroot");
    other_inbox = other.add_folder(other.order.front(), "Posteingang", "inbox");
    std::filesystem::create_directories(dir / "root");
    MK_CHECK(set_up_schedule());
    doors.target = [this](const Connection&, const std::string&, const std::atomic<bool>&) {
      return Result<std::unique_ptr<model::MailboxTarget>>(std::make_unique<TestMailbox>(other));
    };
    doors.removable = [this](const Connection&, const std::string&) {
      return Result<std::unique_ptr<undo::Removable>>(std::make_unique<TestRemovable>(other));
    };
  }
  ~RestoreTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(dir, ignored);
  }

  Status set_up_schedule() {
    TRY(state->secrets().put("password", SecretString("secret"), now()));
    Connection connection;
    connection.name = "exchange";
    connection.server = "mail.example.test";
    connection.backup = {"backup@example.test", Auth::kBasic, "password", false};
    connection.restore = RestoreAccount{connection.backup, {}};
    connection.connections = 1;
    TRY(state->connections().add(connection));
    schedule.name = "nightly";
    schedule.sources = {{"exchange", {{kAlice, {}}}, {}, {}}};
    schedule.destinations = {{(dir / "plain").string(), {}, {}, {}, {}},
                             {"vault:" + (dir / "vault").string(), {}, {}, {}, {}}};
    schedule.full.kind = Timing::Kind::kDaily;
    TRY_ASSIGN(const auto saved, state->schedules().add(schedule, now()));
    schedule = saved.schedule;
    return ok;
  }

  /// Into both destinations.
  void back_up() {
    TestMailbox mailbox(server);
    job::BackupOptions o;
    o.mailbox = kAlice;
    o.connections = 1;
    o.clock = &clock;
    o.directory = mailbox_directory(schedule.destinations[0], kAlice);
    std::filesystem::create_directories(schedule.destinations[0].place);
    const auto plain = job::run_backup(mailbox, o);
    ASSERT_TRUE(plain) << plain.error().what;
    std::filesystem::create_directories(dir / "vault");
    const auto door = open_vault(schedule.destinations[1], schedule.encryption, state->secrets(),
                                 {workshop.directory / "index", true}, clock);
    ASSERT_TRUE(door) << door.error().what;
    job::VaultPlace place(*(*door)->vault, dir / "agent/work");
    const auto vault = job::run_backup(mailbox, place, o);
    ASSERT_TRUE(vault) << vault.error().what;
  }
  void fill(int n) {
    for (int i = 0; i < n; ++i)
      ids.push_back(server.add(inbox, TestServer::stream_of("mail " + std::to_string(i))));
    ids.push_back(server.add(projects, TestServer::stream_of("plan")));
  }
  FileTime now() const { return to_file_time(clock.now()); }

  RestoreRequest request(const std::string& destination = {}) const {
    RestoreRequest r;
    r.point = "nightly@latest";
    r.destination = destination;
    r.mailbox = kAlice;
    r.target.kind = RestoreTarget::Kind::kMailbox;
    r.target.connection = "exchange";
    r.target.mailbox = "bob@example.test";
    return r;
  }
  std::unique_ptr<RestoreRunner> runner() {
    return std::make_unique<RestoreRunner>(*state, workshop, RestoreRunner::Options{1, doors, {}});
  }
  Restore wait_for(RestoreId id) {
    for (int i = 0; i < 4000; ++i) {
      const auto r = state->restores().get(id);
      EXPECT_TRUE(r) << r.error().what;
      if (!r || is_over(r->state)) return r ? *r : Restore{};
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    ADD_FAILURE() << "the restore does not end";
    return {};
  }
  Restore restore(const RestoreRequest& r) {
    const auto running = runner();
    const auto id = running->begin(r, "tester");
    EXPECT_TRUE(id) << id.error().what;
    return id ? wait_for(*id) : Restore{};
  }

  std::filesystem::path dir;
  mutable SteppingClock clock;
  std::unique_ptr<AgentState> state;
  OpenVaults vaults{clock};
  Workshop workshop;
  MailboxDoors doors;
  Schedule schedule;
  TestServer server, other;
  std::string top, inbox, projects, other_inbox;
  std::vector<std::string> ids;
};

}  // namespace mk::agent
