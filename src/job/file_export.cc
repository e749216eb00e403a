#include "job/file_export.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "base/json.h"
#include "base/safe_name.h"
#include "job/export_tree.h"
#include "job/output_file.h"
#include "job/pst_export.h"
#include "job/selection.h"
#include "mapi/item_reader.h"
#include "mime/export.h"

namespace mk::job {
namespace {

constexpr std::size_t kMaxSubjectBytes = 80;
constexpr std::size_t kHashDigits = 16;
constexpr char kIndexName[] = "export.jsonl";

/// The directories that ExportTree gives to the folders of a backup.
class Places {
 public:
  explicit Places(const Manifest& m) {
    std::map<std::string, pst::Nid> numbers;  // by folder id
    for (std::size_t i = 0; i < m.folders.size(); ++i) {
      const auto& folder = m.folders[i].folder;
      pst::FolderEntry entry;
      entry.nid = number_of(i);
      numbers.emplace(folder.id.value, entry.nid);
      const auto parent = numbers.find(folder.parent.value);
      entry.parent = parent == numbers.end() ? pst::Nid(0) : parent->second;
      entry.name = folder.name;
      tree_.add(entry);
    }
  }
  const std::filesystem::path& directory(std::size_t folder) const {
    return tree_.at(number_of(folder)).directory;
  }

 private:
  static pst::Nid number_of(std::size_t folder) { return pst::Nid(static_cast<std::uint32_t>(folder) + 1); }
  ExportTree tree_;
};

class FileExporter {
 public:
  FileExporter(const MailboxState& state, const std::filesystem::path& directory,
               const FileExportOptions& options, std::vector<bool> chosen, OutputFile index)
      : state_(state),
        directory_(directory),
        options_(options),
        chosen_(std::move(chosen)),
        places_(state.manifest()),
        index_(std::move(index)) {}

  Result<FileExportReport> run() {
    if (options_.items.empty())
      for (std::size_t i = 0; i < chosen_.size(); ++i)
        if (state_.manifest().folders[i].set >= 0 && chosen_[i]) TRY(begin_folder(i));
    TRY(state_.for_each([this](const MailboxState::Held& held) { return add(held); },
                        [this](std::uint64_t n, const Error& why) { skip(n, "", {}, why); }));
    TRY(index_.flush());
    return report_;
  }

 private:
  Status begin_folder(std::size_t folder) {
    if (!begun_.insert(folder).second) return ok;
    ++report_.folders;
    return mk::create_directories(directory_ / places_.directory(folder));
  }

  Status add(const MailboxState::Held& held) {
    if (options_.cancel != nullptr && *options_.cancel) return Error{Code::kCancelled, "interrupted"};
    if (!chosen_[held.folder] || held.line.head.associated) return ok;
    if (!options_.items.empty() && !options_.items.contains(held.line.head.id.value)) return ok;
    TRY(begin_folder(held.folder));
    const std::string& folder = state_.manifest().folders[held.folder].row.path;
    auto item = read(held);
    if (!item) {
      const Error& e = item.error();
      if (e.code == Code::kExhausted || e.code == Code::kDenied || e.code == Code::kUnavailable) return e;
      return skip_item(folder, held.line, e);
    }
    return write(held, folder, *item);
  }

  Result<model::Item> read(const MailboxState::Held& held) {
    TRY_ASSIGN(const BlobPtr stream, state_.stream(held));
    return mapi::read_exported_item(stream);
  }

  std::filesystem::path file_of(const MailboxState::Held& held, mime::Form form) const {
    const auto& folder = state_.manifest().folders[held.folder].folder.id.value;
    const auto hash = sha256(as_bytes(folder + '\n' + held.line.head.id.value));
    return places_.directory(held.folder) /
           fmt::format("{}.{}{}", safe_name(held.line.label.subject, kMaxSubjectBytes, "no subject"),
                       to_hex(hash).substr(0, kHashDigits), mime::extension(form));
  }

  Status write(const MailboxState::Held& held, const std::string& folder, const model::Item& item) {
    const mime::Form form = mime::form_of(item);
    const auto file = file_of(held, form);
    TRY_ASSIGN(OutputFile out, OutputFile::create(directory_ / file));
    const auto note = mime::write_item(item, form, out);
    const Status flushed = out.flush();
    if (out.failed()) return flushed ? Status(note.error()) : flushed;
    if (!note) {
      std::error_code ignored;  // a half-written file is worse than none; that it stays does no harm either
      std::filesystem::remove(directory_ / file, ignored);
      return skip_item(folder, held.line, note.error());
    }
    ++report_.items;
    if (!note->empty()) ++report_.incomplete;
    if (options_.progress != nullptr) ++options_.progress->items, options_.progress->bytes += held.line.bytes;
    return line(folder, held.line, fmt::format(",\"file\":{}", json_quote(file.string())));
  }

  void skip(std::uint64_t n, const std::string& folder, const ItemLine& item, const Error& why) {
    report_.skipped += n;
    if (options_.progress != nullptr) options_.progress->skipped += n;
    if (options_.on_skipped) options_.on_skipped(folder, item, why);
  }
  Status skip_item(const std::string& folder, const ItemLine& item, const Error& why) {
    skip(1, folder, item, why);
    return line(folder, item, fmt::format(",\"error\":{}", json_quote(why.what)));
  }

  Status line(const std::string& folder, const ItemLine& item, const std::string& rest) {
    return index_.write(as_bytes(fmt::format(
        "{{\"item\":{},\"folder\":{},\"class\":{},\"subject\":{}{}}}\n", json_quote(item.head.id.value),
        json_quote(folder), json_quote(item.head.item_class), json_quote(item.label.subject), rest)));
  }

  const MailboxState& state_;
  const std::filesystem::path& directory_;
  const FileExportOptions& options_;
  std::vector<bool> chosen_;
  Places places_;
  std::set<std::size_t> begun_;  // folders that have their directory
  OutputFile index_;
  FileExportReport report_;
};

}  // namespace

Result<FileExportReport> export_files(const MailboxState& state, const std::filesystem::path& directory,
                                      const FileExportOptions& options) {
  TRY_ASSIGN(auto chosen, choose_folders(state.manifest(), options.folders));
  TRY(make_empty_directory(directory));
  TRY_ASSIGN(auto index, OutputFile::create(directory / kIndexName));
  return FileExporter(state, directory, options, std::move(chosen), std::move(index)).run();
}

}  // namespace mk::job
