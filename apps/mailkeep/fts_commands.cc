#include "fts_commands.h"

#include <fmt/format.h>

#include "base/file.h"
#include "base/text.h"
#include "mapi/inspect.h"
#include "standard_output.h"

namespace mk::app {
namespace {

struct Options {
  std::string file;
  std::vector<std::string> files;
  std::string root;
  std::optional<std::uint64_t> size;
  bool attachments = false;
};

Result<BlobPtr> open_stream(const std::string& path) {
  TRY_ASSIGN(File file, File::open(path, File::Mode::kRead));
  TRY_ASSIGN(const std::uint64_t size, file.size());
  if (size == 0) return Error{Code::kTruncated, path + ": the file is empty, no stream is"};
  return make_file_blob(std::make_shared<const File>(std::move(file)), 0, size);
}

ExitCode dump(const Options& o) {
  auto stream = open_stream(o.file);
  if (!stream) return report(stream.error());
  StandardOutput out;
  auto damage = mapi::dump(*stream, mapi::parse_root(o.root), out);
  if (!damage) return report(std::move(damage).error().in(o.file));
  std::fflush(stdout);
  if (*damage) return report(std::move(**damage).in(o.file));
  return ExitCode::kOk;
}

ExitCode check(const Options& o) {
  ExitCode worst = ExitCode::kOk;
  const mapi::ServerFacts facts{o.size, o.attachments ? std::optional(true) : std::nullopt};
  for (const auto& path : o.files) {
    auto stream = open_stream(path);
    auto verdict = stream ? mapi::check(*stream, mapi::parse_root(o.root), facts) : stream.error();
    if (!verdict) {
      worst = report(verdict.error());
      continue;
    }
    fmt::print("{}: {}: {}\n", printable(path), mapi::wholeness_name(verdict->wholeness),
               printable(verdict->evidence));
    if (verdict->wholeness == mapi::Wholeness::kNotWhole) worst = ExitCode::kDamaged;
  }
  return worst;
}

void add_root_option(CLI::App& command, Options& o) {
  command
      .add_option("--root", o.root,
                  "What the stream is, where its bytes do not tell: messageContent, attachmentContent, "
                  "folderContent, "
                  "messageList, topFolder, contentsSync, hierarchySync, state")
      ->check([](const std::string& name) {
        return mapi::parse_root(name) ? std::string() : "\"" + name + "\" is no root element";
      });
}

}  // namespace

void add_fts_commands(CLI::App& app, Action& action) {
  auto o = std::make_shared<Options>();
  CLI::App& fts =
      *app.add_subcommand("fts", "Look into FastTransfer streams, the form in which Exchange exports items");
  fts.require_subcommand(1);

  CLI::App& dump_command = *fts.add_subcommand("dump", "Print a stream, bare or in record framing, as JSON");
  dump_command.add_option("FILE", o->file, "The stream")->required();
  add_root_option(dump_command, *o);
  dump_command.footer(
      "A damaged stream is printed as far as it goes, and the exit code is 7.\n\nExamples:\n"
      "  mailkeep fts dump item.fts\n  mailkeep fts dump --root state state.fxs");
  dump_command.callback([o, &action] { action = [o] { return dump(*o); }; });

  CLI::App& check_command = *fts.add_subcommand("check", "Judge whether streams are whole, and say why");
  check_command.add_option("FILE", o->files, "The streams")->required();
  add_root_option(check_command, *o);
  check_command.add_option("--size", o->size, "The size in bytes that the server gives for the item");
  check_command.add_flag("--attachments", o->attachments, "The server says that the item has attachments");
  check_command.footer(
      "The verdict is `whole`, `not whole` or `cannot tell`; the exit code is 7 when one is not whole.\n\n"
      "Examples:\n  mailkeep fts check *.fts\n  mailkeep fts check --size 81234 --attachments item.fts");
  check_command.callback([o, &action] { action = [o] { return check(*o); }; });
}

}  // namespace mk::app
