#include "vault/head_file.h"

#include <fmt/format.h>

#include <charconv>

#include "base/file.h"

namespace mk::vault {
namespace {

Result<KnownHead> parse_head(std::string_view text) {
  KnownHead head;
  const char* const end = text.data() + text.size();
  const auto [after, error] = std::from_chars(text.data(), end, head.number.value);
  if (error != std::errc{} || after == end || *after != ' ')
    return Error{Code::kInvalid, "it is not `NUMBER SHA256`"};
  TRY_ASSIGN(head.hash, parse_id<LogTag>(std::string_view(after + 1, end).substr(0, 64)));
  return head;
}

}  // namespace

Result<std::optional<KnownHead>> read_head(const std::filesystem::path& path) {
  if (path.empty()) return std::optional<KnownHead>();
  const auto text = read_file(path, 256);
  if (!text && text.error().code == Code::kNotFound) return std::optional<KnownHead>();
  if (!text) return text.error();
  auto head = parse_head(*text);
  if (!head) return std::move(head).error().in(path.string() + ": not a head of a log");
  return std::optional(*head);
}

Status write_head(const std::filesystem::path& path, const Vault& vault) {
  const KnownHead& last = vault.log().head();
  if (path.empty() || last.number.value == 0) return ok;
  return write_file_atomically(path, as_bytes(fmt::format("{} {}\n", last.number.value, last.hash.hex())));
}

Result<std::unique_ptr<Vault>> open_remembered(Store& store, const Unlock& key,
                                               const std::filesystem::path& head_file,
                                               const std::filesystem::path& index_file) {
  TRY_ASSIGN(const auto known, read_head(head_file));
  TRY_ASSIGN(auto vault, Vault::open(store, key, index_file));
  Status same = vault->log().check_known(known);
  if (same) return vault;
  if (!says_nothing(same.error()))
    same.error().what += "; if that is as it should be, remove " + head_file.string();
  return std::move(same).error();
}

}  // namespace mk::vault
