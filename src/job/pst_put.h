#pragma once
#include "archive/pst_layout.h"
#include "job/vault_backup.h"

namespace mk::job {

/// PSTs that were put into a vault are restore points of a mailbox that is called so: `pst:archive`.
std::string put_mailbox(const std::string& name);

struct PutOptions {
  std::vector<std::filesystem::path> files;  // the parts of one mailbox, or several PSTs
  std::string name;                          // of what they are: the same for every export of a mailbox
  bool keep_bytes = false;                   // of files that cannot be written anew byte for byte
  Clock* clock = &mk::system_clock();
  Progress* progress = nullptr;
  const std::atomic<bool>* cancel = nullptr;
};

struct PutReport {
  Manifest manifest;
  std::vector<archive::PstRecord> psts;
  std::uint64_t vault_bytes = 0;
};

/// Takes PST files into a vault as one restore point: their items, and what makes the same files of them
/// again. Folders of equal path are one, whichever file they are in.
///
/// Spec:    docs/formats/archive.md, "PST files"
/// Shape:   an item is known by its content, so that one that did not change has the same entry in every
///          point; items that cannot be read are skipped and listed
/// Errors:  those of opening a PST, of the vault and of the disk; kInvalid  two files of one name; kConflict
///          another run works in the work directory; kCancelled
/// Bounds:  about 70 bytes an item; of one item, its small values
Result<PutReport> put_psts(VaultPlace& place, const PutOptions& options);

}  // namespace mk::job
