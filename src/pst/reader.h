#pragma once
#include <array>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "model/item.h"
#include "pst/ids.h"

namespace mk::pst {
namespace ndb {
class Storage;
}

struct FolderEntry {
  Nid nid, parent;
  std::string name;                         // UTF-8
  std::string container_class;              // IPF.Note ...; empty when the folder has none
  std::uint64_t items = 0, associated = 0;  // as its tables list them
  model::PropertyList properties;
};

/// kAnsi: Outlook 97-2002; kUnicode4K: OST files of Outlook 2013 and later.
enum class Format { kAnsi, kUnicode, kUnicode4K };
enum class Encoding { kNone, kPermute, kCyclic };

/// What `mailkeep pst info` tells.
struct FileInfo {
  bool is_ost = false;
  Format format = Format::kUnicode;
  Encoding encoding = Encoding::kNone;
  std::uint64_t file_bytes = 0, free_bytes = 0;  // free_bytes as the header says
  std::uint64_t nodes = 0, blocks = 0, block_data_bytes = 0;
  std::size_t named_properties = 0;
  bool has_password = false;  // a PST password is a checksum in the store, no key
};

struct OpenOptions {
  bool verify_checksums = true;  // false is for fuzzing only, which could not get past them
  /// Reads what it can of a damaged or cut file: B-trees that are damaged are replaced by what a scan of the
  /// file finds; what no folder leads to is in a folder "Recovered".
  bool salvage = false;
};

/// A PST or OST file of any form, read at random.
///
/// Spec:    [MS-PST]; docs/formats/pst.md says what is checked and what genuine files are forgiven
/// Errors:  open():  kUnsupported  unknown version or encoding
///                   kTruncated    the file is shorter than its header says
///                   kCorrupt      not a PST; header or the root page of a B-tree damaged
///                   kNotFound, kDenied  as the system says
///                   With `salvage` only kNotFound (nothing of a PST in it), kDenied and the system's
///          later:   kCorrupt, kTruncated  a page or block damaged: what does not use it stays readable
///                   kNotFound     no such folder or item
/// Bounds:  memory independent of the file's size; of an item, 64 MiB, its large values stay in the file;
///          8 bytes for each item in a list
/// Threads: const methods from any thread; blobs of items too, also after the PstFile is gone
/// Example: TRY_ASSIGN(auto pst, PstFile::open("a.pst")); TRY_ASSIGN(auto item, pst->read_item(nid));
class PstFile {
 public:
  static Result<std::unique_ptr<PstFile>> open(const std::filesystem::path& path,
                                               const OpenOptions& options = {});
  static Result<std::unique_ptr<PstFile>> open_bytes(ByteString file, const OpenOptions& options = {});
  static Result<std::unique_ptr<PstFile>> open_storage(std::shared_ptr<const ndb::Storage> storage,
                                                       const OpenOptions& options = {});
  ~PstFile();

  /// Everything below the root folder except search folders, parents first, siblings as their table has them.
  Result<std::vector<FolderEntry>> folders() const;
  Nid root_folder() const;
  /// The root folder itself, which folders() leaves out.
  FolderEntry root_entry() const;
  /// PidTagIpmSubTreeEntryId of the store: the folder that Outlook shows as the top; of an OST, IPM_SUBTREE.
  Nid ipm_subtree() const;
  /// The node that an entry id of this store names.  [MS-PST] 2.4.3.2
  /// Errors: kInvalid  not 24 bytes, or of another store
  Result<Nid> node_of_entry_id(Bytes entry_id) const;
  /// The items of a folder in the order of its table; when that is damaged, those whose parent it is.
  Result<std::vector<Nid>> items(Nid folder, bool associated) const;
  /// All properties in order of their ids, named ones with their names; large values are blobs.
  /// With `lost`, parts that are damaged are left out (of attachments, become zeros) and told there;
  /// `embedded` gets the nodes of embedded messages, outer ones first.
  Result<model::Item> read_item(Nid item, std::vector<std::string>* lost = nullptr,
                                std::vector<Nid>* embedded = nullptr) const;
  /// The rows of a folder's table: what a list shows, without opening the items; a damaged row comes empty.
  using RowVisitor = std::function<Status(Nid item, const model::PropertyList& row)>;
  Status visit_rows(Nid folder, bool associated, const RowVisitor& visitor) const;
  const model::PropertyList& store_properties() const;
  Result<FileInfo> info() const;

  // What the file was made with; read_layout() puts it together.
  /// Named properties in the order of their ids, up to the first id without a name.
  std::vector<model::PropertyName> names() const;
  /// HEADER.rgnid: the last index given to a node of each type.
  const std::array<std::uint32_t, 32>& last_indexes() const;
  /// The block of a node's data. Ids of blocks count up: what was written later has a higher one.
  /// Errors: kNotFound  no such node
  Result<Bid> data_block(Nid node) const;
  /// Damage that opening, salvage and listing could work around; empty for a sound file.
  std::vector<std::string> warnings() const;

 private:
  struct Impl;
  explicit PstFile(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mk::pst
