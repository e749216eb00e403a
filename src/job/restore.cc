#include "job/restore.h"

#include <fmt/format.h>

#include <map>

#include "base/hash.h"
#include "job/backup_directory.h"
#include "job/chain.h"
#include "job/fetcher.h"
#include "job/marker.h"
#include "job/recognise.h"
#include "job/restore_folders.h"
#include "job/spool.h"
#include "job/uploader.h"
#include "mapi/marker.h"

namespace mk::job {
namespace {

class Restore {
 public:
  Restore(model::MailboxTarget& target, const RestoreSource& source, const RestoreOptions& options)
      : target_(target),
        options_(options),
        source_(source),
        manifest_(source.state.manifest()),
        same_mailbox_(options.target_mailbox == manifest_.mailbox),
        folders_(target, manifest_, options, same_mailbox_,
                 [this](const MadeFolder& f) { return folder_made(f); }) {}

  Result<RestoreReport> run() {
    report_.point = manifest_.name;
    report_.dry_run = options_.dry_run;
    TRY(folders_.open());
    TRY(begin_journal());
    TRY(make_folders());
    TRY(source_.state.for_each([this](const Held& held) { return item(held); },
                               [this](std::uint64_t items, const Error& why) { lost(items, why); }));
    if (uploader_) {
      TRY(uploader_->finish());
      TRY(uploader_->set_read(target_, without_read_state_));
      if (uploader_->read_not_set() > 0)
        report_.notes.push_back(fmt::format("the read state of {} items could not be set on this server",
                                            uploader_->read_not_set()));
    }
    if (journal_) TRY(journal_->end(report_.created, report_.updated));
    report_.folders_created = folders_.created();
    report_.not_in_state = options_.items.size() - found_.size();
    list_left();
    return std::move(report_);
  }

 private:
  using Held = MailboxState::Held;
  using Action = RestoreEvent::Action;
  using How = FolderContent::How;

  bool copies() const { return options_.if_present == IfPresent::kCopy; }
  bool replaces() const { return options_.if_present == IfPresent::kReplace; }

  void lost(std::uint64_t items, const Error& why) {
    report_.failed += items;
    report_.notes.push_back(fmt::format("{} items are lost: {}", items, why.what));
  }

  Status begin_journal() {
    TRY_ASSIGN(open_reads_, read_open_reads(source_.journals));
    RestoreJournal::Head head{manifest_.name, options_.target_mailbox, options_.to_folder, options_.name};
    if (copies()) TRY(choose_run(head));
    if (options_.dry_run) return ok;
    TRY_ASSIGN(journal_, RestoreJournal::create(source_.journals, to_file_time(options_.clock->now()), head,
                                                open_reads_));
    std::vector<std::unique_ptr<model::MailboxSource>> connections;
    for (int i = 0; i < std::max(1, options_.connections); ++i) {
      TRY_ASSIGN(auto clone, target_.clone());
      connections.push_back(std::move(clone));
    }
    uploader_ = std::make_unique<Uploader>(std::move(connections), *journal_,
                                           [this](const RestoreEvent& e) { count(e); });
    for (const auto& folder : made_early_) TRY(uploader_->journal_folder(folder));
    return ok;
  }

  /// An undo takes it back. The one that a restore goes below is made before there is a journal.
  Status folder_made(const MadeFolder& folder) {
    if (uploader_) return uploader_->journal_folder(folder);
    made_early_.push_back(folder);
    return ok;
  }

  /// One that has a name is the same run in all its attempts.
  Status choose_run(RestoreJournal::Head& head) {
    const auto chosen =
        fmt::format("{}\n\n{}", fmt::join(options_.folders, "\n"), fmt::join(options_.items, "\n"));
    head.selection = to_hex(sha256(as_bytes(chosen)));
    TRY_ASSIGN(head.run,
               options_.name.empty()
                   ? RestoreJournal::copy_run(source_.journals, to_file_time(options_.clock->now()), head)
                   : Result<std::string>(options_.name));
    run_ = head.run;
    return ok;
  }

  /// Empty folders are part of the state too, but not of some items.
  Status make_folders() {
    if (!options_.items.empty()) return ok;
    for (std::size_t i = 0; i < manifest_.folders.size(); ++i)
      if (manifest_.folders[i].set >= 0 && folders_.chosen(i)) TRY(content(i));
    return ok;
  }

