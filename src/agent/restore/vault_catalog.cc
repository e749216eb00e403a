#include "agent/restore/vault_catalog.h"

#include "base/file.h"
#include "catalog/update.h"

namespace mk::agent {
namespace {

Status update(catalog::Catalog& catalog, VaultDoor& door) {
  TRY(catalog::update(catalog, *door.vault, *door.chunks));
  return ok;
}

bool is_of_no_use(const Error& e) {
  return e.code == Code::kCorrupt || e.code == Code::kInvalid || e.code == Code::kUnsupported;
}

}  // namespace

Result<std::unique_ptr<VaultDoor>> open_door(const Schedule& schedule, const Destination& destination,
                                             const Workshop& workshop) {
  return open_vault(destination, schedule.encryption, workshop.state->secrets(),
                    {workshop.directory / "index", false}, *workshop.clock);
}

Result<std::unique_ptr<catalog::Catalog>> open_catalog(VaultDoor& door, const Workshop& workshop) {
  const auto directory = workshop.directory / "catalog";
  TRY(mk::create_directories(directory));
  TRY_ASSIGN(const auto place, sql::parse_database_place(
                                   "sqlite:" + (directory / (door.vault->id().hex() + ".sqlite")).string()));
  auto opened = catalog::Catalog::open(place, sql::Missing::kMake);
  Status went = opened ? update(**opened, door) : Status(opened.error());
  if (went) return opened;
  if (!is_of_no_use(went.error())) return went.error();
  opened = Error{Code::kInternal, "closed"};  // before the file goes
  TRY_ASSIGN(auto made, catalog::Catalog::recreate(place));
  TRY(update(*made, door));
  return made;
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
