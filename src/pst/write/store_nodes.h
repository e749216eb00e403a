#pragma once
#include "pst/write/folder_writer.h"

namespace mk::pst::write {

/// What the message store itself has.
struct StoreFacts {
  std::string name;
  ByteString record_key;  // 16 bytes; every entry id of the file contains it
  Fields fields;          // further properties
  /// The record key comes from the name: the same input gives the same file.
  static StoreFacts of(const std::string& name);
};

/// Writes the nodes that every store has besides its folders: message store, named properties, templates,
/// receive folder table, queues.
///
/// Spec: [MS-PST] 2.4.1, 2.4.3, 2.4.7, 2.7.1; docs/formats/pst-writer.md
Status write_store_nodes(const StoreFacts& store, const NameMap& names, bool has_common_views,
                         FolderWriter::Output& out);

/// The most that write_store_nodes() can append.
std::uint64_t store_bound(const StoreFacts& store, const NameMap& names);

}  // namespace mk::pst::write
