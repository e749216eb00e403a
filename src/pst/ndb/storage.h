#pragma once
#include <filesystem>
#include <memory>

#include "base/bytes.h"

namespace mk::pst::ndb {

/// Where the bytes of a PST lie. Immutable; read from any thread.
class Storage {
 public:
  virtual ~Storage() = default;
  virtual std::uint64_t size() const = 0;
  /// Reads exactly out.size() bytes.  Errors: kTruncated  beyond the end, naming the offset
  virtual Status read_at(std::uint64_t offset, std::span<std::byte> out) const = 0;
};

/// Errors: kNotFound, kDenied, kInternal  as the system says, naming the path
Result<std::shared_ptr<const Storage>> open_file_storage(const std::filesystem::path& path);
std::shared_ptr<const Storage> make_memory_storage(ByteString bytes);

}  // namespace mk::pst::ndb
