#include "pst_commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <memory>

#include "base/json.h"
#include "base/text.h"
#include "model/item_dump.h"
#include "model/tags.h"
#include "pst/reader.h"
#include "pst_check_command.h"
#include "pst_copy_command.h"
#include "pst_export_command.h"

namespace mk::app {
namespace {

using model::PropertyList;
namespace pid = model::pid;

struct PstOptions {
  std::string file, item, entry_id;
  bool json = false, associated = false;
};

/// Standard output as a sink.
class Output final : public ByteSink {
 public:
  Status write(Bytes bytes) override {
    if (std::fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size()) return ok;
    return Error{Code::kExhausted, "standard output cannot be written to"};
  }
};

void tell(const pst::PstFile& file) {
  for (const auto& w : file.warnings()) fmt::print(stderr, "mailkeep: warning: {}\n", printable(w));
}

std::string nid_text(pst::Nid nid) { return fmt::format("{:#x}", nid.value); }

/// Paths of folders by their ids, `\/` for a slash in a name.
class Paths {
 public:
  std::string add(const pst::FolderEntry& f) {
    std::string name;
    for (const char c : f.name) name += c == '/' ? std::string("\\/") : std::string(1, c);
    const auto parent = paths_.find(f.parent);
    const std::string path = parent == paths_.end() ? name : parent->second + "/" + name;
    return paths_[f.nid] = path;
  }

