// Salvages whatever it is given. Checksums are not verified: no fuzzer would get past them.
#include "pst/reader.h"

namespace {

using namespace mk;
using namespace mk::pst;

constexpr std::size_t kMaxFolders = 64, kMaxItems = 16;
constexpr std::uint64_t kMaxBlobBytes = 1 << 20;

void drain(const model::PropertyList& list) {
  for (const auto& p : list)
    if (p.value.is_blob()) static_cast<void>(p.value.load(kMaxBlobBytes));
}

void drain(const model::Item& item) {
  drain(item.properties);
  for (const auto& a : item.attachments) {
    drain(a.properties);
    if (a.embedded) drain(*a.embedded);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto file = PstFile::open_bytes(ByteString(reinterpret_cast<const char*>(data), size),
                                        {.verify_checksums = false, .salvage = true});
  if (!file) return 0;
  const auto folders = (*file)->folders();
  if (!folders) return 0;
  for (std::size_t i = 0; i < folders->size() && i < kMaxFolders; ++i) {
    for (const bool associated : {false, true}) {
      const auto ids = (*file)->items((*folders)[i].nid, associated);
      for (std::size_t k = 0; ids && k < ids->size() && k < kMaxItems; ++k) {
        std::vector<std::string> lost;
        if (const auto item = (*file)->read_item((*ids)[k], &lost)) drain(*item);
      }
    }
  }
  return 0;
}