  Result<FolderContent*> content(std::size_t folder) {
    TRY_ASSIGN(const RestoreFolders::Place* const place, folders_.place(folder));
    // Two folders of the backup may land in one of the target: they share what was found there.
    auto& there = contents_[place->id.empty() ? "new:" + place->path : place->id.value];
    if (!there.content) {
      const FolderContent::Looking looking{same_mailbox_ && !copies(), replaces()};
      TRY_ASSIGN(there.content, FolderContent::open(target_, *place, looking, open_reads_));
      there.path = place->path;
    }
    return there.content.get();
  }

  void count(const RestoreEvent& e) {
    const bool creates = e.action == Action::kCreate, updates = e.action == Action::kUpdate;
    if (creates || updates) ++(creates ? report_.created : report_.updated), report_.bytes += e.line.bytes;
    if (e.action == Action::kTooLarge) ++report_.too_large;
    if (e.action == Action::kFailed) ++report_.failed;
    if (options_.progress != nullptr) {
      ++options_.progress->items;
      options_.progress->bytes += e.line.bytes;
      if (e.action == Action::kTooLarge || e.action == Action::kFailed) ++options_.progress->skipped;
    }
    if (options_.on_event) options_.on_event(e);
  }

  void present(How how, bool compared, const std::string& folder, const ItemLine& line) {
    RestoreEvent e{Action::kPresent, folder, line, {}, {}};
    switch (how) {
      case How::kById:
        e.why = "it is still there (same id and version)", ++report_.present_by_id;
        break;
      case How::kChangedSince:
        e.why = compared ? "it is still there, with the same content"
                         : "it is still there and was changed since; the newer one is left as it is";
        ++report_.present_by_id, changed_since_ += compared ? 0 : 1;
        break;
      case How::kByMarker:
        e.why =
            copies() ? "this restore created it before it was interrupted" : "an earlier restore created it";
        ++report_.present_by_marker;
        break;
      default:
        e.why = "an item with the same search key and content is there", ++report_.present_by_content;
    }
    emit(e);
  }

  /// Events come from here and from the uploader's threads.
  void emit(const RestoreEvent& e) { uploader_ ? uploader_->emit(e) : count(e); }

  bool is_chosen(const Held& held) {
    if (!folders_.chosen(held.folder)) return false;
    if (options_.items.empty()) return true;
    if (!options_.items.contains(held.line.head.id.value)) return false;
    found_.insert(held.line.head.id.value);
    return true;
  }

  Status item(const Held& held) {
    if (options_.cancel != nullptr && *options_.cancel)
      return Error{Code::kCancelled, "interrupted; the same command creates what is still missing"};
    if (!is_chosen(held)) return ok;
    ++report_.in_state;
    TRY_ASSIGN(FolderContent* const there, content(held.folder));
    TRY_ASSIGN(const RestoreFolders::Place* const place, folders_.place(held.folder));
    auto marker = marker_value(manifest_.mailbox, manifest_.folders[held.folder].folder.id, held.line);
    if (copies()) marker = copy_marker(marker, run_);
    TRY_ASSIGN(const auto found, copies() ? there->find_marked(marker) : there->find(held.line, marker));
    if (found.how == How::kAbsent) return upload(held, *place, marker, {});
    const bool compares = replaces() && may_differ(found.how, held.line);
    if (compares) {
      using Content = FolderContent::Comparison::Content;
      TRY_ASSIGN(const auto now, there->compare(found.id, found.size_bytes, held.line));
      if (now.content == Content::kOther && now.hash != hash_of_stored(held))
        return upload(held, *place, marker, found.id);
      if (now.content == Content::kUnknown)
        return emit({Action::kFailed, place->path, held.line, now.why, {}}), ok;
    }
    if (found.how == How::kByMarker)
      if (const auto id = there->without_read_state(marker)) return set_read_later(held, *place, marker, *id);
    return present(found.how, compares, place->path, held.line), ok;
  }

