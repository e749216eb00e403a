#pragma once
#include "archive/item_stream.h"

namespace mk::archive {

/// Lays short streams one after the other into chunks. Where a chunk ends follows from the streams in it, by
/// a hash with a key, on average after 64 KiB: the same streams in the same order make the same chunks, and
/// one that is new among them changes only what is near it.
///
/// Format:  docs/formats/archive.md, "Groups"
/// Errors:  those of `out`
/// Bounds:  one chunk, at most 288 KiB
class ItemGroup {
 public:
  ItemGroup(vault::ChunkSink& out, const SecretString& cut_key) : out_(out), cut_key_(cut_key) {}
  /// `place` is known after finish(), or before; it must stay where it is.
  Status add(const PackedStream& stream, vault::ObjectRef& place);
  Status finish();

 private:
  bool ends_after(const PackedStream& stream) const;
  vault::ChunkSink& out_;
  const SecretString& cut_key_;
  ByteString bytes_;
  std::vector<vault::ObjectRef*> places_;
};

}  // namespace mk::archive
