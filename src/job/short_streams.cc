#include "job/short_streams.h"

namespace mk::job {

Result<archive::StoredStream> ShortStreams::add(const Blob& stream) {
  TRY_ASSIGN(auto packed, archive::pack_item_stream(stream));
  const archive::StoredStream stored{{}, stream.size(), packed.sha256};
  auto& waiting = waiting_[packed.sha256];
  if (waiting.lines++ > 0) return stored;
  bytes_ += packed.bytes.size();
  waiting.stream = std::move(packed);
  return stored;
}

Status ShortStreams::write(std::vector<ItemLine>& lines, vault::ChunkSink& out, const SecretString& cut_key) {
  archive::ItemGroup group(out, cut_key);
  for (ItemLine& line : lines) {
    if (!line.is_item() || line.stored.object.depth != vault::kEmptyObject) continue;
    const auto it = waiting_.find(line.stored.sha256);
    if (it == waiting_.end()) return Error{Code::kInternal, "an item of this run was not stored"};
    TRY(group.add(it->second.stream, line.stored.object));
    if (--it->second.lines > 0) continue;
    bytes_ -= it->second.stream.bytes.size();
    waiting_.erase(it);
  }
  return group.finish();
}

}  // namespace mk::job
