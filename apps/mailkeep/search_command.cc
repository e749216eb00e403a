#include "search_command.h"

#include <fmt/format.h>

#include <memory>
#include <set>

#include "agent_search.h"
#include "catalog_views.h"
#include "mailbox_identity.h"
#include "time_option.h"

namespace mk::app {
namespace {

constexpr const char* kExamples =
    R"(A word may end in *; all words must be there, in any case. Dates are those of receipt.
Examples:
  mailkeep search --catalog sqlite:mail.catalog --from vault:/backup/vault --vault-key-file vault.key budget 2026
  mailkeep search --catalog sqlite:mail.catalog --sender carol --folder Inbox --since 2026-10-01 --with-attachments
  mailkeep search --catalog sqlite:mail.catalog --mailbox alice@example.com --deleted-since 2026-11-01
  mailkeep search --catalog sqlite:mail.catalog --mailbox alice@example.com --versions-of ID
  mailkeep search --schedule nightly budget 2026
With --schedule the agent looks into the vaults of a schedule and needs no catalog of yours; with --all-schedules it opens no vault, and what it knew after the last runs answers. With --catalog, without --from nothing but the catalog is looked at, as it is.)";

struct Arguments {
  PlaceOptions from;
  std::string catalog, since, until, at, deleted_since, versions_of;
  std::vector<std::string> words;
  catalog::SearchQuery query;
  std::string schedule, destination;  // then the agent is asked
  bool all_schedules = false;         // then, too
  bool asks_agent() const { return !schedule.empty() || all_schedules; }
  AgentOptions agent;  // its `json` is that of both
};

Result<FileTime> time_of(const std::string& text) {
  return text.empty() ? Result<FileTime>(FileTime{}) : parse_utc(text);
}

Result<std::unique_ptr<catalog::Catalog>> open_as_it_is(const std::string& text) {
  TRY_ASSIGN(const auto place, catalog::parse_database_place(text));
  TRY_ASSIGN(auto opened, catalog::Catalog::open(place, catalog::Missing::kRefuse));
  TRY_ASSIGN(const auto vault, opened->vault());
  if (vault) return opened;
  return Error{Code::kNotFound, text + ": the catalog is empty; --from VAULT fills it"};
}

Result<std::unique_ptr<catalog::Catalog>> open_any(const Arguments& a) {
  if (a.from.place.empty()) return open_as_it_is(a.catalog);
  if (!a.from.is_vault())
    return Error{Code::kInvalid, "only vaults have catalogs; --from takes vault:DIR or s3://BUCKET/PREFIX"};
  TRY_ASSIGN(const auto vault, open_mail_vault(a.from));
  return open_catalog(a.catalog, *vault);
}

/// The points of the mailbox that was named, or of the only one there is.
Result<std::vector<catalog::PointRow>> points_of_one(catalog::Database& db, const std::string& mailbox) {
  TRY_ASSIGN(auto points, catalog::points(db, mailbox));
  std::set<std::string> mailboxes;
  for (const auto& p : points) mailboxes.insert(p.mailbox);
  if (mailboxes.size() == 1) return points;
  if (mailboxes.empty()) return Error{Code::kNotFound, "the catalog has no restore point of this mailbox"};
  return Error{Code::kInvalid, fmt::format("the catalog has several mailboxes: {}; choose one with --mailbox",
                                           fmt::join(mailboxes, ", "))};
}

/// From the newest point at or before the time on, or from the first one.
Result<std::vector<catalog::VersionRow>> find_deleted(catalog::Database& db, const Arguments& a) {
  TRY_ASSIGN(const auto points, points_of_one(db, a.query.mailbox));
  TRY_ASSIGN(const FileTime since, time_of(a.deleted_since));
  catalog::DeletedQuery q{points.front().mailbox, {}, a.query.before, a.query.limit};
  for (const auto& p : points)
    if (p.problem.empty() && (q.since.value == 0 || p.started <= since)) q.since = p.number;
  return catalog::deleted(db, q);
}

Result<std::vector<catalog::VersionRow>> find(catalog::Database& db, const Arguments& a) {
  if (!a.deleted_since.empty()) return find_deleted(db, a);
  if (!a.versions_of.empty()) {
    TRY_ASSIGN(const auto points, points_of_one(db, a.query.mailbox));
    return catalog::versions_of(db, points.front().mailbox, {a.versions_of});
  }
  return catalog::search(db, a.query);
}

/// Two questions at once would have two answers.
Status check_one_question(const Arguments& a) {
  const auto& q = a.query;
  const bool narrows = !a.words.empty() || !q.subject.empty() || !q.sender.empty() || !q.folder.empty() ||
                       !q.item_class.empty() || q.with_attachments || !a.since.empty() || !a.until.empty() ||
                       !a.at.empty();
  if (!narrows || (a.deleted_since.empty() && a.versions_of.empty())) return ok;
  return Error{Code::kInvalid,
               "--deleted-since and --versions-of go with --mailbox, --limit and --after only"};
}

Result<ExitCode> ask_agent(const Arguments& a) {
  const auto& q = a.query;
  const auto query = query_of({{"schedule", a.schedule},
                               {"destination", a.destination},
                               {"words", q.words},
                               {"subject", q.subject},
                               {"sender", q.sender},
                               {"mailbox", q.mailbox},
                               {"folder", q.folder},
                               {"class", q.item_class},
                               {"attachments", q.with_attachments ? "true" : ""},
                               {"since", a.since},
                               {"until", a.until},
                               {"at", a.at},
                               {"deleted_since", a.deleted_since},
                               {"versions_of", a.versions_of},
                               {"before", q.before == 0 ? "" : std::to_string(q.before)},
                               {"limit", std::to_string(q.limit)}});
  return search_at_agent(a.agent, query);
}

Result<ExitCode> search(Arguments& a) {
  TRY(check_one_question(a));
  a.query.words = fmt::format("{}", fmt::join(a.words, " "));
  if (a.asks_agent()) return ask_agent(a);
  a.query.mailbox = lower_mailbox(a.query.mailbox);
  TRY_ASSIGN(a.query.since, time_of(a.since));
  TRY_ASSIGN(a.query.until, time_of(a.until));
  TRY_ASSIGN(a.query.at, time_of(a.at));
  TRY_ASSIGN(const auto opened, open_any(a));
  TRY_ASSIGN(const auto found, find(opened->database(), a));
  print_versions(found, a.agent.json);
  if (a.versions_of.empty() && found.size() == a.query.limit && !found.empty())
    fmt::print(stderr, "... more: --after {}\n", found.back().id);
  return ExitCode::kOk;
}

void add_conditions(CLI::App& c, Arguments& a) {
  c.add_option("WORDS", a.words, "Words of the subject or the sender");
  c.add_option("--subject", a.query.subject, "Words of the subject")->type_name("WORDS");
  c.add_option("--sender", a.query.sender, "Words of the sender's name or address")->type_name("WORDS");
  c.add_option("--mailbox", a.query.mailbox, "Only in this mailbox")->type_name("M");
  c.add_option("--folder", a.query.folder, "Only in folders of this name")->type_name("NAME");
  c.add_option("--class", a.query.item_class, "Only items of this message class, or of one that begins so")
      ->type_name("C");
  c.add_flag("--with-attachments", a.query.with_attachments, "Only items with attachments");
  c.add_option("--since", a.since, "Received at this time or later (UTC)")->type_name("TIME")->check(is_time);
  c.add_option("--until", a.until, "Received before this time (UTC)")->type_name("TIME")->check(is_time);
  c.add_option("--at", a.at,
               "Only what the restore points at this time hold; without it any version of any point")
      ->type_name("TIME")
      ->check(is_time);
}

void add_agent_question(CLI::App& c, Arguments& a) {
  auto* const schedule =
      c.add_option("--schedule", a.schedule, "Ask the agent, for the vaults of this schedule")
          ->type_name("NAME");
  auto* const all = c.add_flag("--all-schedules", a.all_schedules,
                               "Ask the agent, for the vaults of all schedules as their last runs left them")
                        ->excludes(schedule);
  for (const char* name : {"--from", "--catalog"})
    for (auto* const option : {schedule, all}) option->excludes(c.get_option(name));
  c.add_option("--destination", a.destination, "Only this destination of the schedule")
      ->type_name("PLACE")
      ->needs(schedule);
  add_agent_address(c, a.agent);
}

/// Somebody is to be asked, and what belongs to the agent is for it.
void check_whom(const CLI::App& c, const Arguments& a) {
  if (a.catalog.empty() && !a.asks_agent())
    throw CLI::RequiredError("--catalog, --schedule or --all-schedules");
  for (const char* name : {"--agent", "--token-file", "--ca-file"})
    if (c.count(name) > 0 && !a.asks_agent()) throw CLI::RequiresError(name, "--schedule or --all-schedules");
}

}  // namespace

