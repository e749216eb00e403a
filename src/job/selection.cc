#include "job/selection.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"

namespace mk::job {
namespace {

std::string lower_ascii(std::string_view s) {
  std::string out(s);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

constexpr std::string_view kTopName = "msgfolderroot";

}  // namespace

Result<std::vector<std::string>> parse_folder_path(std::string_view path) {
  const auto bad = [&](std::string_view why) {
    return Error{Code::kInvalid,
                 fmt::format("folder path \"{}\" {}; write names with / between them, \\/ for a slash "
                             "in a name, \\\\ for a backslash",
                             path, why)};
  };
  std::vector<std::string> names(1);
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '/') {
      names.emplace_back();
    } else if (path[i] != '\\') {
      names.back() += path[i];
    } else if (i + 1 < path.size() && (path[i + 1] == '/' || path[i + 1] == '\\')) {
      names.back() += path[++i];
    } else {
      return bad("holds a lone \\");
    }
  }
  if (std::any_of(names.begin(), names.end(), [](const auto& n) { return n.empty(); }))
    return bad("holds an empty name");
  return names;
}

std::string escape_folder_name(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '/' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

FolderTree::FolderTree(const std::vector<const model::Folder*>& folders)
    : folders_(folders), parents_(folders.size()) {
  std::map<std::string, std::size_t> by_id;
  for (std::size_t i = 0; i < folders_.size(); ++i) {
    by_id.emplace(folders_[i]->id.value, i);
    if (folders_[i]->well_known == kTopName) top_ = i;
  }
  for (std::size_t i = 0; i < folders_.size(); ++i) {
    const auto it = by_id.find(folders_[i]->parent.value);
    if (it != by_id.end() && it->second != i && it->second != top_) parents_[i] = it->second;
  }
  for (std::size_t i = 0; i < folders_.size(); ++i) {  // a server that answers with a circle must not hang us
    std::size_t steps = 0;
    for (auto p = parents_[i]; p; p = parents_[*p])
      if (++steps > folders_.size()) {
        parents_[i].reset();
        break;
      }
  }
}

std::string FolderTree::path(std::size_t folder) const {
  std::string out = escape_folder_name(folders_[folder]->name);
  for (auto p = parents_[folder]; p; p = parents_[*p])
    out.insert(0, escape_folder_name(folders_[*p]->name) + "/");
  return out;
}

std::vector<std::size_t> FolderTree::children_named(std::optional<std::size_t> parent,
                                                    std::string_view name) const {
  std::vector<std::size_t> exact, loose;
  for (std::size_t i = 0; i < folders_.size(); ++i) {
    if (parents_[i] != parent || i == top_) continue;
    if (folders_[i]->name == name) exact.push_back(i);
    if (lower_ascii(folders_[i]->name) == lower_ascii(name)) loose.push_back(i);
  }
  return exact.empty() ? loose : exact;
}

Error FolderTree::ambiguous(std::string_view given, const std::vector<std::size_t>& found) const {
  std::string ids;
  for (const auto i : found)
    ids += fmt::format("\n  id:{}  {} items", folders_[i]->id.value, folders_[i]->items);
  return {Code::kInvalid,
          fmt::format("folder \"{}\" is ambiguous, several folders have that name; say which by its id:{}",
                      given, ids)};
}

Result<std::size_t> FolderTree::find(std::string_view given) const {
  if (given.starts_with("id:")) {
    for (std::size_t i = 0; i < folders_.size(); ++i)
      if (folders_[i]->id.value == given.substr(3)) return i;
    return Error{Code::kNotFound,
                 fmt::format("no folder has the id {}; `mailkeep folders` lists them", given.substr(3))};
  }
  TRY_ASSIGN(const auto names, parse_folder_path(given));
  std::optional<std::size_t> at;
  for (const auto& name : names) {
    const auto found = children_named(at, name);
    if (found.size() > 1) return ambiguous(given, found);
    if (found.empty())
      return Error{Code::kNotFound,
                   fmt::format("folder \"{}\": there is no \"{}\" {}; `mailkeep folders` lists them", given,
                               name, at ? "in " + path(*at) : std::string("at the top of the mailbox"))};
    at = found.front();
  }
  return *at;
}

namespace {

/// Position of the set of the nearest selected folder at or above `folder`, -1 when there is none.
int set_of(const FolderTree& tree, const std::map<std::size_t, int>& chosen, std::size_t folder, bool whole) {
  for (std::optional<std::size_t> p = folder; p; p = tree.parent(*p))
    if (const auto it = chosen.find(*p); it != chosen.end()) return it->second;
  return whole ? 0 : -1;
}

void add_set(Manifest& m, std::string label, const model::FolderId& folder) {
  std::vector<std::string> taken;
  for (const auto& s : m.sets) taken.push_back(s.files.front());
  auto file = pst_file_name(label, taken);
  m.sets.push_back({{std::move(file)}, std::move(label), folder});
}

}  // namespace

Result<std::vector<bool>> choose_folders(const Manifest& backup, const std::vector<std::string>& given) {
  const std::size_t n = backup.folders.size();
  std::vector<const model::Folder*> folders;
  for (const auto& f : backup.folders) folders.push_back(&f.folder);
  const FolderTree tree(folders);
  std::vector<bool> named(n, false), chosen(n, given.empty());
  for (const auto& one : given) {
    auto found = tree.find(one);
    if (!found) return std::move(found).error().in("in the backup");
    named[*found] = true;
  }
  for (std::size_t i = 0; i < n; ++i)
    for (std::optional<std::size_t> p = i; p; p = tree.parent(*p))
      if (named[*p]) chosen[i] = true;
  return chosen;
}

Status select_folders(const std::vector<model::Folder>& all, const std::vector<std::string>& given,
                      Manifest& m) {
  std::vector<const model::Folder*> pointers;
  for (const auto& f : all) pointers.push_back(&f);
  const FolderTree tree(pointers);
  std::map<std::size_t, int> chosen;
  if (given.empty()) add_set(m, m.mailbox, {});
  for (const auto& g : given) {
    TRY_ASSIGN(const std::size_t i, tree.find(g));
    if (!chosen.emplace(i, static_cast<int>(m.sets.size())).second) continue;  // the same folder twice
    add_set(m, all[i].name, all[i].id);
    m.selection.push_back(all[i].id);
  }
  std::set<std::size_t> listed;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (set_of(tree, chosen, i, given.empty()) < 0) continue;
    for (std::optional<std::size_t> p = i; p && listed.insert(*p).second;) p = tree.parent(*p);
  }
  for (const auto i : listed) {
    FolderRecord f;
    f.folder = all[i];
    f.set = set_of(tree, chosen, i, given.empty());
    f.row.path = tree.path(i);
    f.row.before = {all[i].items, all[i].associated};
    m.folders.push_back(std::move(f));
  }
  return ok;
}

