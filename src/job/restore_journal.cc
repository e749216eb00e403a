#include "job/restore_journal.h"

#include <map>
#include <ranges>

#include "job/backup_directory.h"
#include "job/json.h"

namespace mk::job {
namespace {

constexpr std::string_view kSuffix = ".jsonl";

std::string line(std::string_view kind, Object fields) {
  return boost::json::serialize(Object{{kind, std::move(fields)}});
}

Object key_fields(std::string_view to, std::string_view marker) {
  return {{"to", valid_utf8(to)}, {"marker", valid_utf8(marker)}};
}

void apply(OpenReads& open, const Object& record) {
  const auto key = [&](std::string_view kind) {
    const Object& o = object_in(record, kind);
    return std::pair(text_in(o, "to"), text_in(o, "marker"));
  };
  if (record.contains("open")) open.insert(key("open"));
  if (flag_in(object_in(record, "intent"), "set_read")) open.insert(key("intent"));
  if (record.contains("read")) open.erase(key("read"));
}

/// Gathers what the lines of one journal say.
class RestoredItems {
 public:
  void begin_journal() { of_this_journal_.clear(); }
  Status apply(const Object& record) {
    if (record.contains("intent")) return intend(object_in(record, "intent"));
    if (record.contains("done")) finish(object_in(record, "done"));
    if (record.contains("failed")) fail(object_in(record, "failed"));
    return ok;
  }
  /// Without what failed, and without what a later journal knows better.
  std::vector<RestoredItem> created() {
    return take([](const RestoredItem& i) { return !i.updated; });
  }
  std::vector<RestoredItem> updated() {
    std::set<std::pair<std::string, std::string>> created;
    for (const auto& i : items_)
      if (!i.updated) created.emplace(i.to.value, i.marker);
    return take(
        [&](const RestoredItem& i) { return i.updated && !created.contains({i.to.value, i.marker}); });
  }

 private:
  std::vector<RestoredItem> take(const std::function<bool(const RestoredItem&)>& wanted) {
    std::erase_if(items_, [&](const RestoredItem& i) { return !wanted(i); });
    std::set<std::pair<std::string, std::string>> known;
    for (const auto& i : items_)
      if (!i.id.empty()) known.emplace(i.to.value, i.marker);
    std::erase_if(items_, [&](const RestoredItem& i) {
      return i.marker.empty() || (i.id.empty() && !known.emplace(i.to.value, i.marker).second);
    });
    return std::move(items_);
  }
  Status intend(const Object& o) {
    RestoredItem item;
    item.to.value = text_in(o, "to");
    item.marker = text_in(o, "marker");
    item.source.value = text_in(o, "item");
    TRY_ASSIGN(item.hash, from_hex(text_in(o, "hash")));
    item.read = flag_in(o, "is_read");
    item.updated = !text_in(o, "replaces").empty();
    of_this_journal_[item.marker] = items_.size();
    items_.push_back(std::move(item));
    return ok;
  }
  RestoredItem* find(const Object& o) {
    const auto found = of_this_journal_.find(text_in(o, "marker"));
    return found == of_this_journal_.end() ? nullptr : &items_[found->second];
  }
  void finish(const Object& o) {
    auto* const item = find(o);
    if (item == nullptr) return;
    item->id.value = text_in(o, "id");
    item->change_key.value = text_in(o, "change_key");
  }
  /// An answer that was lost is a failure too, but not one that says that nothing was created.
  void fail(const Object& o) {
    auto* const item = find(o);
    if (item != nullptr && !flag_in(o, "unknown")) item->marker.clear();
  }