void add_search_command(CLI::App& app, Action& action) {
  const auto a = std::make_shared<Arguments>();
  CLI::App* c = app.add_subcommand("search", "Find mail in all mailboxes and restore points of a vault");
  add_catalog_option(*c, a->catalog);
  c->add_option("--from", a->from.place,
                "vault:DIR, or s3://BUCKET/PREFIX: bring the catalog to its newest state before")
      ->type_name("VAULT");
  add_agent_question(*c, *a);
  add_conditions(*c, *a);
  auto* const deleted = c->add_option("--deleted-since", a->deleted_since,
                                      "What a mailbox had at this time or later, and has nowhere now")
                            ->type_name("TIME")
                            ->check(is_time);
  c->add_option("--versions-of", a->versions_of, "All versions of the item of a mailbox that has this id")
      ->type_name("ID")
      ->excludes(deleted);
  c->add_option("--limit", a->query.limit, "Show at most so many")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  c->add_option("--after", a->query.before, "Begin behind the version with this number")->type_name("N");
  c->add_flag("--json", a->agent.json,
              "Print one line of JSON each; with --schedule what the agent answered");
  add_vault_options(*c, a->from);
  c->footer(kExamples);
  c->callback([a, c, &action] {
    check_whom(*c, *a);
    action = [a] {
      const auto done = search(*a);
      return done ? *done : report(done.error());
    };
  });
}

}  // namespace mk::app
