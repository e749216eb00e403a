#include "source/ews_mailbox.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "ews/create_folder.h"
#include "ews/find_item.h"
#include "ews/get_folder.h"
#include "ews/get_item.h"
#include "ews/sync_folder_items.h"
#include "ews/update_item.h"
#include "model/read_state.h"
#include "model/tags.h"
#include "source/ews_connection.h"
#include "source/fetcher.h"
#include "source/folder_tree.h"
#include "source/uploader.h"

namespace mk::source {
namespace {

using model::FolderId;
using model::ItemId;

constexpr std::size_t kItemsPerQuestion = 100;  // of GetItem, which looks into every item

class EwsMailbox final : public model::MailboxTarget, public model::ReadStateTarget {
  template <class F>
  auto run(F f) {
    return c_->retry.run(c_->session, f);
  }

 public:
  explicit EwsMailbox(std::unique_ptr<EwsConnection> connection) : c_(std::move(connection)) {}

  Result<std::unique_ptr<model::MailboxSource>> clone() const override {
    TRY_ASSIGN(auto connection, c_->clone());
    return std::unique_ptr<model::MailboxSource>(std::make_unique<EwsMailbox>(std::move(connection)));
  }

  Result<std::vector<model::Folder>> folders() override { return read_folder_tree(*c_); }

  Result<model::FolderCounts> count(const FolderId& folder) override {
    TRY_ASSIGN(auto found, run([&] {
                 return ews::get_folder(c_->session, {{folder, {}, {}}}, ews::folder_count_fields());
               }));
    if (!found[0]) return std::move(found[0]).error();
    if (!found[0]->total) return Error{Code::kCorrupt, "GetFolder: the answer has no TotalCount"};
    if (found[0]->associated) return model::FolderCounts{*found[0]->total, *found[0]->associated};
    TRY_ASSIGN(const std::uint64_t associated, count_associated(*c_, folder));
    return model::FolderCounts{*found[0]->total, associated};
  }

  Result<model::ItemChanges> sync_items(const FolderId& folder, const model::SyncState& state) override {
    return run([&] { return ews::sync_folder_items(c_->session, folder, state); });
  }

  Status fetch(const std::vector<model::ItemHead>& items, model::ItemReceiver& receiver) override {
    return Fetcher(c_->session, c_->retry, receiver).fetch(items);
  }

  Result<std::vector<model::ItemLabel>> labels(const std::vector<ItemId>& items) override {
    std::vector<model::ItemLabel> labels;
    TRY(each_item(items, ews::label_fields(), [&](Result<ews::ItemInfo>& found) -> Status {
      labels.push_back(found ? model::ItemLabel{found->subject, found->sender, found->received}
                             : model::ItemLabel{});
      return ok;
    }));
    return labels;
  }

  std::chrono::milliseconds throttled() const override { return c_->retry.waited(); }

  Result<FolderId> create_folder(const FolderId& parent, const std::string& name,
                                 const std::string& folder_class) override;

  Result<std::vector<Result<model::CreatedItem>>> upload(const std::vector<model::Upload>& items) override {
    return Uploader(c_->session, *c_->http, c_->retry).upload(items);
  }

  Result<std::vector<model::ItemMark>> marked(const FolderId& folder, bool associated,
                                              const model::PropertyName& marker) override {
    const auto field = ews::named_field(marker, "String");
    return find_marks(folder, associated, {{"item:Size"}, {search_key(), field}}, {field, std::nullopt});
  }

  Result<std::vector<model::ItemMark>> by_search_key(const FolderId& folder, bool associated,
                                                     const ByteString& key) override {
    return find_marks(folder, associated, {{"item:Size"}, {search_key()}},
                      {search_key(), to_base64(as_bytes(key))});
  }

  Result<std::uint64_t> set_read(const std::vector<ItemId>& items, bool read) override {
    return run([&] { return ews::update_item_read(c_->session, items, read); });
  }

  Result<std::vector<bool>> exist(const std::vector<ItemId>& items) override {
    std::vector<bool> alive;
    TRY(each_item(items, {}, [&](Result<ews::ItemInfo>& found) -> Status {
      // an id that the server cannot even read is none of a living item
      if (!found && found.error().code != Code::kNotFound && found.error().code != Code::kInvalid)
        return found.error();
      alive.push_back(static_cast<bool>(found));
      return ok;
    }));
    return alive;
  }

 private:
  static ews::ExtendedField search_key() { return ews::tagged_field(model::pid::kSearchKey, "Binary"); }

  template <class F>
  Status each_item(const std::vector<ItemId>& items, const ews::Fields& fields, F f) {
    for (std::size_t at = 0; at < items.size(); at += kItemsPerQuestion) {
      const auto begin = items.begin() + static_cast<std::ptrdiff_t>(at);
      const std::vector<ItemId> some(
          begin, begin + static_cast<std::ptrdiff_t>(std::min(kItemsPerQuestion, items.size() - at)));
      TRY_ASSIGN(auto found, run([&] { return ews::get_item(c_->session, some, fields); }));
      for (auto& one : found) TRY(f(one));
    }
    return ok;
  }

  Result<std::vector<model::ItemMark>> find_marks(const FolderId& folder, bool associated, ews::Fields fields,
                                                  ews::Restriction restriction);

  std::unique_ptr<EwsConnection> c_;
};

Result<FolderId> EwsMailbox::create_folder(const FolderId& parent, const std::string& name,
                                           const std::string& folder_class) {
  // a lost answer may stand for a folder that was created: then the next try says kConflict, and folders()
  // tells its id
  return run([&] { return ews::create_folder(c_->session, {parent, {}, {}}, name, folder_class); });
}

/// `fields.extended`: the search key, then the marker if there is one.
Result<std::vector<model::ItemMark>> EwsMailbox::find_marks(const FolderId& folder, bool associated,
                                                            ews::Fields fields,
                                                            ews::Restriction restriction) {
  std::vector<model::ItemMark> marks;
  ews::FindItemQuery query{{folder, {}, {}}, associated, std::move(fields), std::move(restriction)};
  for (bool last = false; !last;) {
    TRY_ASSIGN(const auto page, run([&] { return ews::find_item(c_->session, query); }));
    for (const ews::ItemInfo& item : page.items) {
      model::ItemMark mark{item.head.id, {}, {}, item.head.size_bytes};
      if (item.extended.size() > 1) mark.marker = item.extended[1].value_or("");
      if (auto key = from_base64(item.extended[0].value_or(""))) mark.search_key = *std::move(key);
      marks.push_back(std::move(mark));
    }
    query.offset = page.next_offset;
    last = page.last;
  }
  return marks;
}

}  // namespace

Result<std::unique_ptr<model::MailboxTarget>> open_ews_mailbox(const EwsOptions& options) {
  TRY_ASSIGN(auto connection, EwsConnection::open(options));
  return std::unique_ptr<model::MailboxTarget>(std::make_unique<EwsMailbox>(std::move(connection)));
}

}  // namespace mk::source
