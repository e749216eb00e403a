#include "catalog/catalog.h"

#include <fmt/format.h>

#include <algorithm>

#include "catalog/schema.h"

namespace mk::catalog {

Result<std::unique_ptr<Catalog>> Catalog::open(const DatabasePlace& place, Missing missing) {
  TRY_ASSIGN(auto db, sql::open_database(place, missing, identity()));
  auto is_new = sql::migrate(*db, schema(place.dialect));
  if (!is_new) return std::move(is_new).error().in(place.text);
  return std::unique_ptr<Catalog>(new Catalog(std::move(db), *is_new));
}

Result<std::unique_ptr<Catalog>> Catalog::recreate(const DatabasePlace& place) {
  TRY(sql::remove_database(place, identity()));
  return open(place, Missing::kMake);
}

Result<std::optional<vault::VaultId>> Catalog::vault() const {
  std::optional<vault::VaultId> id;
  TRY(db_->query("SELECT vault FROM catalog", {}, [&](const Row& row) -> Result<bool> {
    if (row.is_null(0)) return true;
    const ByteString bytes = row.bytes(0);
    id.emplace();
    if (bytes.size() != id->bytes.size()) return Error{Code::kCorrupt, "the catalog's vault id is damaged"};
    std::copy(bytes.begin(), bytes.end(), id->bytes.begin());
    return true;
  }));
  return id;
}

Result<vault::KnownHead> Catalog::head() const {
  vault::KnownHead head;
  TRY(db_->query("SELECT head_number, head_hash FROM catalog", {}, [&](const Row& row) -> Result<bool> {
    head.number.value = static_cast<std::uint64_t>(row.integer(0));
    const ByteString hash = row.bytes(1);
    if (head.number.value != 0 && hash.size() != head.hash.bytes.size())
      return Error{Code::kCorrupt, "the catalog's head is damaged"};
    std::copy_n(hash.begin(), std::min(hash.size(), head.hash.bytes.size()), head.hash.bytes.begin());
    return true;
  }));
  return head;
}

Result<FileTime> Catalog::as_of() const {
  FileTime time;
  TRY(db_->query("SELECT r.at FROM log_record r JOIN catalog c ON r.number = c.head_number", {},
                 [&](const Row& row) -> Result<bool> {
                   time.ticks = static_cast<std::uint64_t>(row.integer(0));
                   return true;
                 }));
  return time;
}

Status Catalog::take(const vault::VaultId& vault) {
  TRY_ASSIGN(auto there, this->vault());
  const auto take_free = [&]() -> Status {
    TRY_ASSIGN(there, this->vault());
    if (there) return ok;  // somebody was faster
    there = vault;
    return db_->execute("UPDATE catalog SET vault = $1", {Binary{ByteString(as_chars(vault.view()))}});
  };
  if (!there) TRY(db_->write(take_free));
  if (*there == vault) return ok;
  return Error{
      Code::kInvalid,
      fmt::format("the catalog is of vault {}, not of {}: name another one, or make it anew for this vault "
                  "with `mailkeep vault rebuild-catalog`",
                  there->hex(), vault.hex())};
}

}  // namespace mk::catalog
