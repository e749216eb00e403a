// mk_pst_speed read FILE                       every item of a PST, to the last byte of its values
// mk_pst_speed one FILE                        the last item of the first folder that has some, by its id
// mk_pst_speed item FILE NID                   one item, by its id alone
// mk_pst_speed write FILE SHAPE MB [THREADS]   a PST of items: small, medium, attachments, large; huge is one
//                                              item with an attachment of MB and an empty one
// mk_pst_speed mailbox FILE SHAPE MB [PERMILLE]
//                                              a PST of different items in 20 folders, of which so many of a
//                                              thousand have changed
//
// Prints what was done, its seconds and CPU seconds, the bytes read from files, and the peak of resident
// memory, as one line of JSON.

#include <fmt/format.h>
#include <sys/resource.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>

#include "model/tags.h"
#include "pst/reader.h"
#include "pst/writer.h"
#include "synthetic_items.h"

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

Result<Tally> read_item(const char* path, pst::Nid nid) {
  TRY_ASSIGN(const auto file, pst::PstFile::open(path));
  TRY_ASSIGN(const auto item, file->read_item(nid));
  Tally tally{1, 0};
  TRY(drain(item, tally));
  return tally;
}

Result<Tally> read_items(const char* path, bool one) {
  TRY_ASSIGN(const auto file, pst::PstFile::open(path));
  TRY_ASSIGN(const auto folders, file->folders());
  Tally tally;
  for (const auto& folder : folders)
    for (const bool associated : {false, true}) {
      TRY_ASSIGN(auto items, file->items(folder.nid, associated));
      if (one && !items.empty()) items.erase(items.begin(), items.end() - 1);
      for (const auto nid : items) {
        TRY_ASSIGN(const auto item, file->read_item(nid));
        TRY(drain(item, tally));
        ++tally.items;
      }
      if (one && tally.items > 0) return tally;
    }
  return tally;
}

double seconds_of(const timeval& t) {
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
}

/// The number behind a name in a file of /proc/self.
std::uint64_t proc_number(const char* file, std::string_view name) {
  std::ifstream in(file);
  for (std::string word; in >> word;)
    if (std::uint64_t n = 0; word == name && in >> n) return n;
  return 0;
}
/// ru_maxrss would include what the process was before exec().
std::uint64_t peak_kib() { return proc_number("/proc/self/status", "VmHWM:"); }
std::uint64_t read_bytes() { return proc_number("/proc/self/io", "rchar:"); }

/// CPU and wall clock since it was made.
class Meter {
 public:
  Meter() { getrusage(RUSAGE_SELF, &began_); }
  void print(const Tally& tally) const {
    rusage now{};
    getrusage(RUSAGE_SELF, &now);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - at_;
    const std::uint64_t read = read_bytes() - read_;
    fmt::print(
        "{{\"items\": {}, \"bytes\": {}, \"seconds\": {:.4f}, \"user\": {:.4f}, \"system\": {:.4f}, "
        "\"read_bytes\": {}, \"peak_kib\": {}}}\n",
        tally.items, tally.bytes, took.count(), seconds_of(now.ru_utime) - seconds_of(began_.ru_utime),
        seconds_of(now.ru_stime) - seconds_of(began_.ru_stime), read, peak_kib());
  }

 private:
  rusage began_{};
  std::chrono::steady_clock::time_point at_ = std::chrono::steady_clock::now();
  std::uint64_t read_ = read_bytes();
};

/// Items are made before the clock starts: what is measured is the writer.
std::vector<model::Item> pool_of(Shape shape) {
  constexpr std::uint64_t kPool = 256;
  std::vector<model::Item> pool;
  for (std::uint64_t n = 0; n < kPool; ++n) pool.push_back(synthetic_item(shape, n));
  return pool;
}

/// Items are not copied by accident: they may be large.
model::Item copy_of(const model::Item& item) {
  model::Item out{item.properties, item.recipients, {}};
  for (const auto& a : item.attachments) out.attachments.push_back({a.properties, nullptr});
  return out;
}

std::uint64_t size_of(const model::Item& item) {
  std::uint64_t bytes = 0;
  for (const auto& p : item.properties) bytes += p.value.size();
  for (const auto& a : item.attachments)
    for (const auto& p : a.properties) bytes += p.value.size();
  return bytes;
}

