#pragma once
#include "vault/log_state.h"

namespace mk::vault {

struct RepairReport {
  std::vector<std::string> repaired;  // names of objects
  std::vector<std::string> lost;      // damaged or missing, and not good in the copy either; with the cause
};

/// Replaces damaged and missing objects of a store by those of a copy of it, each verified before it is put:
/// the header, key slots, log records, live packs. What is good stays as it is, whatever the copy says.
/// Without keys a log record is taken only if the record behind it names its sha.
/// `vault` is what repair_header() gave.
/// Errors: those of stores; an object that only cannot be read just now is not removed
/// Bounds: two packs
Result<RepairReport> repair(Store& store, Store& copy, const VaultId& vault, const Keys* keys);

/// Puts the copy's header where the store's is damaged, or missing although there is a log.
/// Errors: kInvalid  the copy is of another vault; else as read_vault_header(), of the store where there is
/// nothing to repair, or of the copy
Result<VaultId> repair_header(Store& store, Store& copy);

}  // namespace mk::vault
