#pragma once
#include <map>

#include "job/journal.h"
#include "job/run_output.h"
#include "job/short_streams.h"
#include "job/vault_backup.h"
#include "vault/session.h"

namespace mk::job {

/// Puts chunks under the vault's mutex, so that others may read meanwhile.
class LockedSink final : public vault::ChunkSink {
 public:
  LockedSink(vault::ChunkSink& out, std::mutex& mutex) : out_(out), mutex_(mutex) {}
  Result<vault::ChunkId> put(vault::ChunkKind kind, std::span<const vault::ChunkId> refs,
                             Bytes plain) override {
    const std::lock_guard lock(mutex_);
    return out_.put(kind, refs, plain);
  }

 private:
  vault::ChunkSink& out_;
  std::mutex& mutex_;
};

/// Items go into the vault as they come, lines into a journal, pieces of which are committed now and then.
///
/// Spec:    docs/formats/archive.md, "Unfinished runs"
class VaultOutput : public RunOutput {
 public:
  /// What is there of the run already.
  struct Begun {
    std::unique_ptr<Journal> journal;
    std::vector<vault::LogNumber> pieces;
    std::uint64_t saved_bytes = 0;  // of the journal, in pieces
    vault::TreeWriter::Root base;   // the items of the point that the run goes on from; zero: none
  };
  enum class Short { kGrouped, kAlone };  // streams: see archive::ItemGroup
  VaultOutput(VaultPlace& place, const RunState& state, Clock& clock, Begun begun,
              Short short_streams = Short::kGrouped);

  const std::filesystem::path& temporary() const override { return directory_; }
  Status store(ItemLine& line, const Fetched& item) override;
  Status commit(std::vector<Group> groups) override;
  Status for_each_line(const VisitLine& f) const override;
  Status suspend() override;
  Status finish(RunState& state, const BackupOptions& options, BackupReport& report) override;

 protected:
  /// Each line that counts at the end, but for skipped ones, which go to the manifest: an older version
  /// stays.
  Status for_each_edit(RunState& state, const std::function<Status(const ItemLine&)>& f) const;
  const vault::TreeWriter::Root& base() const { return base_; }
  VaultPlace& place() const { return place_; }
  /// The point is committed: lets go what stood for it.
  Status finish_pieces();
  std::uint64_t stored_bytes() const { return session_.counts().stored_bytes; }

 private:
  Status save_piece();
  Result<vault::TreeWriter::Root> write_piece();
  Result<vault::TreeWriter::Root> write_point(RunState& state);
  Result<vault::LogNumber> commit(const std::string& name, const vault::TreeWriter::Root& root);

  VaultPlace& place_;
  const RunState& state_;
  Clock& clock_;
  std::filesystem::path directory_;
  std::unique_ptr<Journal> journal_;
  std::vector<vault::LogNumber> pieces_;
  vault::TreeWriter::Root base_;
  vault::Session session_;
  LockedSink sink_;
  Short short_;
  ShortStreams short_streams_;
  // since the last piece
  std::map<vault::ChunkId, vault::ObjectRef> streams_;
  std::uint64_t saved_journal_bytes_, new_bytes_ = 0, new_lines_ = 0;
};

/// Lets a restore point, or the piece of a run, go.
Status forget(VaultPlace& place, vault::LogNumber point, Clock& clock);

}  // namespace mk::job