  /// What a PST gives back may hash to something else than what went into it.
  ByteString hash_of_stored(const Held& held) const {
    auto stream = source_.state.stream(held);
    if (!stream) return held.line.hash;
    const auto stored = describe_item(held.line.head, *std::move(stream));
    return stored ? stored->line.hash : held.line.hash;
  }

  /// What was found by its content, or has the same id and version, has the same content. What was backed up
  /// without a content hash (text in an unknown code page) cannot be compared, and is left.
  static bool may_differ(How how, const ItemLine& line) {
    return !line.hash.empty() && (how == How::kChangedSince || how == How::kByMarker);
  }

  /// An earlier restore was killed, or lost its server, between creating the item and setting its read state.
  Status set_read_later(const Held& held, const RestoreFolders::Place& place, const std::string& marker,
                        const model::ItemId& id) {
    without_read_state_.push_back({place.id, marker, id, held.line.head.read});
    ++report_.present_by_marker;
    ++report_.read_finished;
    emit({Action::kPresent,
          place.path,
          held.line,
          "an earlier restore created it, but did not come to set its read state; this one does",
          {}});
    return ok;
  }

  /// As a new item, or as the content of one that is there.
  Status upload(const Held& held, const RestoreFolders::Place& place, const std::string& marker,
                const model::ItemId& replaced) {
    const auto action = replaced.empty() ? Action::kCreate : Action::kUpdate;
    if (options_.dry_run) return emit({action, place.path, held.line, {}, {}}), ok;
    auto stream = marked_stream(held, marker);
    if (!stream) {
      const Error& e = stream.error();
      if (e.code == Code::kExhausted || e.code == Code::kDenied) return e;
      emit({Action::kFailed, place.path, held.line, e.what, {}});
      return ok;
    }
    PendingUpload pending;
    pending.upload = {place.id, held.line.head.associated, *std::move(stream), replaced};
    pending.marker = marker;
    pending.line = held.line;
    pending.folder = place.path;
    pending.set_read = held.read_changed;
    return uploader_->add(std::move(pending));
  }

  Result<BlobPtr> marked_stream(const Held& held, const std::string& marker) {
    TRY_ASSIGN(const BlobPtr stored, source_.state.stream(held));
    TRY_ASSIGN(const auto in, stored->open());
    Spool spool(std::filesystem::temp_directory_path());
    TRY(mapi::add_property(*in, marker_property(marker), spool));
    return spool.finish();
  }

  void list_left() {
    if (copies()) return;  // what they were created beside was not looked for
    for (const auto& [id, there] : contents_)
      if (there.content->left() > 0)
        report_.left.push_back(fmt::format("{}: {} items that are not part of the restored state", there.path,
                                           there.content->left()));
    if (changed_since_ > 0)
      report_.left.push_back(
          fmt::format("{} items were changed since; the newer versions stay", changed_since_));
  }

  struct There {
    std::unique_ptr<FolderContent> content;
    std::string path;
  };
  model::MailboxTarget& target_;
  const RestoreOptions& options_;
  const RestoreSource& source_;
  const Manifest& manifest_;
  bool same_mailbox_;
  std::string run_;  // of copies
  RestoreFolders folders_;
  RestoreReport report_;
  std::uint64_t changed_since_ = 0;
  std::set<std::string> found_;                // of options_.items
  std::map<std::string, There> contents_;      // by target folder
  OpenReads open_reads_;                       // of earlier restores
  std::vector<ReadToSet> without_read_state_;  // of those, what is in this state
  std::vector<MadeFolder> made_early_;         // folders, before there was a journal
  std::unique_ptr<RestoreJournal> journal_;
  std::unique_ptr<Uploader> uploader_;
};

}  // namespace

Result<RestoreReport> run_restore(model::MailboxTarget& target, const RestoreOptions& options) {
  TRY_ASSIGN(BackupDirectory dir, BackupDirectory::open(options.directory));
  if (!options.dry_run) TRY(dir.lock());
  TRY_ASSIGN(const Chain chain, Chain::open(dir, options.at));
  return run_restore(target, {chain, dir.restores()}, options);
}

Result<RestoreReport> run_restore(model::MailboxTarget& target, const RestoreSource& source,
                                  const RestoreOptions& options) {
  return Restore(target, source, options).run();
}

}  // namespace mk::job
