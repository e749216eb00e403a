#pragma once
#include <deque>
#include <limits>
#include <memory>
#include <optional>

#include "base/workers.h"
#include "pst/write/block_batch.h"
#include "pst/write/folder_writer.h"
#include "pst/write/item_writer.h"

namespace mk::pst::write {

/// Brings items into the file: each is encoded into a batch of blocks, on any thread, and the batches are
/// appended in the order in which the items came. What depends on that order (node ids, ids of named
/// properties) is given out when an item comes, so that the bytes of the file do not depend on the number of
/// threads.
///
/// Errors:  those of ItemWriter and FolderWriter, for one item: its blocks are taken back, its node id stays
/// unused Bounds:  16 items for each thread, 64 MiB of them; items above 4 MiB wait for their turn and are
/// streamed Threads: one
class ItemPipeline {
 public:
  using NodeSpill = RecordSpill<disk::NbtEntry>;
  /// What all items share; must outlive the pipeline.
  struct Store {
    BlockFile& file;
    disk::CryptMethod method;
    NameMap& names;
    EmptyTables& tables;
    FolderWriter& folders;
    NodeSpill &messages, &associated;  // their nodes, each in ascending order
    std::array<std::uint32_t, 32>& last_index;
    const ByteString& seed;
    /// The most that the finished file can come to have when so many bytes more are written at the end.
    std::function<std::uint64_t(std::uint64_t)> size_bound;
  };
  using Done = std::function<Status(Result<Nid>)>;

  ItemPipeline(const Store& store, unsigned threads);
  ~ItemPipeline();

  Result<Nid> add(Nid folder, const model::Item& item, bool associated);
  /// Nothing is added and given when the finished file could come to have more than `max_bytes`.
  Result<std::optional<Nid>> add_within(std::uint64_t max_bytes, Nid folder, const model::Item& item,
                                        bool associated);
  Status submit(Nid folder, model::Item item, bool associated, Done done);
  /// Everything that was submitted is in the file. Gives the first failure that a `done` gave.
  Status drain();

 private:
  struct Job {
    explicit Job(disk::CryptMethod method) : blocks(method) {}
    Nid folder, nid;
    bool associated = false, is_large = false;
    model::Item owned;
    const model::Item* item = nullptr;
    std::uint64_t bytes = 0, max_file_bytes = std::numeric_limits<std::uint64_t>::max();
    std::array<std::uint32_t, 32> indexes{};  // of its subnodes and embedded messages
    Done done;
    std::future<void> encoded;
    BlockBatch blocks;
    std::optional<Result<WrittenMessage>> message;
    ByteString row;
  };
  Status prepare(Job& job, Nid folder, const model::Item& item, bool associated);
  void encode(Job& job) const;
  Result<Nid> commit(Job& job);
  Result<bool> commit_within(Job& job);
  Result<bool> put(Job& job, const FolderState& folder);
  Status commit_first();

  Store store_;
  std::deque<std::unique_ptr<Job>> jobs_;  // encoded or being encoded, in order
  std::uint64_t pending_bytes_ = 0;
  std::size_t most_jobs_;
  std::unique_ptr<Workers> encoders_;  // last, so that it ends first
};

}  // namespace mk::pst::write
