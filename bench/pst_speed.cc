// mk_pst_speed FILE: reads every item of a PST to the last byte of its values and throws it away.
// Prints items, bytes of values and seconds.

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cstdio>

#include "pst/reader.h"

namespace mk::bench {
namespace {

struct Tally {
  std::uint64_t items = 0, bytes = 0;
};

Status drain(const model::PropertyList& list, Tally& tally) {
  std::array<std::byte, 64 * 1024> buffer;
  for (const auto& property : list) {
    if (!property.value.is_blob()) {
      tally.bytes += property.value.size();
      continue;
    }
    TRY_ASSIGN(auto in, property.value.open());
    for (;;) {
      TRY_ASSIGN(const std::size_t n, in->read(buffer));
      if (n == 0) break;
      tally.bytes += n;
    }
  }
  return ok;
}

Status drain(const model::Item& item, Tally& tally) {
  TRY(drain(item.properties, tally));
  for (const auto& recipient : item.recipients) TRY(drain(recipient, tally));
  for (const auto& attachment : item.attachments) {
    TRY(drain(attachment.properties, tally));
    if (attachment.embedded) TRY(drain(*attachment.embedded, tally));
  }
  return ok;
}

Result<Tally> read_all_items(const char* path) {
  TRY_ASSIGN(const auto file, pst::PstFile::open(path));
  TRY_ASSIGN(const auto folders, file->folders());
  Tally tally;
  for (const auto& folder : folders)
    for (const bool associated : {false, true}) {
      TRY_ASSIGN(const auto items, file->items(folder.nid, associated));
      for (const auto nid : items) {
        TRY_ASSIGN(const auto item, file->read_item(nid));
        TRY(drain(item, tally));
        ++tally.items;
      }
    }
  return tally;
}

}  // namespace
}  // namespace mk::bench

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const auto began = std::chrono::steady_clock::now();
  const auto tally = mk::bench::read_all_items(argv[1]);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  if (!tally) {
    fmt::print(stderr, "mk_pst_speed: {}\n", tally.error().what);
    return 1;
  }
  fmt::print("{{\"items\": {}, \"bytes\": {}, \"seconds\": {:.4f}}}\n", tally->items, tally->bytes,
             took.count());
  return 0;
}
