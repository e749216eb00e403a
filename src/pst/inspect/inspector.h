#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/io.h"
#include "pst/ids.h"

namespace mk::pst {

/// Shows what lies on the lower layers of a PST or OST, with the specification's names, as far as it can be
/// read: a damaged structure is shown up to the damage, which is told on a line that begins with `damage:`.
///
/// Spec:    [MS-PST]
/// Errors:  open(): of the system only; kNotFound no such node, block or property; those of the sink
/// Bounds:  one block or property in memory; lists are cut at 1,000 entries, bytes at 64 KiB, which is said
/// Threads: one at a time
/// Example: TRY_ASSIGN(auto i, Inspector::open("a.pst", {})); TRY(i->node({nid::kMessageStore}, sink));
class Inspector {
 public:
  struct Options {
    bool hex = false;  // the raw bytes too
  };
  static Result<std::unique_ptr<Inspector>> open(const std::filesystem::path& path, Options options);
  static Result<std::unique_ptr<Inspector>> open_bytes(ByteString file, Options options);
  ~Inspector();

  Status header(ByteSink& out) const;
  /// A page of any kind, or what lies at the place of one.
  Status page(std::uint64_t offset, ByteSink& out) const;
  Status block(Bid bid, ByteSink& out) const;
  /// `path`: a node, then subnodes each in the one before it.
  Status node(const std::vector<Nid>& path, ByteSink& out) const;
  Status property(const std::vector<Nid>& path, std::uint16_t id, ByteSink& out) const;

 private:
  struct Impl;
  explicit Inspector(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mk::pst
