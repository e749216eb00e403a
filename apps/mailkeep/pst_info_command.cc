#include "pst_info_command.h"

#include <fmt/format.h>

#include <memory>

#include "base/json.h"
#include "base/text.h"
#include "model/tags.h"
#include "pst_arguments.h"

namespace mk::app {
namespace {

namespace pid = model::pid;

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

Status info(const PstArguments& a) {
  TRY_ASSIGN(const auto file, pst::PstFile::open(a.file));
  TRY_ASSIGN(const auto facts, file->info());
  TRY_ASSIGN(const auto folders, file->folders());
  std::uint64_t items = 0, associated = 0;
  for (const auto& f : folders) items += f.items, associated += f.associated;
  const std::string store = file->store_properties().get_text(pid::kDisplayName).value_or("");
  const auto print = a.json ? info_json : info_text;
  fmt::print("{}", print(facts, store, folders.size(), items, associated));
  print_warnings(*file);
  return ok;
}

}  // namespace

void add_pst_info_command(CLI::App& pst, Action& action) {
  auto arguments = std::make_shared<PstArguments>();
  CLI::App* c = add_pst_command(pst, *arguments, "info", "Format, encoding, store name, counts and sizes");
  c->callback([arguments, &action] { action = [arguments] { return exit_code_of(info(*arguments)); }; });
}

}  // namespace mk::app
