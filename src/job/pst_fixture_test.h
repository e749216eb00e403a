#pragma once
// For tests only: PSTs that went into a vault, and what comes back of them.
#include "base/file.h"
#include "job/fixture_test.h"
#include "job/pst_backup.h"
#include "job/pst_regenerate.h"

namespace mk::job {

class PstTest : public RestoreTest {
 protected:
  PstTest() { where = Where::kVault; }

  std::filesystem::path file(const std::string& name) const { return directory.path() / name; }
  /// The n-th PST of the newest point.
  Result<WrittenPst> get(const std::string& mailbox, std::size_t n, const std::filesystem::path& to) {
    TRY_ASSIGN(const auto opened, open_vault());
    const auto points = archive::mail_points(opened->points(), mailbox);
    TRY_ASSIGN(const auto point, archive::RestorePoint::open(*opened, points.back().point.root));
    TRY_ASSIGN(const auto kept, archive::stored_psts(*opened, points.back().point.root));
    return get_pst(*opened, *point, kept.at(n), to);
  }
  static ByteString bytes_of(const std::filesystem::path& path) { return *read_file(path, 1 << 30); }

  Result<BackupReport> pst_backup(bool incremental = false) {
    MemoryMailbox mailbox(server);
    TRY_ASSIGN(const auto opened, open_vault());
    VaultPlace place(*opened, file("work"), piece_bytes);
    place.temporary = temporary;
    auto o = options();
    o.incremental = incremental;
    o.dump_first = dump_first;
    o.restart = restart;
    TRY_ASSIGN(auto done, run_pst_backup(mailbox, place, o));
    psts = std::move(done.psts);
    return std::move(done.backup);
  }
  std::filesystem::path temporary = file("dumps");
  bool dump_first = false, restart = false;
  std::vector<archive::PstRecord> psts;
};

}  // namespace mk::job
