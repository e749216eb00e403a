#include "source/folder_tree.h"

#include <map>
#include <set>

#include "ews/find_folder.h"
#include "ews/find_item.h"
#include "ews/get_folder.h"

namespace mk::source {
namespace {

using ews::ServerVersion;

/// Distinguished folders below msgfolderroot, by the schema that introduced them; to ask an older server for
/// one makes it refuse the whole request.
const std::vector<std::string>& well_known_names(ServerVersion version) {
  static const std::vector<std::string> old = {"inbox",     "calendar", "contacts",  "deleteditems",
                                               "drafts",    "journal",  "notes",     "outbox",
                                               "sentitems", "tasks",    "junkemail", "voicemail"};
  static const std::vector<std::string> since_2013 = [] {
    auto all = old;
    for (const char* name : {"syncissues", "conflicts", "localfailures", "serverfailures", "recipientcache",
                             "quickcontacts", "conversationhistory"})
      all.emplace_back(name);
    return all;
  }();
  return version < ServerVersion::kExchange2013 ? old : since_2013;
}

Result<std::map<std::string, std::string>> well_known_by_id(EwsConnection& c) {
  const auto& names = well_known_names(c.session.version);
  std::vector<ews::FolderRef> refs;
  for (const auto& name : names) refs.push_back(c.distinguished(name));
  TRY_ASSIGN(const auto found, c.retry.run(c.session, [&] { return ews::get_folder(c.session, refs, {}); }));
  std::map<std::string, std::string> by_id;
  for (std::size_t i = 0; i < names.size(); ++i)
    if (found[i]) by_id.emplace(found[i]->id.value, names[i]);
  return by_id;
}

Result<std::vector<ews::FolderInfo>> list_all(EwsConnection& c) {
  const auto top = c.distinguished("msgfolderroot");
  TRY_ASSIGN(auto found,
             c.retry.run(c.session, [&] { return ews::get_folder(c.session, {top}, ews::folder_fields()); }));
  if (!found[0]) return std::move(found[0]).error();
  found[0]->parent = {};
  std::vector<ews::FolderInfo> all = {*std::move(found[0])};
  std::uint32_t offset = 0;
  for (bool last = false; !last;) {
    TRY_ASSIGN(auto page, c.retry.run(c.session, [&] {
      return ews::find_folder(c.session, top, ews::folder_fields(), offset);
    }));
    for (auto& folder : page.folders) all.push_back(std::move(folder));
    offset = page.next_offset;
    last = page.last;
  }
  return all;
}

Result<model::Folder> folder_of(EwsConnection& c, ews::FolderInfo info) {
  model::Folder f;
  f.id = std::move(info.id);
  f.parent = std::move(info.parent);
  f.name = std::move(info.name);
  f.folder_class = std::move(info.folder_class);
  f.items = info.total.value_or(0);
  f.unread = info.unread.value_or(0);
  f.size_bytes = info.size_bytes.value_or(0);
  f.readable = info.may_read.value_or(true);
  if (!f.readable)
    f.why_unreadable = "the server grants no right to read this folder (a shared or room calendar, say)";
  if (info.associated || !f.readable) {
    f.associated = info.associated.value_or(0);
    return f;
  }
  const auto counted = count_associated(c, f.id);
  if (!counted && counted.error().code != Code::kDenied) return counted.error();
  f.readable = static_cast<bool>(counted);
  if (counted)
    f.associated = *counted;
  else
    f.why_unreadable = counted.error().what;
  return f;
}

}  // namespace

Result<std::uint64_t> count_associated(EwsConnection& c, const model::FolderId& folder) {
  const ews::FindItemQuery query{{folder, {}, {}}, true, {}, std::nullopt, 0, 1};
  TRY_ASSIGN(const auto page, c.retry.run(c.session, [&] { return ews::find_item(c.session, query); }));
  return page.total;
}

std::vector<model::Folder> parents_first(std::vector<model::Folder> folders) {
  std::map<std::string, std::size_t> place;
  for (std::size_t i = 0; i < folders.size(); ++i) place.emplace(folders[i].id.value, i);
  std::vector<model::Folder> sorted;
  std::vector<int> state(folders.size(), 0);  // 1: on the way up, 2: placed
  for (std::size_t i = 0; i < folders.size(); ++i) {
    std::vector<std::size_t> way;
    for (std::size_t at = i; state[at] == 0;) {
      state[at] = 1;
      way.push_back(at);
      const auto parent = place.find(folders[at].parent.value);
      const bool usable = parent != place.end() && state[parent->second] != 1;
      if (!usable && at != 0) folders[at].parent = folders[0].id;
      if (!usable) break;
      at = parent->second;
    }
    for (; !way.empty(); way.pop_back()) {
      state[way.back()] = 2;
      sorted.push_back(folders[way.back()]);
    }
  }
  return sorted;
}

Result<std::vector<model::Folder>> read_folder_tree(EwsConnection& c) {
  TRY_ASSIGN(auto listed, list_all(c));
  TRY_ASSIGN(const auto well_known, well_known_by_id(c));
  std::vector<model::Folder> folders;
  std::set<std::string> seen;  // pages may overlap when folders come and go
  for (auto& info : listed) {
    if (info.is_search_folder || info.id.empty() || !seen.insert(info.id.value).second) continue;
    TRY_ASSIGN(auto folder, folder_of(c, std::move(info)));
    const auto name = well_known.find(folder.id.value);
    if (name != well_known.end()) folder.well_known = name->second;
    folders.push_back(std::move(folder));
  }
  if (!folders.empty()) folders[0].well_known = "msgfolderroot";
  return parents_first(std::move(folders));
}

}  // namespace mk::source
