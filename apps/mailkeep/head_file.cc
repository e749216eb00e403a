#include "head_file.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/file.h"

namespace mk::app {

Result<std::optional<vault::KnownHead>> read_head(const std::string& path) {
  std::error_code unknown;
  if (path.empty() || !std::filesystem::exists(path, unknown)) return std::optional<vault::KnownHead>();
  TRY_ASSIGN(const ByteString text, read_file(path, 256));
  const auto space = text.find(' ');
  vault::KnownHead head;
  head.number.value = std::strtoull(text.c_str(), nullptr, 10);
  auto hash = vault::parse_id<vault::LogTag>(space == std::string::npos ? "" : text.substr(space + 1, 64));
  if (!hash) return std::move(hash).error().in(path + ": not a head of a log");
  head.hash = *hash;
  return std::optional(head);
}

Status write_head(const std::string& path, const vault::Vault& vault) {
  const vault::KnownHead& last = vault.log().head();
  if (path.empty() || last.number.value == 0) return ok;
  const std::string text = fmt::format("{} {}\n", last.number.value, last.hash.hex());
  return write_file_atomically(path, as_bytes(text));
}

}  // namespace mk::app