 private:
  std::map<pst::Nid, std::string> paths_;
};

const char* encoding_name(pst::Encoding e) {
  return e == pst::Encoding::kNone ? "none" : e == pst::Encoding::kPermute ? "permute" : "cyclic";
}

std::string format_name(const pst::FileInfo& i) {
  const char* form = i.format == pst::Format::kAnsi      ? "ANSI"
                     : i.format == pst::Format::kUnicode ? "Unicode"
                                                         : "4K";
  return fmt::format("{} {}", form, i.is_ost ? "OST" : "PST");
}

std::string info_json(const pst::FileInfo& i, const std::string& store, std::size_t folders,
                      std::uint64_t items, std::uint64_t associated) {
  return fmt::format(
      "{{\"format\":\"{}\",\"encoding\":\"{}\",\"store\":{},\"folders\":{},\"items\":{},\"associated\":{},"
      "\"file_bytes\":{},"
      "\"free_bytes\":{},\"nodes\":{},\"blocks\":{},\"block_data_bytes\":{},\"named_properties\":{},"
      "\"password\":{}}}\n",
      format_name(i), encoding_name(i.encoding), json_quote(store), folders, items, associated, i.file_bytes,
      i.free_bytes, i.nodes, i.blocks, i.block_data_bytes, i.named_properties, i.has_password);
}

std::string info_text(const pst::FileInfo& i, const std::string& store, std::size_t folders,
                      std::uint64_t items, std::uint64_t associated) {
  return fmt::format(
      "format            {}\nencoding          {}\nstore             {}\nfolders           {}\nitems         "
      "    {}\n"
      "associated items  {}\nfile              {} bytes, {} of them free\nnodes             {}\nblocks       "
      "     {} with {} bytes\n"
      "named properties  {}\npassword          {}\n",
      format_name(i), encoding_name(i.encoding), printable(store), folders, items, associated, i.file_bytes,
      i.free_bytes, i.nodes, i.blocks, i.block_data_bytes, i.named_properties,
      i.has_password ? "yes (Outlook asks for it; it encrypts nothing)" : "no");
}

Status info(const PstOptions& o) {
  TRY_ASSIGN(const auto file, pst::PstFile::open(o.file));
  TRY_ASSIGN(const auto facts, file->info());
  TRY_ASSIGN(const auto folders, file->folders());
  std::uint64_t items = 0, associated = 0;
  for (const auto& f : folders) items += f.items, associated += f.associated;
  const std::string store = file->store_properties().get_text(pid::kDisplayName).value_or("");
  const auto print = o.json ? info_json : info_text;
  fmt::print("{}", print(facts, store, folders.size(), items, associated));
  tell(*file);
  return ok;
}

/// A subject without the two characters that tell the length of its prefix.  [MS-PST] 2.5.3.1.1.1
std::string subject_of(const PropertyList& row) {
  std::string s = row.get_text(pid::kSubject).value_or("");
  if (s.size() >= 2 && s[0] == '\x01') s.erase(0, 2);
  return s;
}

struct Line {
  std::string nid, date, sender, subject;
  std::int64_t size = 0;
};

Line line_of(pst::Nid nid, const PropertyList& row) {
  auto time = row.get_time(pid::kMessageDeliveryTime);
  if (!time) time = row.get_time(pid::kLastModificationTime);
  auto sender = row.get_text(pid::kSentRepresentingName);
  if (!sender) sender = row.get_text(pid::kDisplayName);
  return {nid_text(nid), time ? format_utc(*time).substr(0, 19) : "-", sender.value_or(""), subject_of(row),
          row.get_integer(pid::kMessageSize).value_or(0)};
}

void print_line(const Line& l, int indent, bool json, const std::string& path) {
  if (json)
    fmt::print("{{\"item\":\"{}\",\"folder\":{},\"date\":{},\"sender\":{},\"subject\":{},\"size\":{}}}\n",
               l.nid, json_quote(path), json_quote(l.date), json_quote(l.sender), json_quote(l.subject),
               l.size);
  else
    fmt::print("{:{}}{:<10} {:<19} {:>10}  {:<24}  {}\n", "", indent, l.nid, l.date, l.size,
               printable(l.sender), printable(l.subject));
}

/// Lists a folder's items from its table; when that cannot be read, from the items.
Status list_items(const pst::PstFile& file, const pst::FolderEntry& folder, bool associated,
                  const pst::PstFile::RowVisitor& visitor) {
  if (file.visit_rows(folder.nid, associated, visitor)) return ok;
  TRY_ASSIGN(const auto ids, file.items(folder.nid, associated));
  for (const pst::Nid id : ids) {
    const auto item = file.read_item(id);
    TRY(visitor(id, item ? item->properties : PropertyList()));
  }
  return ok;
}

Status list_folder(const pst::PstFile& file, const pst::FolderEntry& f, const std::string& path,
                   const PstOptions& o) {
  const int depth = static_cast<int>(std::count(path.begin(), path.end(), '/'));
  if (o.json)
    fmt::print(
        "{{\"folder\":\"{}\",\"parent\":\"{}\",\"path\":{},\"class\":{},\"items\":{},\"associated\":{}}}\n",
        nid_text(f.nid), nid_text(f.parent), json_quote(path), json_quote(f.container_class), f.items,
        f.associated);
  else
    fmt::print("{:{}}{}/  {} items, {} associated{}{}\n", "", 2 * depth, printable(f.name), f.items,
               f.associated, f.container_class.empty() ? "" : ", ", printable(f.container_class));
  for (const bool associated : {false, true}) {
    if (associated && !o.associated) continue;
    TRY(list_items(file, f, associated, [&](pst::Nid nid, const PropertyList& row) -> Status {
      print_line(line_of(nid, row), 2 * depth + 2, o.json, path);
      return ok;
    }));
  }
  return ok;
}

Status list(const PstOptions& o) {
  TRY_ASSIGN(const auto file, pst::PstFile::open(o.file));
  TRY_ASSIGN(const auto folders, file->folders());
  Paths paths;
  for (const auto& f : folders) TRY(list_folder(*file, f, paths.add(f), o));
  tell(*file);
  return ok;
}

/// Prints {"KEY":"ID" EXTRA,"properties":...} or a heading with the properties under it.
Status dump_list(const std::string& heading, const std::string& json_head, const PropertyList& list,
                 bool json) {
  Output out;
  if (!json) {
    fmt::print("{}\n", heading);
    return model::dump_text(list, out, 2);
  }
  fmt::print("{{{},\"properties\":", json_head);
  TRY(model::dump_json(list, out));
  fmt::print("}}\n");
  return ok;
}

Status dump_item(const pst::PstFile& file, pst::Nid nid, const std::string& folder, bool json) {
  TRY_ASSIGN(const model::Item item, file.read_item(nid));
  std::string text;  // whole before it is printed: a damaged value must not leave half a line
  StringSink sink(text);
  TRY(json ? model::dump_json(item, sink) : model::dump_text(item, sink, 2));
  if (json)
    fmt::print("{{\"item\":\"{}\",\"folder\":\"{}\",\"content\":{}}}\n", nid_text(nid), folder, text);
  else
    fmt::print("item {}\n{}", nid_text(nid), text);
  return ok;
}

/// Dumps what can be read; returns how many items could not.
Result<int> dump_all(const pst::PstFile& file, bool json) {
  TRY(dump_list("store", "\"store\":true", file.store_properties(), json));
  TRY_ASSIGN(const auto folders, file.folders());
  Paths paths;
  int damaged = 0;
  for (const auto& f : folders) {
    const std::string path = paths.add(f);
    TRY(dump_list(fmt::format("folder {} {}", nid_text(f.nid), printable(path)),
                  fmt::format("\"folder\":\"{}\",\"parent\":\"{}\",\"path\":{}", nid_text(f.nid),
                              nid_text(f.parent), json_quote(path)),
                  f.properties, json));
    for (const bool associated : {false, true}) {
      TRY_ASSIGN(const auto ids, file.items(f.nid, associated));
      for (const pst::Nid id : ids) {
        const Status s = dump_item(file, id, nid_text(f.nid), json);
        if (s) continue;
        ++damaged;
        report(s.error());
      }
    }
  }
  return damaged;
}

Result<pst::Nid> parse_node_id(const std::string& text) {
  std::uint32_t nid = 0;
  const char* end = text.data() + text.size();
  const char* begin = text.data() + (text.starts_with("0x") ? 2 : 0);
  if (std::from_chars(begin, end, nid, 16).ptr != end)
    return Error{Code::kInvalid,
                 fmt::format("--item {}: not a node id; `mailkeep pst ls` shows them, like 0x200024", text)};
  return pst::Nid(nid);
}

Result<pst::Nid> parse_entry_id(const pst::PstFile& file, const std::string& text) {
  ByteString bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    std::uint8_t b = 0;
    if (std::from_chars(&text[i], &text[i] + 2, b, 16).ptr != &text[i] + 2) break;
    bytes.push_back(static_cast<char>(b));
  }
  auto nid = 2 * bytes.size() == text.size()
                 ? file.node_of_entry_id(as_bytes(bytes))
                 : Result<pst::Nid>(Error{Code::kInvalid, "not hexadecimal digits"});
  if (!nid) return std::move(nid).error().in("--entry-id");
  return nid;
}

/// Reads no more of the file than the item needs when one is asked for.
Result<int> dump(const PstOptions& o) {
  pst::Nid nid;
  if (!o.item.empty()) {
    TRY_ASSIGN(nid, parse_node_id(o.item));
  }
  TRY_ASSIGN(const auto file, pst::PstFile::open(o.file));
  if (!o.entry_id.empty()) {
    TRY_ASSIGN(nid, parse_entry_id(*file, o.entry_id));
  }
  int damaged = 0;
  if (o.item.empty() && o.entry_id.empty()) {
    TRY_ASSIGN(damaged, dump_all(*file, o.json));
  } else {
    TRY(dump_item(*file, nid, "", o.json));
  }
  tell(*file);
  return damaged;
}

ExitCode finish(const Status& s) { return s ? ExitCode::kOk : report(s.error()); }

CLI::App* add_command(CLI::App& pst, PstOptions& o, const char* name, const char* what) {
  CLI::App* c = pst.add_subcommand(name, what);
  c->add_option("FILE", o.file, "the PST file")->required();
  c->add_flag("--json", o.json, "one JSON object a line, for scripts");
  return c;
}

}  // namespace

