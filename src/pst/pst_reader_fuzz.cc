// Reads whatever it is given as a PST. Checksums are not verified: no fuzzer would get past them.
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
  for (const auto& r : item.recipients) drain(r);
  for (const auto& a : item.attachments) {
    drain(a.properties);
    if (a.embedded) drain(*a.embedded);
  }
}

void read_items(const PstFile& file, Nid folder, bool associated) {
  const auto ids = file.items(folder, associated);
  if (!ids) return;
  for (std::size_t i = 0; i < ids->size() && i < kMaxItems; ++i)
    if (const auto item = file.read_item((*ids)[i])) drain(*item);
  static_cast<void>(
      file.visit_rows(folder, associated, [](Nid, const model::PropertyList&) { return Status(ok); }));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto file =
      PstFile::open_bytes(ByteString(reinterpret_cast<const char*>(data), size), {.verify_checksums = false});
  if (!file) return 0;
  const auto folders = (*file)->folders();
  if (!folders) return 0;
  for (std::size_t i = 0; i < folders->size() && i < kMaxFolders; ++i)
    for (const bool associated : {false, true}) read_items(**file, (*folders)[i].nid, associated);
  static_cast<void>((*file)->info());
  return 0;
}
