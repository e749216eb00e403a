#include "pst/part_list.h"

#include <fmt/format.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "pst/write/block_file.h"

namespace mk::pst {
namespace {

constexpr std::size_t kChunkBytes = 1024 * 1024;

Result<std::string> sha256_of(const std::filesystem::path& path) {
  TRY_ASSIGN(const File file, File::open(path, File::Mode::kRead));
  std::vector<std::byte> chunk(kChunkBytes);
  Sha256 hash;
  for (std::uint64_t at = 0;;) {
    TRY_ASSIGN(const std::size_t n, file.read_some_at(at, chunk));
    if (n == 0) return to_hex(hash.finish());
    hash.update(Bytes(chunk).first(n));
    at += n;
  }
}

std::string quoted_time(const std::optional<FileTime>& time) {
  return time ? json_quote(format_utc(*time)) : "null";
}

Result<std::string> line_of(const Part& p) {
  TRY_ASSIGN(const std::string sha256, sha256_of(write::partial_path(p.path)));
  return fmt::format(
      "  "
      "{{\"file\":{},\"label\":{},\"bytes\":{},\"sha256\":\"{}\",\"folders\":{},\"items\":{},\"associated\":{"
      "},"
      "\"first\":{},\"last\":{},\"oversized\":{}}}",
      json_quote(p.path.filename().string()), json_quote(p.label), p.bytes, sha256, p.folders, p.items,
      p.associated, quoted_time(p.first), quoted_time(p.last), p.is_oversized);
}

}  // namespace

std::filesystem::path part_list_path(const std::filesystem::path& pst) {
  auto out = pst.parent_path() / pst.stem();
  out += ".parts.json";
  return out;
}

Status write_part_list(const std::filesystem::path& pst, std::string_view by, std::uint64_t max_bytes,
                       const std::vector<Part>& parts) {
  std::string text = fmt::format(
      "{{\"format\":\"mailkeep PST parts\",\"version\":1,\"by\":\"{}\",\"limit_bytes\":{},\"parts\":[\n", by,
      max_bytes);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    TRY_ASSIGN(const std::string line, line_of(parts[i]));
    text += line + (i + 1 < parts.size() ? ",\n" : "\n");
  }
  return write_file_atomically(part_list_path(pst), as_bytes(text + "]}\n"));
}

}  // namespace mk::pst
