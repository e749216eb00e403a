#include "undo/removable.h"

#include <algorithm>

#include "ews/get_folder.h"
#include "ews/get_item.h"
#include "job/fetcher.h"
#include "job/marker.h"
#include "source/ews_connection.h"
#include "undo/deletions.h"

namespace mk::undo {
namespace {

class EwsRemovable final : public Removable {
 public:
  EwsRemovable(std::unique_ptr<source::EwsConnection> connection,
               std::unique_ptr<model::MailboxTarget> mailbox)
      : c_(std::move(connection)), mailbox_(std::move(mailbox)) {}

  Result<std::vector<std::optional<model::ItemHead>>> look(const std::vector<model::ItemId>& items) override {
    TRY_ASSIGN(const auto found, c_->retry.run(c_->session, [&] {
      return ews::get_item(c_->session, items, ews::head_fields());
    }));
    std::vector<std::optional<model::ItemHead>> heads;
    for (const auto& one : found) {
      // an id that the server cannot even read is none of a living item
      if (!one && one.error().code != Code::kNotFound && one.error().code != Code::kInvalid)
        return one.error();
      heads.push_back(one ? std::optional(one->head) : std::nullopt);
    }
    return heads;
  }

  Result<std::vector<model::ItemMark>> marked(const model::FolderId& folder) override {
    TRY_ASSIGN(auto marks, mailbox_->marked(folder, false, job::marker_name()));
    TRY_ASSIGN(auto hidden, mailbox_->marked(folder, true, job::marker_name()));
    std::move(hidden.begin(), hidden.end(), std::back_inserter(marks));
    return marks;
  }

  Result<ByteString> content(const model::ItemHead& item) override {
    Result<ByteString> hash = Error{Code::kNotFound, "it vanished"};
    const auto take = [&](job::Fetched fetched) -> Status {
      if (fetched.outcome == job::Fetched::Outcome::kSkipped)
        hash = Error{Code::kCorrupt, fetched.line.reason};
      if (fetched.outcome == job::Fetched::Outcome::kWhole) hash = std::move(fetched.line.hash);
      return ok;
    };
    TRY(job::fetch_items(*mailbox_, {item}, std::filesystem::temp_directory_path(), take));
    return hash;
  }

  /// An answer that was lost may stand for items that are gone: the next try says so.
  Result<std::vector<Status>> remove(const std::vector<model::ItemId>& items) override {
    return c_->retry.run(c_->session, [&] { return delete_items(c_->session, items); });
  }

  Result<std::optional<FolderNow>> look_at_folder(const model::FolderId& folder) override {
    TRY_ASSIGN(const auto found, c_->retry.run(c_->session, [&] {
      return ews::get_folder(c_->session, {{folder, {}, {}}}, ews::folder_fields());
    }));
    const auto& one = found.front();
    if (!one && (one.error().code == Code::kNotFound || one.error().code == Code::kInvalid))
      return std::optional<FolderNow>();
    if (!one) return one.error();
    FolderNow now{one->parent, one->name, {}, one->children};
    if (one->total && one->associated) now.items = *one->total + *one->associated;
    return std::optional(std::move(now));
  }

  Status discard_folder(const model::FolderId& folder) override {
    return delete_folder(folder, FolderDeletion::kMoveToDeletedItems);
  }
  Status remove_folder(const model::FolderId& folder) override {
    return delete_folder(folder, FolderDeletion::kHardDelete);
  }

 private:
  Status delete_folder(const model::FolderId& folder, FolderDeletion how) {
    return c_->retry.run(c_->session, [&] { return undo::delete_folder(c_->session, folder, how); });
  }

  std::unique_ptr<source::EwsConnection> c_;
  std::unique_ptr<model::MailboxTarget> mailbox_;
};

}  // namespace

Result<std::unique_ptr<Removable>> open_removable(const source::EwsOptions& options) {
  TRY_ASSIGN(auto connection, source::EwsConnection::open(options));
  TRY_ASSIGN(auto mailbox, source::open_ews_mailbox(options));
  return std::unique_ptr<Removable>(
      std::make_unique<EwsRemovable>(std::move(connection), std::move(mailbox)));
}

}  // namespace mk::undo