  std::vector<RestoredItem> items_;
  std::map<std::string, std::size_t> of_this_journal_;  // by marker
};

Status each_record(const std::filesystem::path& journal, const std::function<Status(const Object&)>& f) {
  TRY_ASSIGN(File file, File::open(journal, File::Mode::kRead));
  LineReader in(std::make_shared<const File>(std::move(file)));
  return each_whole_line(in, [&](std::string_view json) -> Result<bool> {
    TRY_ASSIGN(const Object record, parse_object(json));
    TRY(f(record));
    return true;
  });
}

Result<std::vector<std::string>> journal_names(const std::filesystem::path& dir) {
  TRY_ASSIGN(auto names, file_names(dir));
  std::erase_if(names, [](const std::string& n) { return !n.ends_with(kSuffix); });
  return names;
}

/// Every record of the restores of a name; `begin`: another journal begins.
Status each_record_of(const std::filesystem::path& dir, const std::string& restore,
                      const std::function<void()>& begin, const std::function<Status(const Object&)>& f) {
  TRY_ASSIGN(const auto names, journal_names(dir));
  for (const auto& name : names) {
    bool of_this = false;
    begin();
    TRY(each_record(dir / name, [&](const Object& record) -> Status {
      if (record.contains("restore")) of_this = text_in(object_in(record, "restore"), "name") == restore;
      return of_this ? f(record) : Status(ok);
    }));
  }
  return ok;
}

Result<RestoredItems> gather(const std::filesystem::path& dir, const std::string& restore) {
  RestoredItems found;
  TRY(each_record_of(
      dir, restore, [&] { found.begin_journal(); },
      [&](const Object& record) { return found.apply(record); }));
  return found;
}

/// The run of a journal of copies like this one, unless it came to its end.
struct CopyRun {
  bool is_like = false, ended = false;
  std::string run;
};
Result<CopyRun> copy_run_of(const std::filesystem::path& journal, const RestoreJournal::Head& head) {
  CopyRun found;
  TRY(each_record(journal, [&](const Object& record) -> Status {
    if (record.contains("end")) found.ended = true;
    if (!record.contains("restore")) return ok;
    const Object& o = object_in(record, "restore");
    found.run = text_in(o, "run");
    found.is_like = !found.run.empty() && text_in(o, "point") == head.point &&
                    text_in(o, "to") == head.target_mailbox && text_in(o, "to_folder") == head.to_folder &&
                    text_in(o, "name") == head.restore && text_in(o, "selection") == head.selection;
    return ok;
  }));
  return found;
}

}  // namespace

Result<std::vector<RestoredItem>> read_restored(const std::filesystem::path& dir,
                                                const std::string& restore) {
  TRY_ASSIGN(auto found, gather(dir, restore));
  return found.created();
}

Result<std::vector<RestoredItem>> read_updated(const std::filesystem::path& dir, const std::string& restore) {
  TRY_ASSIGN(auto found, gather(dir, restore));
  return found.updated();
}

Result<std::vector<MadeFolder>> read_made_folders(const std::filesystem::path& dir,
                                                  const std::string& restore) {
  std::vector<MadeFolder> made;
  TRY(each_record_of(
      dir, restore, [] {},
      [&](const Object& record) -> Status {
        if (!record.contains("folder")) return ok;
        const Object& o = object_in(record, "folder");
        made.push_back({{text_in(o, "id")}, {text_in(o, "parent")}, text_in(o, "name"), text_in(o, "path")});
        return ok;
      }));
  return made;
}

Result<std::string> RestoreJournal::copy_run(const std::filesystem::path& dir, FileTime now,
                                             const Head& head) {
  TRY_ASSIGN(const auto names, journal_names(dir));
  for (const auto& name : names | std::views::reverse) {
    TRY_ASSIGN(const auto last, copy_run_of(dir / name, head));
    if (!last.is_like) continue;
    if (!last.ended) return last.run;
    break;
  }
  return later_time_name(names, now);
}

Result<OpenReads> read_open_reads(const std::filesystem::path& dir) {
  OpenReads open;
  TRY_ASSIGN(const auto names, journal_names(dir));
  if (names.empty()) return open;
  TRY(each_record(dir / names.back(), [&](const Object& record) { return apply(open, record), Status(ok); }));
  return open;
}

Result<std::unique_ptr<RestoreJournal>> RestoreJournal::create(const std::filesystem::path& dir, FileTime now,
                                                               const Head& head, const OpenReads& open) {
  TRY(mk::create_directories(dir));
  TRY_ASSIGN(const auto names, file_names(dir));
  const std::string name = later_time_name(names, now) + std::string(kSuffix);
  // It counts as the newest one only with all that it took over.
  const auto unfinished = dir / (name + ".new");
  TRY_ASSIGN(auto out, LineWriter::create(unfinished));
  Object first{{"point", head.point},
               {"to", valid_utf8(head.target_mailbox)},
               {"to_folder", valid_utf8(head.to_folder)},
               {"name", valid_utf8(head.restore)}};
  put(first, "selection", head.selection);
  put(first, "run", head.run);
  TRY(out->write(line("restore", std::move(first))));
  for (const auto& [to, marker] : open) TRY(out->write(line("open", key_fields(to, marker))));
  TRY(out->finish());
  TRY(rename_durably(unfinished, dir / name));
  return std::unique_ptr<RestoreJournal>(new RestoreJournal(std::move(out)));
}

Status RestoreJournal::intend(const model::Upload& upload, const std::string& marker, const ItemLine& item,
                              bool set_read) {
  Object o = key_fields(upload.folder.value, marker);
  put(o, "replaces", upload.replaces.value);
  o["item"] = valid_utf8(item.head.id.value);
  put(o, "hash", to_hex(as_bytes(item.hash)));
  put_flag(o, "is_read", item.head.read);
  put_flag(o, "set_read", set_read);
  TRY(out_->write(line("intent", std::move(o))));
  return ok;
}

Status RestoreJournal::done(const std::string& marker, const Result<model::CreatedItem>& result) {
  Object o{{"marker", valid_utf8(marker)}};
  o[result ? "id" : "error"] = valid_utf8(result ? result->id.value : result.error().what);
  if (result) put(o, "change_key", result->change_key.value);
  // It may be there all the same: the answer did not come, or not whole.
  if (!result)
    put_flag(o, "unknown",
             result.error().code == Code::kUnavailable || result.error().code == Code::kTruncated);
  TRY(out_->write(line(result ? "done" : "failed", std::move(o))));
  return ok;
}

Status RestoreJournal::folder_made(const MadeFolder& folder) {
  TRY(out_->write(line("folder", {{"id", valid_utf8(folder.id.value)},
                                  {"parent", valid_utf8(folder.parent.value)},
                                  {"name", valid_utf8(folder.name)},
                                  {"path", valid_utf8(folder.path)}})));
  return ok;
}

Status RestoreJournal::read_is_set(const model::FolderId& to, const std::string& marker) {
  TRY(out_->write(line("read", key_fields(to.value, marker))));
  return ok;
}

Status RestoreJournal::end(std::uint64_t created, std::uint64_t updated) {
  TRY(out_->write(line("end", {{"created", created}, {"updated", updated}})));
  return out_->finish();
}

}  // namespace mk::job