Result<Tally> write_items(const char* path, const std::vector<model::Item>& pool, std::uint64_t bytes,
                          unsigned threads) {
  pst::WriterOptions options;
  options.threads = threads;
  constexpr std::uint64_t kItemsPerFolder = 100'000;
  TRY_ASSIGN(const auto pst, pst::PstWriter::create(path, options));
  Tally tally;
  pst::Nid folder;
  while (tally.bytes < bytes) {
    if (tally.items % kItemsPerFolder == 0) {
      model::PropertyList list;
      list.set_text(model::pid::kDisplayName, fmt::format("Folder {}", tally.items / kItemsPerFolder));
      TRY_ASSIGN(folder, pst->add_folder(pst->ipm_subtree(), list));
    }
    const auto& item = pool[tally.items++ % pool.size()];
    if (threads == 0)
      TRY(pst->add_item(folder, item, false));
    else
      TRY(pst->submit_item(folder, copy_of(item), false, [](Result<pst::Nid> nid) -> Status {
        if (!nid) return std::move(nid).error();
        return ok;
      }));
    tally.bytes += size_of(item);
  }
  TRY(pst->finish());
  return tally;
}

/// What stands where the n-th item of a mailbox was, of which `permille` have changed: half of them have
/// another subject, a quarter is gone, a quarter is followed by a new one.
std::vector<model::Item> items_after(Shape shape, std::uint64_t n, std::uint64_t permille) {
  constexpr std::uint64_t kNew = 1'000'000'000;
  const std::uint64_t dice = n * 2654435761 % 4294967296 / 1000;
  std::vector<model::Item> out;
  const bool has_changed = dice % 1000 < permille;
  if (has_changed && dice / 1000 % 4 == 0) return out;
  out.push_back(synthetic_item(shape, n));
  if (has_changed && dice / 1000 % 4 == 1) out.push_back(synthetic_item(shape, n + kNew));
  if (has_changed && dice / 1000 % 4 > 1) out.back().properties.set_text(model::pid::kSubject, "changed");
  return out;
}

Result<Tally> write_mailbox(const char* path, Shape shape, std::uint64_t bytes, std::uint64_t permille) {
  constexpr std::uint64_t kFolders = 20;
  TRY_ASSIGN(const auto pst, pst::PstWriter::create(path, {}));
  std::vector<pst::Nid> folders;
  for (std::uint64_t i = 0; i < kFolders; ++i) {
    model::PropertyList list;
    list.set_text(model::pid::kDisplayName, fmt::format("Folder {}", i));
    TRY_ASSIGN(const pst::Nid folder, pst->add_folder(pst->ipm_subtree(), list));
    folders.push_back(folder);
  }
  Tally tally;
  std::uint64_t size = 0;
  for (std::uint64_t n = 0; size < bytes; ++n) {
    size += size_of(synthetic_item(shape, n));
    for (const auto& item : items_after(shape, n, permille)) {
      tally.bytes += size_of(item);
      ++tally.items;
      TRY(pst->add_item(folders[n / 50 % kFolders], item, false));
    }
  }
  TRY(pst->finish());
  return tally;
}

int report(const Result<Tally>& tally, const Meter& meter) {
  if (!tally) {
    fmt::print(stderr, "mk_pst_speed: {}\n", tally.error().what);
    return 1;
  }
  meter.print(*tally);
  return 0;
}

}  // namespace
}  // namespace mk::bench

int main(int argc, char** argv) {
  using namespace mk::bench;
  const std::string_view what = argc > 2 ? argv[1] : "";
  if ((what == "read" || what == "one") && argc == 3) {
    const Meter meter;
    return report(read_items(argv[2], what == "one"), meter);
  }
  if (what == "item" && argc == 4) {
    const mk::pst::Nid nid(static_cast<std::uint32_t>(std::strtoul(argv[3], nullptr, 0)));
    const Meter meter;
    return report(read_item(argv[2], nid), meter);
  }
  if (what == "write" && argc > 4 && std::string_view(argv[3]) == "huge") {
    std::vector<mk::model::Item> one;
    one.push_back(huge_item(std::strtoull(argv[4], nullptr, 10) * 1'000'000));
    const Meter meter;
    return report(write_items(argv[2], one, 1, 0), meter);
  }
  const auto shape = argc > 4 ? parse_shape(argv[3]) : std::nullopt;
  if (!shape) return 2;
  if (what == "mailbox") {
    const Meter meter;
    return report(write_mailbox(argv[2], *shape, std::strtoull(argv[4], nullptr, 10) * 1'000'000,
                                argc > 5 ? std::strtoull(argv[5], nullptr, 10) : 0),
                  meter);
  }
  if (what != "write") return 2;
  const auto pool = pool_of(*shape);
  const Meter meter;
  const auto threads = static_cast<unsigned>(argc > 5 ? std::strtoul(argv[5], nullptr, 10) : 0);
  return report(write_items(argv[2], pool, std::strtoull(argv[4], nullptr, 10) * 1'000'000, threads), meter);
}