namespace {

/// CON, PRN, AUX, NUL, COM1 ... LPT9: not even with an extension.
bool is_reserved(std::string_view stem) {
  const auto name = lower_ascii(stem.substr(0, stem.find('.')));
  if (name == "con" || name == "prn" || name == "aux" || name == "nul") return true;
  return name.size() == 4 && (name.starts_with("com") || name.starts_with("lpt")) && name[3] >= '1' &&
         name[3] <= '9';
}

std::string safe_stem(std::string_view label) {
  constexpr std::string_view kForbidden = "/\\:*?\"<>|";
  constexpr std::size_t kMaxBytes = 100;
  std::string out;
  for (const char c : valid_utf8(label)) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte < 0x20 || byte == 0x7F || kForbidden.find(c) != std::string_view::npos ? '_' : c;
  }
  if (out.size() > kMaxBytes) {
    std::size_t cut = kMaxBytes;
    while (cut > 0 && (static_cast<unsigned char>(out[cut]) & 0xC0) == 0x80) --cut;  // not within a character
    out.resize(cut);
  }
  out.erase(0, std::min(out.find_first_not_of(". "), out.size()));
  while (!out.empty() && (out.back() == '.' || out.back() == ' ')) out.pop_back();
  if (out.empty() || is_reserved(out)) out.insert(0, "_");
  return out;
}

constexpr std::string_view kSuffix = ".pst";

/// The same name, or that of a part: NAME.pst and NAME-2.pst.
bool is_name_or_part(std::string_view whole, std::string_view name) {
  whole.remove_suffix(kSuffix.size());
  name.remove_suffix(kSuffix.size());
  if (!name.starts_with(whole)) return false;
  name.remove_prefix(whole.size());
  return name.empty() ||
         (name.size() > 1 && name[0] == '-' && name.find_first_not_of("0123456789", 1) == name.npos);
}

}  // namespace

std::string pst_file_name(std::string_view label, const std::vector<std::string>& taken) {
  const std::string stem = safe_stem(label);
  for (int n = 1;; ++n) {
    const std::string name =
        n == 1 ? fmt::format("{}{}", stem, kSuffix) : fmt::format("{} ({}){}", stem, n, kSuffix);
    const auto clashes = [own = lower_ascii(name)](const std::string& t) {
      const std::string other = lower_ascii(t);
      return is_name_or_part(own, other) || is_name_or_part(other, own);
    };
    if (std::none_of(taken.begin(), taken.end(), clashes)) return name;
  }
}

}  // namespace mk::job