void add_pst_commands(CLI::App& app, Action& action) {
  auto options = std::make_shared<PstOptions>();
  CLI::App* pst = app.add_subcommand("pst", "Look into PST files");
  pst->require_subcommand(1);
  CLI::App* info_command =
      add_command(*pst, *options, "info", "Format, encoding, store name, counts and sizes");
  info_command->callback([options, &action] { action = [options] { return finish(info(*options)); }; });
  CLI::App* ls =
      add_command(*pst, *options, "ls", "The folder tree and its items: id, date, size, sender, subject");
  ls->add_flag("--associated", options->associated, "list associated (hidden) items too");
  ls->callback([options, &action] { action = [options] { return finish(list(*options)); }; });
  CLI::App* dump_command =
      add_command(*pst, *options, "dump", "All properties of one item, or of everything");
  auto* item = dump_command->add_option("--item", options->item, "the item's id as `ls` shows it");
  dump_command->add_option("--entry-id", options->entry_id, "the item's PidTagEntryId, 48 hexadecimal digits")
      ->excludes(item);
  dump_command->callback([options, &action] {
    action = [options] {
      const auto damaged = dump(*options);
      if (!damaged) return report(damaged.error());
      return *damaged == 0 ? ExitCode::kOk : ExitCode::kSkipped;
    };
  });
  add_pst_copy_command(*pst, action);
  add_pst_check_command(*pst, action);
  add_pst_export_command(*pst, action);
  pst->footer(
      "Examples:\n  mailkeep pst info archive.pst\n  mailkeep pst ls archive.pst --associated\n"
      "  mailkeep pst dump archive.pst --item 0x200024\n  mailkeep pst copy archive.pst copy.pst\n"
      "  mailkeep pst export archive.pst --to archive\n"
      "  mailkeep pst check archive.pst\n"
      "  mailkeep pst recover damaged.pst --to rescued.pst");
}

}  // namespace mk::app
