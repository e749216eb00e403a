#include "catalog_options.h"

#include <fmt/format.h>

#include "base/text.h"
#include "catalog/update.h"

namespace mk::app {

void add_catalog_option(CLI::App& command, std::string& place) {
  command
      .add_option("--catalog", place,
                  "sqlite:FILE or postgresql://HOST/DATABASE: tables that make this fast, made and kept up "
                  "to date as "
                  "needed; they hold subjects and senders in clear. The password of PostgreSQL: PGPASSFILE "
                  "or PGPASSWORD")
      ->type_name("PLACE");
}

Result<std::unique_ptr<catalog::Catalog>> open_catalog(const std::string& text, MailVault& vault) {
  TRY_ASSIGN(const auto place, catalog::parse_database_place(text));
  TRY_ASSIGN(auto opened, catalog::Catalog::open(place, catalog::Missing::kMake));
  if (opened->is_new()) fmt::print(stderr, "mailkeep: the catalog {} is new and is filled now\n", place.text);
  auto done = catalog::update(*opened, *vault.vault, *vault.chunks);
  if (!done) return std::move(done).error().in(place.text);
  for (const auto& problem : done->problems)
    fmt::print(stderr, "mailkeep: warning: not in the catalog: {}\n", printable(problem));
  return opened;
}

}  // namespace mk::app
