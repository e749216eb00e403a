#include "rebuild_catalog_command.h"

#include <fmt/format.h>

#include <memory>

#include "base/text.h"
#include "catalog/update.h"
#include "catalog_options.h"
#include "index_cache.h"
#include "vault/head_file.h"

namespace mk::app {
namespace {

struct Options {
  StoreOptions store;
  KeyOptions key;
  std::string catalog, head_file;
};

/// The vault is opened before anything is thrown away.
Result<catalog::UpdateReport> run(const Options& o) {
  TRY_ASSIGN(const auto place, catalog::parse_database_place(o.catalog));
  TRY_ASSIGN(const auto store, open_store(o.store));
  auto id = vault::read_vault_header(*store);
  if (!id) return std::move(id).error().in(o.store.place);
  TRY_ASSIGN(const auto key, read_key(o.key, *store));
  TRY_ASSIGN(const auto opened, vault::open_remembered(*store, key, o.head_file, index_file_of(*id)));
  std::mutex mutex;
  archive::NodeCache chunks(*opened, mutex);
  TRY_ASSIGN(const auto made, catalog::Catalog::recreate(place));
  return catalog::update(*made, *opened, chunks);
}

ExitCode rebuild(const Options& o) {
  auto done = run(o);
  if (!done) return report(done.error());
  for (const auto& problem : done->problems) fmt::print("damaged: {}\n", printable(problem));
  fmt::print("{} restore points with {} versions of items; the catalog is {}\n", done->points_added,
             done->versions_added, o.catalog);
  if (done->problems.empty()) return ExitCode::kOk;
  return report(
      {Code::kCorrupt, fmt::format("{} points cannot be read; `mailkeep vault check` says what is lost",
                                   done->problems.size())});
}

}  // namespace

void add_rebuild_catalog_command(CLI::App& vault, Action& action) {
  const auto o = std::make_shared<Options>();
  CLI::App* c =
      vault.add_subcommand("rebuild-catalog", "Make a catalog of the vault's mail anew from the vault");
  add_store_options(*c, o->store);
  add_catalog_option(*c, o->catalog);
  c->get_option("--catalog")->required();
  add_head_option(*c, o->head_file);
  add_key_options(*c, o->key);
  c->footer("What the catalog held is thrown away, also where it is damaged or of another vault.");
  c->callback([o, &action] { action = [o] { return rebuild(*o); }; });
}

}  // namespace mk::app
