#include "job/restore_journal.h"

#include "job/backup_directory.h"
#include "job/json.h"

namespace mk::job {
namespace {

constexpr std::string_view kSuffix = ".jsonl";

std::string line(std::string_view kind, Object fields) {
  return boost::json::serialize(Object{{kind, std::move(fields)}});
}

Object key_fields(std::string_view to, std::string_view marker) {
  return {{"to", json_text(to)}, {"marker", json_text(marker)}};
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

}  // namespace

Result<OpenReads> read_open_reads(const std::filesystem::path& dir) {
  OpenReads open;
  TRY_ASSIGN(auto names, file_names(dir));
  std::erase_if(names, [](const std::string& n) { return !n.ends_with(kSuffix); });
  if (names.empty()) return open;
  TRY_ASSIGN(File file, File::open(dir / names.back(), File::Mode::kRead));
  LineReader in(std::make_shared<const File>(std::move(file)));
  TRY(each_whole_line(in, [&](std::string_view json) -> Result<bool> {
    TRY_ASSIGN(const Object record, parse_object(json));
    return apply(open, record), true;
  }));
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
  TRY(out->write(line("restore", {{"point", head.point},
                                  {"to", json_text(head.target_mailbox)},
                                  {"to_folder", json_text(head.to_folder)}})));
  for (const auto& [to, marker] : open) TRY(out->write(line("open", key_fields(to, marker))));
  TRY(out->finish());
  TRY(rename_durably(unfinished, dir / name));
  return std::unique_ptr<RestoreJournal>(new RestoreJournal(std::move(out)));
}

Status RestoreJournal::intend(const model::FolderId& to, const std::string& marker, const model::ItemId& item,
                              bool set_read) {
  Object o = key_fields(to.value, marker);
  o["item"] = json_text(item.value);
  put_flag(o, "set_read", set_read);
  TRY(out_->write(line("intent", std::move(o))));
  return ok;
}

Status RestoreJournal::done(const std::string& marker, const Result<model::ItemId>& result) {
  Object o{{"marker", json_text(marker)}};
  o[result ? "id" : "error"] = json_text(result ? result->value : result.error().what);
  TRY(out_->write(line(result ? "done" : "failed", std::move(o))));
  return ok;
}

Status RestoreJournal::read_is_set(const model::FolderId& to, const std::string& marker) {
  TRY(out_->write(line("read", key_fields(to.value, marker))));
  return ok;
}

Status RestoreJournal::end(std::uint64_t created) {
  TRY(out_->write(line("end", {{"created", created}})));
  return out_->finish();
}

}  // namespace mk::job
