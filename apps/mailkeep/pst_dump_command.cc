#include "pst_dump_command.h"

#include <fmt/format.h>

#include <charconv>
#include <memory>

#include "base/json.h"
#include "base/text.h"
#include "model/item_dump.h"
#include "pst/folder_paths.h"
#include "pst/inspect/inspector.h"
#include "pst_arguments.h"
#include "standard_output.h"

namespace mk::app {
namespace {

struct DumpArguments : PstArguments {
  std::string item, entry_id;
  std::string node, block, page, property;  // of the lower layers
  bool header = false, hex = false;
  bool is_low() const {
    return header || !node.empty() || !block.empty() || !page.empty() || !property.empty();
  }
};

/// Prints {"KEY":"ID" EXTRA,"properties":...} or a heading with the properties under it.
Status dump_list(const std::string& heading, const std::string& json_head, const model::PropertyList& list,
                 bool json) {
  StandardOutput out;
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
  pst::FolderPaths paths;
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
Result<int> dump(const DumpArguments& a) {
  pst::Nid nid;
  if (!a.item.empty()) {
    TRY_ASSIGN(nid, parse_node_id(a.item));
  }
  TRY_ASSIGN(const auto file, pst::PstFile::open(a.file));
  if (!a.entry_id.empty()) {
    TRY_ASSIGN(nid, parse_entry_id(*file, a.entry_id));
  }
  int damaged = 0;
  if (a.item.empty() && a.entry_id.empty()) {
    TRY_ASSIGN(damaged, dump_all(*file, a.json));
  } else {
    TRY(dump_item(*file, nid, "", a.json));
  }
  print_warnings(*file);
  return damaged;
}

/// Ids and offsets are hexadecimal everywhere, with or without 0x.
Result<std::uint64_t> parse_hex(const char* option, std::string_view text) {
  const std::string_view digits = text.starts_with("0x") ? text.substr(2) : text;
  std::uint64_t n = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), n, 16);
  if (!digits.empty() && failed == std::errc() && end == digits.data() + digits.size()) return n;
  return Error{Code::kInvalid,
               fmt::format("{} {}: write a hexadecimal number, as 0x200024", option, printable(text))};
}

/// `0x200024` or `0x200024/0x8025`: a node and subnodes.
Result<std::vector<pst::Nid>> parse_path(const char* option, std::string_view text) {
  std::vector<pst::Nid> path;
  for (;;) {
    const std::size_t slash = text.find('/');
    TRY_ASSIGN(const std::uint64_t nid, parse_hex(option, text.substr(0, slash)));
    if (nid > 0xFFFFFFFF)
      return Error{Code::kInvalid, fmt::format("{}: {:#x} is no node id, which has 32 bits", option, nid)};
    path.emplace_back(static_cast<std::uint32_t>(nid));
    if (slash == std::string_view::npos) return path;
    text.remove_prefix(slash + 1);
  }
}

Status dump_property(const pst::Inspector& file, const std::string& text, ByteSink& out) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos)
    return Error{Code::kInvalid, "--property " + text + ": write NID:TAG, as 0x200024:0x0037"};
  TRY_ASSIGN(const auto path, parse_path("--property", text.substr(0, colon)));
  TRY_ASSIGN(const std::uint64_t tag, parse_hex("--property", text.substr(colon + 1)));
  return file.property(path, static_cast<std::uint16_t>(tag > 0xFFFF ? tag >> 16 : tag), out);
}

Status dump_low(const DumpArguments& a) {
  TRY_ASSIGN(const auto file, pst::Inspector::open(a.file, {a.hex}));
  StandardOutput out;
  if (a.header) return file->header(out);
  if (!a.property.empty()) return dump_property(*file, a.property, out);
  if (!a.node.empty()) {
    TRY_ASSIGN(const auto path, parse_path("--node", a.node));
    return file->node(path, out);
  }
  if (!a.block.empty()) {
    TRY_ASSIGN(const std::uint64_t bid, parse_hex("--block", a.block));
    return file->block(pst::Bid(bid), out);
  }
  TRY_ASSIGN(const std::uint64_t offset, parse_hex("--page", a.page));
  return file->page(offset, out);
}

void add_low_options(CLI::App& c, DumpArguments& a) {
  std::vector<CLI::Option*> all = {
      c.add_flag("--header", a.header, "HEADER and ROOT"),
      c.add_option("--page", a.page, "the page at an offset")->type_name("OFFSET"),
      c.add_option("--block", a.block, "a block")->type_name("BID"),
      c.add_option("--node", a.node, "a node, or a subnode: its blocks, heap, property context or table")
          ->type_name("NID[/NID...]"),
      c.add_option("--property", a.property, "a property of a node or subnode")
          ->type_name("NID[/NID...]:TAG"),
      c.get_option("--item"),
      c.get_option("--entry-id"),
      c.get_option("--json")};
  for (std::size_t i = 0; i < 5; ++i)
    for (std::size_t k = i + 1; k < all.size(); ++k) all[i]->excludes(all[k]);
  c.add_flag("--hex", a.hex, "with these, the raw bytes too (blocks decoded)");
  c.footer(
      "--header, --page, --block, --node and --property show the lower layers with the names of [MS-PST], "
      "as\n"
      "far as they can be read; damage is told on a line that begins with `damage:`. Numbers are "
      "hexadecimal.\n"
      "Examples:\n  mailkeep pst dump archive.pst --item 0x200024\n"
      "  mailkeep pst dump archive.pst --header\n  mailkeep pst dump archive.pst --page 0x4400 --hex\n"
      "  mailkeep pst dump archive.pst --node 0x200024/0x692\n"
      "  mailkeep pst dump archive.pst --property 0x200024/0x8025:0x3704");
}

}  // namespace

void add_pst_dump_command(CLI::App& pst, Action& action) {
  auto arguments = std::make_shared<DumpArguments>();
  CLI::App* c = add_pst_command(pst, *arguments, "dump", "All properties of one item, or of everything");
  auto* item = c->add_option("--item", arguments->item, "the item's id as `ls` shows it");
  c->add_option("--entry-id", arguments->entry_id, "the item's PidTagEntryId, 48 hexadecimal digits")
      ->excludes(item);
  add_low_options(*c, *arguments);
  c->callback([arguments, &action] {
    action = [arguments] {
      if (arguments->is_low()) return exit_code_of(dump_low(*arguments));
      const auto damaged = dump(*arguments);
      if (!damaged) return report(damaged.error());
      return *damaged == 0 ? ExitCode::kOk : ExitCode::kSkipped;
    };
  });
}

}  // namespace mk::app
