#include "pst/salvaged_folders.h"

#include <map>
#include <set>

#include "model/tags.h"

namespace mk::pst {
namespace {

FolderEntry recovered_folder(Nid subtree) {
  FolderEntry out;
  out.nid = kRecoveredFolder;
  out.parent = subtree;
  out.name = "Recovered";
  out.container_class = "IPF.Note";
  out.properties.set_text(model::pid::kDisplayName, out.name);
  out.properties.set_text(model::pid::kContainerClass, out.container_class);
  return out;
}

struct Family {
  std::map<Nid, Nid> folders;  // with their parents, of those that the root does not lead to
  std::array<std::vector<Nid>, 2> orphans;
};

Family find_family(const ndb::Database& db, const std::set<Nid>& reached) {
  Family out;
  // Damage was told of when the nodes were found.
  static_cast<void>(db.visit_nodes([&](const ndb::Node& n) {
    if (n.nid.type() == NidType::kNormalFolder && !reached.contains(n.nid)) out.folders[n.nid] = n.parent;
  }));
  static_cast<void>(db.visit_nodes([&](const ndb::Node& n) {
    const bool associated = n.nid.type() == NidType::kAssocMessage;
    if (!associated && n.nid.type() != NidType::kNormalMessage) return;
    if (!reached.contains(n.parent) && !out.folders.contains(n.parent))
      out.orphans[associated ? 1 : 0].push_back(n.nid);
  }));
  return out;
}

}  // namespace

SalvagedFolders SalvagedFolders::find(const ndb::Database& db, const FolderReader& reader,
                                      std::vector<FolderEntry> entries, Nid subtree) {
  SalvagedFolders out;
  out.entries_ = std::move(entries);
  std::set<Nid> reached{nid::kRootFolder};
  for (const auto& f : out.entries_) reached.insert(f.nid);
  Family family = find_family(db, reached);
  out.orphans_ = std::move(family.orphans);
  if (family.folders.empty() && out.orphans_[0].empty() && out.orphans_[1].empty()) return out;
  FolderEntry recovered = recovered_folder(subtree);
  recovered.items = out.orphans_[0].size();
  recovered.associated = out.orphans_[1].size();
  out.entries_.push_back(std::move(recovered));
  const auto add = [&](Nid folder) {
    if (!reached.insert(folder).second) return;
    out.entries_.push_back(reader.entry(folder, kRecoveredFolder));
    auto below = reader.below(folder);
    for (auto& f : below ? *below : std::vector<FolderEntry>())
      if (reached.insert(f.nid).second) out.entries_.push_back(std::move(f));
  };
  for (const auto& [folder, parent] : family.folders)
    if (!family.folders.contains(parent) || parent == folder) add(folder);
  for (const auto& [folder, parent] : family.folders) add(folder);  // parents of each other
  return out;
}

}  // namespace mk::pst
