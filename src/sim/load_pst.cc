#include <fmt/format.h>

#include "base/log.h"
#include "base/text.h"
#include "mapi/item_writer.h"
#include "model/tags.h"
#include "pst/reader.h"
#include "pst/subject_mark.h"
#include "sim/load.h"

namespace mk::sim {
namespace {

class PstLoader {
 public:
  PstLoader(Mailbox& mailbox, const pst::PstFile& file) : mailbox_(mailbox), file_(file) {}

  Result<LoadReport> run() {
    places_[file_.ipm_subtree().value] = mailbox_.well_known("msgfolderroot")->number;
    TRY_ASSIGN(const auto entries, file_.folders());
    for (const auto& entry : entries) {
      const auto parent = places_.find(entry.parent.value);
      if (entry.nid.value != file_.ipm_subtree().value && parent == places_.end())
        continue;  // outside the IPM subtree
      if (entry.nid.value != file_.ipm_subtree().value)
        places_[entry.nid.value] = place_for(parent->second, entry);
      for (const bool associated : {false, true}) load_items(entry, associated);
    }
    return report_;
  }

 private:
  std::uint64_t place_for(std::uint64_t parent, const pst::FolderEntry& entry) {
    if (const Folder* there = mailbox_.child(parent, entry.name);
        there != nullptr && !there->well_known.empty())
      return there->number;
    ++report_.folders;
    return mailbox_.add_folder(parent, entry.name, entry.container_class).number;
  }

  void load_items(const pst::FolderEntry& entry, bool associated) {
    const auto nids = file_.items(entry.nid, associated);
    if (!nids)
      return log_warning(fmt::format("folder {} left out: {}", printable(entry.name), nids.error().what));
    for (const auto nid : *nids) {
      const Status loaded = load_item(nid, places_[entry.nid.value], associated);
      ++(loaded ? report_.items : report_.skipped);
      if (!loaded)
        log_warning(fmt::format("item of {} left out: {}", printable(entry.name), loaded.error().what));
    }
  }

  Status load_item(pst::Nid nid, std::uint64_t folder, bool associated) {
    TRY_ASSIGN(model::Item item, file_.read_item(nid));
    pst::remove_subject_marks(item);  // a server gives subjects without them
    TRY_ASSIGN(BlobPtr bytes,
               mailbox_.spool().add([&](ByteSink& out) { return mapi::write_exported_item(item, out); }));
    mailbox_.add_item(folder, associated, std::move(bytes), facts_of(item));
    return ok;
  }

  Mailbox& mailbox_;
  const pst::PstFile& file_;
  std::map<std::uint32_t, std::uint64_t> places_;  // PST folder to ours
  LoadReport report_;
};

}  // namespace

Result<LoadReport> load_pst(Mailbox& mailbox, const std::filesystem::path& path) {
  auto file = pst::PstFile::open(path);
  if (!file) return std::move(file).error().in(path.string());
  return PstLoader(mailbox, **file).run();
}

}  // namespace mk::sim
