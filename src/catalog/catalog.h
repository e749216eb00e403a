#pragma once
#include <optional>

#include "catalog/database.h"
#include "vault/vault.h"

namespace mk::catalog {

/// What makes mail in one vault fast to browse and search: a cache of the log and of restore points' trees.
///
/// Format:  docs/formats/catalog.md
/// Threads: one at a time; several processes may work with one catalog
class Catalog {
 public:
  /// Errors: those of open_database(); kUnsupported  a newer schema
  static Result<std::unique_ptr<Catalog>> open(const DatabasePlace& place, Missing missing);
  /// Makes it anew and empty, also where it is damaged or has another schema.
  static Result<std::unique_ptr<Catalog>> recreate(const DatabasePlace& place);

  Database& database() const { return *db_; }
  /// It was made just now.
  bool is_new() const { return is_new_; }
  /// Nothing: it is of no vault yet.
  Result<std::optional<vault::VaultId>> vault() const;
  /// The newest log record that it reflects; number 0: none.
  Result<vault::KnownHead> head() const;
  /// When that one was written; 0 ticks: none.
  Result<FileTime> as_of() const;

  /// Makes it the catalog of this vault, if it is of none.
  /// Errors: kInvalid  it is of another vault
  Status take(const vault::VaultId& vault);

 private:
  Catalog(std::unique_ptr<Database> db, bool is_new) : db_(std::move(db)), is_new_(is_new) {}
  std::unique_ptr<Database> db_;
  bool is_new_;
};

}  // namespace mk::catalog
