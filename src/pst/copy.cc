#include "pst/copy.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/safe_name.h"
#include "model/tags.h"
#include "pst/part_list.h"
#include "pst/tree_copier.h"

namespace mk::pst {
namespace {

constexpr std::size_t kMaxLabelBytes = 60;
constexpr const char* kUndated = "undated";

std::string store_name_of(const PstFile& file) {
  return file.store_properties().get_text(model::pid::kDisplayName).value_or(WriterOptions().store_name);
}

PartOptions part_options(const PstFile& first, const CopyOptions& options) {
  PartOptions out;
  out.writer.store_name = store_name_of(first);
  out.writer.permute = options.permute;
  out.writer.spill_directory = options.spill_directory;
  out.writer.threads = options.threads;
  out.max_bytes = options.max_bytes;
  out.replace = options.replace;
  return out;
}

/// A name that is spelled wrongly should not come to mean an empty copy.
Status check_folder_terms(std::span<const CopySource> from, const Where& where) {
  std::vector<FolderEntry> folders;
  for (const auto& term : where.folders()) {
    bool is_found = false;
    TRY_ASSIGN(const Where one, Where::parse(std::vector<std::string>{"folder=" + term}));
    for (const auto& source : from) {
      TRY_ASSIGN(folders, source.file->folders());
      is_found = is_found || !folders_meant(*source.file, folders, one).empty();
    }
    if (!is_found)
      return Error{Code::kInvalid,
                   fmt::format("--where 'folder={}': no such folder; `mailkeep pst tree` shows them", term)};
  }
  return ok;
}

/// Which items go into which part, by label; the labels sort as the parts should.
using Groups = std::map<std::string, std::vector<Nid>>;

std::string year_of(const model::PropertyList& properties) {
  const auto date = item_date(properties);
  return date ? format_utc(*date).substr(0, 4) : kUndated;
}

Groups group_by_year(const PstFile& from, const CopyOptions& options) {
  Groups groups;
  std::vector<std::string> lost;
  auto folders = from.folders();
  if (!folders) return groups;
  folders->insert(folders->begin(), from.root_entry());
  for (const auto& f : *folders)
    for (const bool associated : {false, true})
      if (const auto ids = from.items(f.nid, associated))
        for (const Nid id : *ids) {
          const auto item = from.read_item(id, options.partial ? &lost : nullptr);
          groups[item ? year_of(item->properties) : kUndated].push_back(id);  // told when it is copied
        }
  return groups;
}

/// Below the top of the mailbox by its folders, all else together.
Groups group_by_folder(const PstFile& from) {
  Groups groups;
  auto folders = from.folders();
  if (!folders) return groups;
  std::map<Nid, std::string> labels;
  std::set<std::string> taken{kUndated};
  const Nid top = from.ipm_subtree();
  folders->insert(folders->begin(), from.root_entry());
  for (const auto& f : *folders) {
    std::string label = "other";
    if (f.parent == top && f.nid != top) {
      label = safe_name(f.name, kMaxLabelBytes, "folder");
      if (label == "other" || !taken.insert(lower_ascii(label)).second)
        label += fmt::format(".{:x}", f.nid.value);
    } else if (const auto above = labels.find(f.parent); above != labels.end()) {
      label = above->second;
    }
    labels[f.nid] = label;
    for (const bool associated : {false, true})
      if (const auto ids = from.items(f.nid, associated))
        groups[label].insert(groups[label].end(), ids->begin(), ids->end());
  }
  std::erase_if(groups, [](const auto& g) { return g.second.empty(); });
  return groups;
}

std::filesystem::path labelled(const std::filesystem::path& path, const std::string& label) {
  auto out = path.parent_path() / path.stem();
  out += "-" + label + path.extension().string();
  return out;
}

/// Of an earlier run that had more parts.
std::vector<std::filesystem::path> replaced_parts(const std::filesystem::path& to, const CopyOptions& options,
                                                  const std::vector<Part>& parts) {
  return options.replace ? earlier_parts(to, parts) : std::vector<std::filesystem::path>();
}

/// Some may not be there.
Status remove_files(const std::vector<std::filesystem::path>& files) {
  for (const auto& file : files) {
    std::error_code failed;
    std::filesystem::remove(file, failed);
    if (failed)
      return Error{Code::kDenied, file.string() + " belongs to what was replaced and cannot be removed: " +
                                      failed.message()};
  }
  return ok;
}

/// Writes the parts of one label, and leaves them sealed.
Result<std::unique_ptr<PartWriter>> write_group(const CopySource& from, const std::filesystem::path& to,
                                                const CopyOptions& options, const Groups::value_type& group,
                                                CopyReport& report) {
  PartOptions parts = part_options(*from.file, options);
  parts.label = group.first;
  parts.writer.store_name += " " + group.first;
  TRY_ASSIGN(auto writer, PartWriter::create(labelled(to, group.first), parts));
  TRY(writer->set_store_properties(from.file->store_properties()));
  TreeCopier copier(*writer, options, report);
  report.folders = 0;
  TRY(copier.add_folders(from));
  TRY(copier.add_items(from, &group.second));
  TRY(writer->seal());
  return writer;
}

Result<CopyReport> split_by_label(const PstFile& from, const std::filesystem::path& to, SplitBy by,
                                  const CopyOptions& options) {
  Groups groups = by == SplitBy::kYear ? group_by_year(from, options) : group_by_folder(from);
  if (groups.empty()) groups[by == SplitBy::kYear ? kUndated : "other"];  // folders without items
  CopyReport report;
  std::vector<std::unique_ptr<PartWriter>> writers;
  for (auto& group : groups) {
    std::sort(group.second.begin(), group.second.end());
    TRY_ASSIGN(auto writer, write_group({&from, ""}, to, options, group, report));
    writers.push_back(std::move(writer));
  }
  for (const auto& w : writers) report.parts.insert(report.parts.end(), w->parts().begin(), w->parts().end());
  const auto earlier = replaced_parts(to, options, report.parts);
  TRY(write_part_list(to, by == SplitBy::kYear ? "year" : "folder", options.max_bytes, report.parts));
  for (const auto& w : writers) TRY(w->publish());
  TRY(remove_files(earlier));
  return report;
}

/// `lists_one`: even a single part is listed.
Result<CopyReport> copy_into_parts(std::span<const CopySource> from, const std::filesystem::path& to,
                                   const CopyOptions& options, bool lists_one) {
  MK_CHECK(!from.empty());
  TRY(check_folder_terms(from, options.where));
  TRY_ASSIGN(const auto writer, PartWriter::create(to, part_options(*from.front().file, options)));
  TRY(writer->set_store_properties(from.front().file->store_properties()));
  CopyReport report;
  TreeCopier copier(*writer, options, report);
  for (const auto& source : from) TRY(copier.add_folders(source));
  for (const auto& source : from) TRY(copier.add_items(source));
  TRY(writer->seal());
  report.parts = writer->parts();
  auto earlier = replaced_parts(to, options, report.parts);
  if (report.parts.size() > 1 || lists_one)
    TRY(write_part_list(to, "size", options.max_bytes, report.parts));
  else if (options.replace)
    earlier.push_back(part_list_path(to));
  TRY(writer->publish());
  TRY(remove_files(earlier));
  return report;
}

}  // namespace

Result<CopyReport> copy_psts(std::span<const CopySource> from, const std::filesystem::path& to,
                             const CopyOptions& options) {
  return copy_into_parts(from, to, options, false);
}

Result<CopyReport> copy_pst(const PstFile& from, const std::filesystem::path& to,
                            const CopyOptions& options) {
  const CopySource source{&from, ""};
  return copy_psts(std::span(&source, 1), to, options);
}

Result<CopyReport> split_pst(const PstFile& from, const std::filesystem::path& to, SplitBy by,
                             const CopyOptions& options) {
  if (by != SplitBy::kSize) return split_by_label(from, to, by, options);
  const CopySource source{&from, ""};
  return copy_into_parts(std::span(&source, 1), to, options, true);
}

}  // namespace mk::pst
