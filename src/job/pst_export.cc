#include "job/pst_export.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/json.h"
#include "base/safe_name.h"
#include "job/export_tree.h"
#include "job/output_file.h"
#include "mime/export.h"
#include "model/tags.h"

namespace mk::job {
namespace {

constexpr std::size_t kMaxSubjectBytes = 80;
constexpr char kIndexName[] = "export.jsonl";

class Exporter {
 public:
  Exporter(const pst::PstFile& from, const std::filesystem::path& directory, const ExportOptions& options,
           OutputFile index)
      : from_(from), directory_(directory), options_(options), index_(std::move(index)) {}

  Result<ExportReport> run(const std::vector<pst::FolderEntry>& folders, const ExportTree& tree) {
    for (const auto& f : folders)
      if (const auto& place = tree.at(f.nid); is_selected(place.path)) TRY(export_folder(f.nid, place));
    TRY(index_.flush());
    return report_;
  }

 private:
  bool is_selected(const std::string& path) const {
    return options_.folders.empty() || std::ranges::any_of(options_.folders, [&](const std::string& chosen) {
             return path == chosen || path.starts_with(chosen + "/");
           });
  }

  Status export_folder(pst::Nid folder, const ExportTree::Place& place) {
    ++report_.folders;
    TRY(mk::create_directories(directory_ / place.directory));
    for (const bool associated : {false, true}) {
      if (associated && !options_.associated) continue;
      const auto ids = from_.items(folder, associated);
      if (!ids) TRY(skip(place, pst::Nid(0), "", ids.error()));
      if (ids)
        for (const pst::Nid id : *ids) TRY(export_item(id, place, associated));
    }
    return ok;
  }

  Status export_item(pst::Nid id, const ExportTree::Place& place, bool associated) {
    const auto item = from_.read_item(id);
    if (!item) return skip(place, id, "", item.error());
    const std::string subject = mime::subject_of(item->properties);
    const std::string kind = item->properties.get_text(model::pid::kMessageClass).value_or("");
    const std::string facts =
        fmt::format(",\"class\":{},\"subject\":{}", json_quote(kind), json_quote(subject));
    const mime::Form form = associated ? mime::Form::kEml : mime::form_of(*item);
    const auto file =
        place.directory / fmt::format("{}.{:x}{}", safe_name(subject, kMaxSubjectBytes, "no subject"),
                                      id.value, mime::extension(form));
    TRY_ASSIGN(OutputFile out, OutputFile::create(directory_ / file));
    const auto note = mime::write_item(*item, form, out);
    const Status flushed = out.flush();
    if (out.failed()) return flushed ? Status(note.error()) : flushed;
    if (!note) {
      std::error_code ignored;  // a half-written file is worse than none; that it stays does no harm either
      std::filesystem::remove(directory_ / file, ignored);
      return skip(place, id, facts, note.error());
    }
    ++report_.items;
    return line(place, id,
                fmt::format(",\"file\":{}{}{}", json_quote(file.string()), facts,
                            associated ? ",\"associated\":true" : ""));
  }

  Status skip(const ExportTree::Place& place, pst::Nid id, const std::string& facts, const Error& error) {
    ++report_.skipped;
    if (options_.on_skipped) options_.on_skipped(place.path, id, error);
    return line(place, id, fmt::format("{},\"error\":{}", facts, json_quote(error.what)));
  }

  void tell_incomplete(const ExportTree::Place& place, pst::Nid id, const std::string& note) {
    ++report_.incomplete;
    if (options_.on_incomplete) options_.on_incomplete(place.path, id, note);
  }

  Status line(const ExportTree::Place& place, pst::Nid id, const std::string& rest) {
    const std::string item = id.value == 0 ? "" : fmt::format("\"item\":\"{:#x}\",", id.value);
    return index_.write(as_bytes(fmt::format("{{{}\"folder\":{}{}}}\n", item, json_quote(place.path), rest)));
  }

  const pst::PstFile& from_;
  const std::filesystem::path& directory_;
  const ExportOptions& options_;
  OutputFile index_;
  ExportReport report_;
};

}  // namespace

Status make_empty_directory(const std::filesystem::path& directory) {
  std::error_code failed;
  const bool there = std::filesystem::exists(directory, failed);
  const bool empty = there && std::filesystem::is_empty(directory, failed);
  if (failed && there) return Error{Code::kInvalid, directory.string() + ": " + failed.message()};
  if (there && (!std::filesystem::is_directory(directory, failed) || !empty))
    return Error{Code::kInvalid,
                 directory.string() + ": is there already and not an empty directory; name a new one"};
  return mk::create_directories(directory);
}

Result<ExportReport> export_pst(const pst::PstFile& from, const std::filesystem::path& directory,
                                const ExportOptions& options) {
  TRY_ASSIGN(const auto folders, from.folders());
  ExportTree tree;
  std::set<std::string> paths;
  for (const auto& f : folders) paths.insert(tree.add(f).path);
  for (const auto& chosen : options.folders)
    if (!paths.contains(chosen))
      return Error{
          Code::kInvalid,
          fmt::format("--folder {}: no such folder; `mailkeep pst ls --json` shows the paths", chosen)};
  TRY(make_empty_directory(directory));
  TRY_ASSIGN(auto index, OutputFile::create(directory / kIndexName));
  return Exporter(from, directory, options, std::move(index)).run(folders, tree);
}

}  // namespace mk::job
