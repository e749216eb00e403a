#pragma once
#include <vector>

#include "base/io.h"
#include "pst/ndb/database.h"

namespace mk::pst::ndb {

/// The data of a node: one block, or the leaves of an XBLOCK or XXBLOCK, read one at a time.
///
/// Spec:    [MS-PST] 2.2.2.8.3
/// Errors:  kCorrupt    a block that is not what its parent says; more data than the file has bytes
///          those of Database
/// Bounds:  2 x 8 KiB of block ids and the leaf that is read
/// Threads: one at a time      Owns: shares the database
class DataTree {
 public:
  /// Damage to the leaves, when reading is to go on all the same.
  struct Holes {
    std::uint64_t zeros = 0;     // bytes that could not be read; zeros stand for them
    std::uint64_t doubtful = 0;  // bytes of blocks whose checksum does not fit, as they are
    std::string cause;           // of the first
    bool any() const { return zeros + doubtful > 0; }
    Error error() const;
  };

  /// With `holes`, which must outlive the tree, damaged leaves are no error and are counted there.
  static Result<DataTree> open(std::shared_ptr<const Database> db, Bid root, Holes* holes = nullptr);

  /// Bytes in all leaves.
  std::uint64_t size() const { return size_; }
  std::size_t n_leaves() const { return n_leaves_; }
  Result<Block> leaf(std::size_t i);
  /// Bytes of a leaf, without reading it.
  Result<std::size_t> leaf_size(std::size_t i);
  /// All bytes.  Errors: kExhausted  more than `max_bytes`
  Result<ByteString> load(std::uint64_t max_bytes);

 private:
  explicit DataTree(std::shared_ptr<const Database> db) : db_(std::move(db)) {}
  Status open_levels(Bid root);
  Result<Bid> leaf_id(std::size_t i);
  Result<Block> sound_leaf(std::size_t i);
  Result<Block> damaged_leaf(std::size_t i, Error cause);

  std::shared_ptr<const Database> db_;
  std::uint64_t size_ = 0;
  std::size_t n_leaves_ = 0;
  bool two_levels_ = false;
  std::vector<Bid> top_;     // leaves, or the XBLOCKs of an XXBLOCK
  std::vector<Bid> leaves_;  // of XBLOCK number current_
  std::size_t current_ = SIZE_MAX;
  Holes* holes_ = nullptr;
};

/// The first `size` bytes of a node's data as a value that stays in the file; it keeps the database open.
BlobPtr make_data_blob(std::shared_ptr<const Database> db, Bid root, std::uint64_t size);
/// The same with zeros where it is damaged.
BlobPtr make_patched_blob(std::shared_ptr<const Database> db, Bid root, std::uint64_t size);

}  // namespace mk::pst::ndb
