// A backup directory with one restore point, its files cut out of the input and their checksums made right,
// for no fuzzer would get past them: opened, verified, walked and searched, and its journal read.
#include <algorithm>
#include <array>
#include <filesystem>

#include "base/hash.h"
#include "base/wire.h"
#include "job/chain.h"
#include "job/journal.h"
#include "job/verify.h"

namespace {

using namespace mk;
using namespace mk::job;

constexpr std::string_view kSeparator = "\n%%\n";
constexpr std::string_view kPoint = "2026-11-22T20-00-00Z-full";
constexpr std::size_t kMaxLines = 16;  // each costs a search of the index

class ScratchDirectory {
 public:
  ScratchDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "mailkeep-fuzz-XXXXXX").string();
    MK_CHECK(::mkdtemp(name.data()) != nullptr);
    path = name;
    std::filesystem::create_directories(path / "points" / kPoint);
  }
  ~ScratchDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::filesystem::path path;
};

void write(const std::filesystem::path& path, std::string_view text) {
  auto file = File::open(path, File::Mode::kCreate);
  MK_CHECK(file && file->write_at(0, as_bytes(text)));
}

std::string_view take_part(std::string_view& rest) {
  const std::string_view part = rest.substr(0, rest.find(kSeparator));
  rest.remove_prefix(std::min(rest.size(), part.size() + kSeparator.size()));
  return part;
}

/// Each line with its check.
std::string checked(std::string_view lines) {
  std::string out;
  while (!lines.empty()) {
    const std::string_view json = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(lines.size(), json.size() + 1));
    out += checked_line(json);
  }
  return out;
}

std::string manifest_text(std::string_view lines) {
  std::string text = checked(lines);
  const auto n = std::count(text.begin(), text.end(), '\n');
  const std::string digest = to_hex(sha256(as_bytes(text)));
  return text + checked_line("{\"end\":{\"lines\":" + std::to_string(n) + ",\"sha256\":\"" + digest + "\"}}");
}

/// docs/formats/backup-directory.md, "items.segment": the check of each head and the digest of each stream.
std::string mended_segment(std::string_view part) {
  std::string s(part);
  const auto put = [&s](std::size_t at, Bytes digest, std::size_t n) {
    s.replace(at, n, as_chars(digest.first(n)));
  };
  const auto u16 = [&s](std::size_t at) { return load_le<std::uint16_t>(as_bytes(s).data() + at); };
  for (std::size_t at = 8; at < s.size() && s.size() - at >= 32 && s.substr(at, 4) == "MKIR";) {
    const std::size_t ids = std::size_t{u16(at + 8)} + u16(at + 10) + u16(at + 12);
    if (ids > s.size() - at - 32) break;
    put(at + 24, sha256(as_bytes(s.substr(at, 24) + s.substr(at + 32, ids))), 8);
    const std::size_t stream = at + 32 + ids;
    const auto length = load_le<std::uint64_t>(as_bytes(s).data() + at + 16);
    if (s.size() - stream < 32 || length > s.size() - stream - 32) break;
    put(stream + length, sha256(as_bytes(std::string_view(s).substr(stream, length))), 32);
    at = stream + length + 32;
  }
  return s;
}

void walk(const std::filesystem::path& directory) {
  const auto opened = BackupDirectory::open(directory);
  if (!opened) return;
  const auto chain = Chain::open(*opened);
  if (!chain) return;
  std::size_t n = 0;
  static_cast<void>(chain->for_each([&](const Chain::Held& held) -> Status {
    MK_CHECK(held.folder < chain->newest().manifest().folders.size());
    static_cast<void>(
        chain->find(chain->newest().manifest().folders[held.folder].folder.id, held.line.head.id));
    static_cast<void>(chain->stream(held));
    return ++n < kMaxLines ? Status(ok) : Error{Code::kCancelled, "enough"};
  }));
}

void read_the_journal(const std::filesystem::path& path) {
  Manifest m;
  const auto whole = read_journal(path, {[&](std::string_view json) { return apply_line(m, json); },
                                         [](const auto&, const Commit&) { return Status(ok); }});
  std::error_code failed;
  MK_CHECK(!whole || *whole <= std::filesystem::file_size(path, failed));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const ScratchDirectory scratch;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const auto point = scratch.path / "points" / kPoint;
  write(scratch.path / "mailkeep.json", take_part(rest));
  write(point / "manifest.jsonl", manifest_text(take_part(rest)));
  write(point / "items.jsonl", checked(take_part(rest)));
  write(scratch.path / "journal.jsonl", checked(take_part(rest)));
  write(point / "items.index", take_part(rest));
  write(point / "items.segment", mended_segment(rest));
  VerifyOptions options;
  options.directory = scratch.path;
  static_cast<void>(run_verify(options, nullptr));
  walk(scratch.path);
  read_the_journal(scratch.path / "journal.jsonl");
  return 0;
}
