#include "job/manifest.h"

#include <fmt/format.h>

#include <algorithm>

#include "job/json.h"
#include "job/lines.h"

namespace mk::job {
namespace {

constexpr std::string_view kFormat = "mailkeep restore point";
constexpr std::uint64_t kVersion = 1, kVersionOfParts = 2;
constexpr std::string_view kFile = "manifest.jsonl";

std::string wrap(std::string_view key, boost::json::value v) {
  return boost::json::serialize(Object{{key, std::move(v)}});
}

Object counts_object(const model::FolderCounts& c) {
  return {{"items", c.items}, {"associated", c.associated}};
}
model::FolderCounts counts_in(const Object& o, std::string_view key) {
  const auto& c = object_in(o, key);
  return {number_in(c, "items"), number_in(c, "associated")};
}

Object row_object(const LedgerRow& row) {
  Object o{{"path", valid_utf8(row.path)}};
  o["status"] = static_cast<int>(row.status) == 1   ? "gone"
                : static_cast<int>(row.status) == 2 ? "unreadable"
                                                    : "compared";
  put(o, "why", row.why);
  o["before"] = counts_object(row.before);
  o["on_server"] = counts_object(row.on_server);
  o["stored"] = counts_object(row.stored);
  o["unchanged"] = counts_object(row.unchanged);
  o["skipped"] = counts_object(row.skipped);
  return o;
}

LedgerRow row_in(const Object& o) {
  LedgerRow row;
  row.path = text_in(o, "path");
  const auto status = text_in(o, "status");
  if (status == "gone") row.status = LedgerRow::Status::kGone;
  if (status == "unreadable") row.status = LedgerRow::Status::kUnreadable;
  row.why = text_in(o, "why");
  row.before = counts_in(o, "before");
  row.on_server = counts_in(o, "on_server");
  row.stored = counts_in(o, "stored");
  row.unchanged = counts_in(o, "unchanged");
  row.skipped = counts_in(o, "skipped");
  return row;
}

/// What does not know parts would take an item of another part for the one that is meant.
std::uint64_t version_of(const Manifest& m) {
  const bool has_parts =
      std::any_of(m.sets.begin(), m.sets.end(), [](const auto& s) { return s.files.size() > 1; });
  return has_parts ? kVersionOfParts : kVersion;
}

std::string header_line(const Manifest& m) {
  Object o{{"format", kFormat}, {"version", version_of(m)}, {"name", m.name}, {"kind", kind_name(m.kind)}};
  put(o, "base", m.base);
  put(o, "mailbox", m.mailbox);
  put(o, "started", m.started);
  put(o, "finished", m.finished);
  o["verbatim"] = m.verbatim;
  boost::json::array selection;
  for (const auto& id : m.selection) selection.emplace_back(valid_utf8(id.value));
  o["selection"] = std::move(selection);
  return wrap("header", std::move(o));
}

std::string folder_line(const FolderRecord& f) {
  Object o{{"id", valid_utf8(f.folder.id.value)}, {"name", valid_utf8(f.folder.name)}, {"set", f.set}};
  put(o, "parent", f.folder.parent.value);
  put(o, "class", f.folder.folder_class);
  put(o, "well_known", f.folder.well_known);
  put(o, "state", f.state.value);
  put(o, "held", f.held.items);
  put(o, "held_associated", f.held.associated);
  o["readable"] = f.folder.readable;
  put(o, "why_unreadable", f.folder.why_unreadable);
  o["row"] = row_object(f.row);
  return wrap("folder", std::move(o));
}

std::string set_line(const PstSet& s) {
  Object o{{"file", valid_utf8(s.files.front())},
           {"label", valid_utf8(s.label)},
           {"folder", valid_utf8(s.folder.value)}};
  if (s.files.size() > 1) o["more"] = json_texts(std::span(s.files).subspan(1));
  return wrap("set", std::move(o));
}

Status take_header(Manifest& m, const Object& o) {
  if (text_in(o, "format") != kFormat)
    return Error{Code::kCorrupt, "this is not the manifest of a mailkeep restore point"};
  if (const auto version = number_in(o, "version"); version != kVersion && version != kVersionOfParts)
    return Error{
        Code::kUnsupported,
        fmt::format("the manifest has version {}, this mailkeep reads versions up to {}; use a newer "
                    "mailkeep",
                    version, kVersionOfParts)};
  m.name = text_in(o, "name");
  m.kind = text_in(o, "kind") == kind_name(Kind::kFull) ? Kind::kFull : Kind::kIncremental;
  m.base = text_in(o, "base");
  m.mailbox = text_in(o, "mailbox");
  m.started = time_in(o, "started");
  m.finished = time_in(o, "finished");
  m.verbatim = flag_in(o, "verbatim");
  for (auto& id : texts_in(o, "selection")) m.selection.push_back({std::move(id)});
  return ok;
}

void take_folder(Manifest& m, const Object& o) {
  FolderRecord f;
  f.folder.id.value = text_in(o, "id");
  f.folder.parent.value = text_in(o, "parent");
  f.folder.name = text_in(o, "name");
  f.folder.folder_class = text_in(o, "class");
  f.folder.well_known = text_in(o, "well_known");
  f.folder.readable = flag_in(o, "readable");
  f.folder.why_unreadable = text_in(o, "why_unreadable");
  const auto set = signed_in(o, "set");
  f.set = set >= 0 && static_cast<std::size_t>(set) < m.sets.size() ? static_cast<int>(set) : -1;
  f.state.value = text_in(o, "state");
  f.held = {number_in(o, "held"), number_in(o, "held_associated")};
  f.row = row_in(object_in(o, "row"));
  m.folders.push_back(std::move(f));
}

/// Lines after the head: skipped items, notes, files.
std::vector<std::string> format_tail(const Manifest& m) {
  std::vector<std::string> out;
  for (const auto& s : m.skipped) out.push_back(format_line(s));
  for (const auto& n : m.notes) out.push_back(wrap("note", boost::json::string(valid_utf8(n))));
  for (const auto& f : m.files) {
    Object o{{"name", valid_utf8(f.name)}, {"bytes", f.bytes}};
    put(o, "sha256", f.sha256);
    out.push_back(wrap("file", std::move(o)));
  }
  return out;
}

/// Names in a manifest are those of files beside it.
Status check_beside(const std::string& file) {
  if (!file.empty() && std::filesystem::path(file).filename() == file && file != "." && file != "..")
    return ok;
  return Error{Code::kCorrupt, fmt::format("the manifest names a file outside its folder: {}", file)};
}

}  // namespace

std::string_view kind_name(Kind kind) { return kind == Kind::kFull ? "full" : "incremental"; }

Ledger Manifest::ledger() const {
  Ledger ledger;
  for (const auto& f : folders)
    if (f.set >= 0) ledger.rows.push_back(f.row);
  return ledger;
}

std::vector<std::string> format_head(const Manifest& m) {
  std::vector<std::string> out{header_line(m)};
  for (const auto& s : m.sets) out.push_back(set_line(s));
  for (const auto& f : m.folders) out.push_back(folder_line(f));
  return out;
}

Result<std::string> Manifest::pst_of(const ItemLine& line) const {
  if (line.pst == 0) return Error{Code::kNotFound, "the item is not in the PST: " + line.pst_error};
  const int set = folders[line.folder].set;
  if (set < 0) return Error{Code::kNotFound, "the folder belongs to no PST of this restore point"};
  const auto& parts = sets[static_cast<std::size_t>(set)].files;
  if (line.part <= parts.size()) return parts[line.part - 1];
  return Error{Code::kCorrupt, fmt::format("the item is said to be in part {} of {}, which has {}", line.part,
                                           parts.front(), parts.size())};
}

std::vector<std::string> format_run(const Manifest& m) {
  std::vector<std::string> out{header_line(m)};
  for (const auto& s : m.sets) out.push_back(set_line(s));
  for (auto& line : format_tail(m)) out.push_back(std::move(line));
  return out;
}

std::string format_row(const LedgerRow& row) { return boost::json::serialize(row_object(row)); }

Result<LedgerRow> parse_row(std::string_view json) {
  TRY_ASSIGN(const Object o, parse_object(json));
  return row_in(o);
}

Status apply_line(Manifest& m, std::string_view json) {
  TRY_ASSIGN(const Object o, parse_object(json));
  if (o.contains("header")) return take_header(m, object_in(o, "header"));
  if (m.name.empty()) return Error{Code::kCorrupt, "the manifest does not begin with a header"};
  if (o.contains("set")) {
    const auto& s = object_in(o, "set");
    PstSet set{{text_in(s, "file")}, text_in(s, "label"), {text_in(s, "folder")}};
    for (auto& part : texts_in(s, "more")) set.files.push_back(std::move(part));
    for (const auto& file : set.files) TRY(check_beside(file));
    m.sets.push_back(std::move(set));
  } else if (o.contains("folder") && !o.contains("skipped")) {
    take_folder(m, object_in(o, "folder"));
  } else if (o.contains("skipped")) {
    TRY_ASSIGN(ItemLine line, parse_line(json));
    if (line.folder >= m.folders.size())
      return Error{Code::kCorrupt, "a skipped item lies in a folder that is not listed"};
    m.skipped.push_back(std::move(line));
  } else if (o.contains("note")) {
    m.notes.push_back(text_in(o, "note"));
  } else if (o.contains("file")) {
    const auto& f = object_in(o, "file");
    m.files.push_back({text_in(f, "name"), number_in(f, "bytes"), text_in(f, "sha256")});
    TRY(check_beside(m.files.back().name));
  }
  return ok;
}

Status write_manifest(const Manifest& m, const std::filesystem::path& dir) {
  std::string text;
  std::uint64_t n = 0;
  for (const auto& list : {format_head(m), format_tail(m)})
    for (const auto& json : list) text += checked_line(json), ++n;
  const auto digest = sha256(as_bytes(text));
  text += checked_line(wrap("end", Object{{"lines", n}, {"sha256", to_hex(digest)}}));
  return write_file_atomically(dir / kFile, as_bytes(text));
}

Result<Manifest> read_manifest(const std::filesystem::path& dir) {
  TRY_ASSIGN(auto opened, File::open(dir / kFile, File::Mode::kRead));
  const auto file = std::make_shared<const File>(std::move(opened));
  const auto where = (dir / kFile).string();
  LineReader in(file);
  Manifest m;
  Sha256 before;
  for (std::uint64_t n = 0;; ++n) {
    TRY_ASSIGN(const auto json, in.next());
    if (!json)
      return Error{Code::kTruncated, where + " has no end line: it was cut or is still being written"};
    if (json->starts_with("{\"end\":")) {
      TRY_ASSIGN(const Object o, parse_object(*json));
      const auto& end = object_in(o, "end");
      if (number_in(end, "lines") == n && text_in(end, "sha256") == to_hex(before.finish())) return m;
      return Error{Code::kCorrupt, where + " does not match its own checksum: it was changed or damaged"};
    }
    if (auto s = apply_line(m, *json); !s) return std::move(s).error().in(where);
    before.update(as_bytes(checked_line(*json)));
  }
}

}  // namespace mk::job
