#include "job/item_index.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"

namespace mk::job {
namespace {

constexpr std::string_view kMagic = "MKINDEX1";
constexpr std::uint64_t kHeadBytes = 16, kEntryBytes = 16;

}  // namespace

Result<std::string> write_index(const std::filesystem::path& path, std::vector<IndexEntry> entries) {
  std::sort(entries.begin(), entries.end());
  TRY_ASSIGN(File file, File::open(path, File::Mode::kCreate));
  FileSink sink(file);
  Sha256 hash;
  const auto write = [&](const ByteString& bytes) {
    hash.update(as_bytes(bytes));
    return sink.write(as_bytes(bytes));
  };
  TRY(write(ByteString(kMagic) + le_bytes(std::uint64_t{entries.size()})));
  for (const auto& e : entries) TRY(write(le_bytes(e.key) + le_bytes(e.line_at)));
  TRY(sink.flush());
  TRY(file.sync());
  return to_hex(hash.finish());
}

Result<std::unique_ptr<IndexReader>> IndexReader::open(const std::filesystem::path& path) {
  TRY_ASSIGN(File file, File::open(path, File::Mode::kRead));
  std::array<std::byte, kHeadBytes> head{};
  TRY_ASSIGN(const std::size_t got, file.read_some_at(0, head));
  TRY_ASSIGN(const std::uint64_t size, file.size());
  const auto n = load_le<std::uint64_t>(&head[8]);
  if (got != head.size() || as_chars(Bytes(head).first(8)) != kMagic ||
      n != (size - kHeadBytes) / kEntryBytes || (size - kHeadBytes) % kEntryBytes != 0)
    return Error{Code::kCorrupt, path.string() + " is not a whole index of items"};
  return std::unique_ptr<IndexReader>(new IndexReader(std::move(file), n));
}

Result<IndexEntry> IndexReader::at(std::uint64_t i) const {
  std::array<std::byte, kEntryBytes> bytes{};
  TRY(file_.read_at(kHeadBytes + i * kEntryBytes, bytes));
  return IndexEntry{load_le<std::uint64_t>(&bytes[0]), load_le<std::uint64_t>(&bytes[8])};
}

Result<std::vector<std::uint64_t>> IndexReader::find(std::uint64_t key) const {
  std::uint64_t low = 0, high = n_;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    TRY_ASSIGN(const IndexEntry e, at(middle));
    if (e.key < key)
      low = middle + 1;
    else
      high = middle;
  }
  std::vector<std::uint64_t> lines;
  for (; low < n_; ++low) {
    TRY_ASSIGN(const IndexEntry e, at(low));
    if (e.key != key) break;
    lines.push_back(e.line_at);
  }
  return lines;
}

}  // namespace mk::job
