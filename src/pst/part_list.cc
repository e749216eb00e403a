#include "pst/part_list.h"

#include <fmt/format.h>

#include <algorithm>

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

std::string field_of(const std::filesystem::path& name) { return "\"file\":" + json_quote(name.string()); }

Result<std::string> line_of(const Part& p) {
  TRY_ASSIGN(const std::string sha256, sha256_of(write::partial_path(p.path)));
  return fmt::format(
      "  "
      "{{{},\"label\":{},\"bytes\":{},\"sha256\":\"{}\",\"folders\":{},\"items\":{},\"associated\":{"
      "},"
      "\"first\":{},\"last\":{},\"oversized\":{}}}",
      field_of(p.path.filename()), json_quote(p.label), p.bytes, sha256, p.folders, p.items, p.associated,
      quoted_time(p.first), quoted_time(p.last), p.is_oversized);
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

std::vector<std::filesystem::path> earlier_parts(const std::filesystem::path& pst,
                                                 const std::vector<Part>& parts) {
  std::vector<std::filesystem::path> out;
  const auto list = read_file(part_list_path(pst));
  if (!list) return out;
  const std::string_view text = as_chars(as_bytes(*list));
  const auto directory = pst.has_parent_path() ? pst.parent_path() : std::filesystem::path(".");
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(directory, ignored)) {
    const auto name = entry.path().filename();
    if (!name.string().starts_with(pst.stem().string()) || name.extension() != pst.extension()) continue;
    const bool is_listed = text.find(field_of(name)) != std::string_view::npos;
    const bool is_new =
        std::any_of(parts.begin(), parts.end(), [&](const Part& p) { return p.path.filename() == name; });
    if (is_listed && !is_new) out.push_back(entry.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace mk::pst
