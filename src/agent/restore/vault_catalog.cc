#include "agent/restore/vault_catalog.h"

#include "agent/keys/recovery.h"
#include "base/file.h"
#include "catalog/update.h"

namespace mk::agent {
namespace {

Status update(catalog::Catalog& catalog, VaultDoor& door) {
  TRY(catalog::update(catalog, *door.vault, *door.chunks));
  return ok;
}

/// One for each place, so that what is known of a vault is found without it.
Result<sql::DatabasePlace> place_of_catalog(const Destination& d, const Workshop& workshop) {
  const auto directory = workshop.directory / "catalog";
  TRY(mk::create_directories(directory));
  const auto name = place_name(d.s3_endpoint.empty() ? d.place : d.place + "\n" + d.s3_endpoint);
  return sql::parse_database_place("sqlite:" + (directory / (name + ".sqlite")).string());
}

bool is_of_no_use(const Error& e) {
  return e.code == Code::kCorrupt || e.code == Code::kInvalid || e.code == Code::kUnsupported;
}

}  // namespace

Result<OpenVaults::Lent> open_door(const Schedule& schedule, const Destination& destination,
                                   const Workshop& workshop) {
  return workshop.vaults->open(destination, schedule.encryption, workshop.state->secrets(),
                               workshop.directory / "index");
}

Result<std::unique_ptr<catalog::Catalog>> open_catalog(VaultDoor& door, const Workshop& workshop) {
  TRY_ASSIGN(const auto place, place_of_catalog(door.destination, workshop));
  auto opened = catalog::Catalog::open(place, sql::Missing::kMake);
  Status went = opened ? update(**opened, door) : Status(opened.error());
  if (went) return opened;
  if (!is_of_no_use(went.error())) return went.error();
  opened = Error{Code::kInternal, "closed"};  // before the file goes
  TRY_ASSIGN(auto made, catalog::Catalog::recreate(place));
  TRY(update(*made, door));
  return made;
}

Result<std::unique_ptr<catalog::Catalog>> open_catalog_as_it_is(const Destination& destination,
                                                                const Workshop& workshop) {
  TRY_ASSIGN(const auto place, place_of_catalog(destination, workshop));
  TRY_ASSIGN(auto opened, catalog::Catalog::open(place, sql::Missing::kRefuse));
  TRY_ASSIGN(const auto head, opened->head());
  if (head.number.value != 0) return opened;
  return Error{Code::kNotFound, "the catalog is still to be made"};
}

Status update_catalogs(const Schedule& schedule, const Workshop& workshop) {
  Status first = ok;
  for (const auto& destination : schedule.destinations) {
    if (destination.is_directory()) continue;
    const auto updated = [&]() -> Status {
      TRY_ASSIGN(const auto door, open_door(schedule, destination, workshop));
      TRY(open_catalog(*door, workshop));
      return ok;
    }();
    if (!updated && first) first = updated.error();
  }
  return first;
}

}  // namespace mk::agent
