#include "point_commands.h"

#include <fmt/format.h>

#include <memory>

#include "archive/compare.h"
#include "base/json.h"
#include "base/text.h"
#include "catalog_views.h"
#include "job/backup_directory.h"
#include "job/chain.h"
#include "job/selection.h"
#include "job/state_export.h"
#include "job/vault_state.h"
#include "mail_vault.h"
#include "mailbox_identity.h"
#include "progress_line.h"
#include "server_options.h"
#include "time_option.h"

namespace mk::app {
namespace {

struct Arguments {
  PlaceOptions from;
  std::string mailbox, at, before, folder, after, to, catalog;
  std::string sort;
  bool reverse = false;
  std::vector<std::string> folders;
  std::uint64_t limit = 100;
  bool json = false, quiet = false;
};

Result<FileTime> time_of(const std::string& text) {
  return text.empty() ? Result<FileTime>(FileTime{}) : parse_utc(text);
}

Status need_vault(const Arguments& a) {
  if (a.from.is_vault()) return ok;
  return Error{
      Code::kInvalid,
      "this shows points of vaults; --from takes vault:DIR. The PSTs in a backup directory can be looked at "
      "with `mailkeep pst`"};
}

/// A restore point of a vault, open.
struct OpenPoint {
  std::unique_ptr<MailVault> vault;
  std::vector<archive::MailPoint> points;
  std::unique_ptr<job::VaultState> state;
};

Result<OpenPoint> open_point(const Arguments& a) {
  TRY(need_vault(a));
  OpenPoint open;
  TRY_ASSIGN(open.vault, open_mail_vault(a.from));
  TRY_ASSIGN(open.points, points_of(*open.vault, lower_mailbox(a.mailbox)));
  TRY_ASSIGN(const FileTime at, time_of(a.at));
  TRY_ASSIGN(const auto point, job::find_mail_point(open.points, at));
  TRY_ASSIGN(open.state, job::VaultState::open(*open.vault->chunks, point));
  for (const auto& why : open.state->point().lost_folders())
    fmt::print(stderr, "mailkeep: warning: a folder is lost: {}\n", printable(why));
  return open;
}

void print_manifest(const job::Manifest& m, const std::string& before) {
  const auto total = m.ledger().total();
  fmt::print("{}{}  {} to {}  {} stored, {} unchanged, {} skipped{}\n", before, m.name, format_utc(m.started),
             format_utc(m.finished), job::sum(total.stored), job::sum(total.unchanged),
             job::sum(total.skipped), m.ledger().balanced() ? "" : ", NOT BALANCED");
}

Result<ExitCode> list_directory(const std::string& from) {
  TRY_ASSIGN(const auto dir, job::BackupDirectory::open(from));
  TRY_ASSIGN(const auto names, dir.points());
  ExitCode code = ExitCode::kOk;
  for (const auto& name : names) {
    const auto m = job::read_manifest(dir.point(name));
    if (m)
      print_manifest(*m, "");
    else
      code = report(m.error());
  }
  return code;
}

Result<ExitCode> list_catalog_points(const Arguments& a) {
  TRY(need_vault(a));
  TRY_ASSIGN(const auto vault, open_mail_vault(a.from));
  TRY_ASSIGN(const auto catalog, open_catalog(a.catalog, *vault));
  TRY_ASSIGN(const auto points, catalog::points(catalog->database(), lower_mailbox(a.mailbox)));
  print_points(points);
  return ExitCode::kOk;
}

Result<ExitCode> list_points(const Arguments& a) {
  if (!a.catalog.empty()) return list_catalog_points(a);
  if (!a.from.is_vault()) return list_directory(a.from.place);
  TRY_ASSIGN(const auto vault, open_mail_vault(a.from));
  const std::string mailbox = lower_mailbox(a.mailbox);
  ExitCode code = ExitCode::kOk;
  for (const auto& point : archive::mail_points(vault->vault->points(), mailbox)) {
    const auto state = job::VaultState::open(*vault->chunks, point);
    if (state)
      print_manifest((*state)->manifest(), printable(point.mailbox) + "  ");
    else
      code = report(state.error());
  }
  return code;
}

void print_folders(const job::Manifest& m, bool json) {
  for (const auto& f : m.folders) {
    if (f.set < 0) continue;
    if (json)
      fmt::print("{{\"id\":{},\"path\":{},\"class\":{},\"items\":{},\"associated\":{}}}\n",
                 json_quote(f.folder.id.value), json_quote(f.row.path), json_quote(f.folder.folder_class),
                 f.held.items, f.held.associated);
    else
      fmt::print("{:>10} {:>6}  {}\n", f.held.items, f.held.associated, printable(f.row.path));
  }
}

void print_item(const archive::ItemRecord& i, bool json) {
  if (json) {
    fmt::print(
        "{{\"id\":{},\"subject\":{},\"sender\":{},\"received\":{},\"class\":{},\"bytes\":{},\"read\":{},"
        "\"associated\":{}}}\n",
        json_quote(i.head.id.value), json_quote(i.label.subject), json_quote(i.label.sender),
        json_quote(i.label.received.ticks == 0 ? "" : format_utc(i.label.received)),
        json_quote(i.head.item_class), i.stream.bytes, i.head.read, i.head.associated);
    return;
  }
  fmt::print("{:20} {:>10}  {}  {}\n",
             i.label.received.ticks == 0 ? "" : format_utc(i.label.received).substr(0, 19), i.stream.bytes,
             printable(i.label.sender), printable(i.label.subject));
}

Result<const job::FolderRecord*> find_folder(const job::Manifest& m, const std::string& given) {
  std::vector<const model::Folder*> folders;
  for (const auto& f : m.folders) folders.push_back(&f.folder);
  TRY_ASSIGN(const std::size_t i, job::FolderTree(folders).find(given));
  return &m.folders[i];
}

Result<ExitCode> list_catalog_items(const Arguments& a) {
  TRY(need_vault(a));
  TRY_ASSIGN(const auto vault, open_mail_vault(a.from));
  TRY_ASSIGN(const auto points, points_of(*vault, lower_mailbox(a.mailbox)));
  TRY_ASSIGN(const FileTime at, time_of(a.at));
  TRY_ASSIGN(const auto point, job::find_mail_point(points, at));
  TRY_ASSIGN(const auto catalog, open_catalog(a.catalog, *vault));
  ItemsView view{point.point.number, a.folder, a.after, a.sort, a.reverse, a.json, a.limit};
  TRY(show_items(catalog->database(), view));
  return ExitCode::kOk;
}

Result<ExitCode> list_items(const Arguments& a) {
  if (!a.catalog.empty()) return list_catalog_items(a);
  if (!a.sort.empty() || a.reverse)
    return Error{Code::kInvalid, "items are sorted by a catalog only: add --catalog sqlite:FILE"};
  TRY_ASSIGN(const OpenPoint open, open_point(a));
  const auto& m = open.state->manifest();
  if (a.folder.empty()) return print_folders(m, a.json), ExitCode::kOk;
  TRY_ASSIGN(const auto* const folder, find_folder(m, a.folder));
  std::uint64_t left = a.limit, lost = 0;
  model::ItemId last;
  const auto show = [&](const archive::ItemRecord& item) -> Result<bool> {
    if (left-- == 0) {
      fmt::print(stderr, "... more: --after {}\n", last.value);
      return false;
    }
    print_item(item, a.json);
    last = item.head.id;
    return true;
  };
  TRY(open.state->point().for_each_item(
      folder->folder.id, {a.after}, show, [&](std::uint64_t n, const Error& why) {
        lost += n;
        report({why.code, fmt::format("{} items are lost: {}", n, why.what)});
      }));
  return lost == 0 ? ExitCode::kOk : ExitCode::kDamaged;
}

std::string_view kind_text(archive::Difference::Kind kind) {
  constexpr std::string_view kNames[] = {"added", "removed", "changed", "read state", "moved"};
  return kNames[static_cast<std::size_t>(kind)];
}

void print_difference(const archive::Difference& d, bool json) {
  if (json) {
    fmt::print("{{\"{}\":{},\"folder\":{}", d.is_folder ? "folder_is" : "item_is",
               json_quote(kind_text(d.kind)), json_quote(d.folder.name));
    if (!d.is_folder)
      fmt::print(",\"id\":{},\"subject\":{}", json_quote(d.item.head.id.value),
                 json_quote(d.item.label.subject));
    if (!d.from.id.empty()) fmt::print(",\"from\":{}", json_quote(d.from.name));
    fmt::print("}}\n");
    return;
  }
  const std::string what =
      d.is_folder ? "folder " + printable(d.folder.name)
                  : fmt::format("\"{}\" in {}", printable(d.item.label.subject), printable(d.folder.name));
  fmt::print("{:10}  {}{}\n", kind_text(d.kind), what,
             d.from.id.empty() ? "" : fmt::format(" (before: {})", printable(d.from.name)));
}

Result<ExitCode> compare(const Arguments& a) {
  TRY_ASSIGN(const OpenPoint open, open_point(a));
  TRY_ASSIGN(const FileTime before, time_of(a.before));
  TRY_ASSIGN(const auto point, job::find_mail_point(open.points, before));
  TRY_ASSIGN(const auto old, job::VaultState::open(*open.vault->chunks, point));
  std::array<std::uint64_t, 5> n{};
  TRY(archive::compare_points(*open.vault->chunks, old->point(), open.state->point(),
                              [&](const archive::Difference& d) -> Status {
                                ++n[static_cast<std::size_t>(d.kind)];
                                print_difference(d, a.json);
                                return ok;
                              }));
  if (!a.json)
    fmt::print("{} to {}: {} added, {} removed, {} changed, {} read states, {} moved\n", old->manifest().name,
               open.state->manifest().name, n[0], n[1], n[2], n[3], n[4]);
  return ExitCode::kOk;
}

Result<job::StateExportReport> export_from(const Arguments& a, const job::MailboxState& state) {
  job::Progress progress;
  progress.phase = "writing";
  job::StateExportOptions options;
  options.folders = a.folders;
  options.progress = &progress;
  options.cancel = &interrupted();
  options.on_skipped = [](const std::string& folder, const job::ItemLine& item, const Error& why) {
    fmt::print(stderr, "skipped {} in {}: {}\n", printable(item.label.subject), printable(folder),
               printable(why.what));
  };
  const ProgressLine line(progress, a.quiet);
  return job::export_state(state, a.to, options);
}

Result<job::StateExportReport> export_any(const Arguments& a) {
  if (a.from.is_vault()) {
    TRY_ASSIGN(const OpenPoint open, open_point(a));
    return export_from(a, *open.state);
  }
  TRY_ASSIGN(const auto dir, job::BackupDirectory::open(a.from.place));
  TRY_ASSIGN(const FileTime at, time_of(a.at));
  TRY_ASSIGN(const auto chain, job::Chain::open(dir, at));
  return export_from(a, chain);
}

Result<ExitCode> run_export(const Arguments& a) {
  TRY_ASSIGN(const auto done, export_any(a));
  for (const auto& file : done.files) fmt::print("{}/{}\n", a.to, printable(file));
  fmt::print("{} items, {} skipped\n", done.items, done.skipped);
  return done.skipped == 0 ? ExitCode::kOk : ExitCode::kSkipped;
}

using Command = Result<ExitCode> (*)(const Arguments&);

/// A subcommand with the options that all have.
struct Added {
  CLI::App* app;
  std::shared_ptr<Arguments> a;
  void at(const char* what) { app->add_option("--at", a->at, what)->type_name("TIME")->check(is_time); }
};

Added add_command(CLI::App& app, Action& action, const char* name, const char* what, Command run) {
  const auto a = std::make_shared<Arguments>();
  CLI::App* c = app.add_subcommand(name, what);
  c->add_option("--from", a->from.place, "Directory that a backup wrote, or vault:DIR, or s3://BUCKET/PREFIX")
      ->required()
      ->type_name("DIR");
  c->add_option("--mailbox", a->mailbox, "Whose, in a vault that holds several")->type_name("M");
  add_vault_options(*c, a->from);
  c->callback([a, &action, run] {
    action = [a, run] {
      const auto done = run(*a);
      return done ? *done : report(done.error());
    };
  });
  return {c, a};
}

}  // namespace

void add_point_commands(CLI::App& app, Action& action) {
  Added points = add_command(app, action, "points",
                             "List the restore points of a backup directory or a vault", list_points);
  add_catalog_option(*points.app, points.a->catalog);

  Added items = add_command(app, action, "items", "Browse the folders and items of a vault's restore point",
                            list_items);
  items.at("The point at this time (UTC); without it the newest");
  items.app
      ->add_option("--folder", items.a->folder, "Show its items: a path or id:...; without it all folders")
      ->type_name("F");
  items.app->add_option("--after", items.a->after, "Begin behind the item with this id")->type_name("ID");
  items.app->add_option("--limit", items.a->limit, "Show at most so many items")->capture_default_str();
  add_catalog_option(*items.app, items.a->catalog);
  items.app
      ->add_option(
          "--sort", items.a->sort,
          "With --catalog: date and size (the newest and largest first), subject or sender (from A to Z); "
          "without it by date")
      ->check(CLI::IsMember({"date", "subject", "sender", "size"}));
  items.app->add_flag("--reverse", items.a->reverse, "With --catalog: the other way round");
  items.app->add_flag("--json", items.a->json, "Print one line of JSON each");

  Added comparing =
      add_command(app, action, "compare", "How a vault's restore point differs from an earlier one", compare);
  comparing.app->add_option("--before", comparing.a->before, "The earlier point: the one at this time (UTC)")
      ->required()
      ->type_name("TIME")
      ->check(is_time);
  comparing.at("The later point; without it the newest");
  comparing.app->add_flag("--json", comparing.a->json, "Print one line of JSON for each difference");

  Added exporting = add_command(app, action, "export", "Write a backed up state into PST files", run_export);
  exporting.at("The state at this time (UTC); without it the newest");
  exporting.app
      ->add_option("--to", exporting.a->to, "The directory to make; if it is there, it must be empty")
      ->required()
      ->type_name("DIR");
  exporting.app
      ->add_option("--folder", exporting.a->folders,
                   "A PST for this folder and those below it: a path or id:...; may be repeated")
      ->type_name("F");
  exporting.app->add_flag("--quiet", exporting.a->quiet, "Show no progress");
  exporting.app->footer(
      "`mailkeep pst export` writes the items of a PST as .eml, .ics and .vcf.\n"
      "Examples:\n  mailkeep export --from vault:/backup/vault --vault-key-file vault.key --at "
      "2026-11-17T20:00 "
      "--to tuesday\n"
      "  mailkeep export --from /backup/alice --folder Inbox --to inbox");
}

}  // namespace mk::app
