#include "store/s3_undelete.h"

#include <algorithm>

#include "vault/checkpoint.h"
#include "vault/keys.h"
#include "vault/pack.h"
#include "vault/store.h"

namespace mk::store {
namespace {

constexpr std::size_t kMaxPageBytes = std::size_t{8} * 1024 * 1024, kMaxVersions = 10'000;

bool is_of_content(const std::string& name) {
  return name.starts_with("packs/") || name.starts_with("keys/");
}

/// What is longer was written by somebody else, who may have written anything of any length.
std::uint64_t max_bytes_of(const std::string& name) {
  if (name.starts_with("packs/")) return vault::kMaxPackBytes;
  if (name.starts_with("keys/")) return vault::kMaxSlotBytes;
  return name.starts_with("log/") ? vault::kMaxLogBytes : vault::kMaxCheckpointBytes;
}

}  // namespace

Status S3Undelete::run(const std::function<void(const std::string&)>& visit) {
  const std::string below = client_.options().address.prefix;
  std::string name, key, id;
  Versions versions;
  const auto settle = [&]() -> Status {
    if (versions.empty() || !vault::check_name(name)) return ok;
    TRY_ASSIGN(const bool back, bring_back(name, versions));
    if (back) visit(name);
    return ok;
  };
  for (;;) {
    TRY_ASSIGN(S3VersionsPage page, list_page(key, id));
    for (auto& v : page.versions) {
      if (!v.key.starts_with(below))
        return Error{Code::kCorrupt, "the store lists other keys than it was asked"};
      if (const std::string next = v.key.substr(below.size()); next != name) {
        TRY(settle());
        versions.clear();
        name = next;
      }
      if (versions.size() == kMaxVersions)
        return Error{Code::kExhausted, name + ": has too many versions; remove the newer ones by hand"};
      versions.push_back(std::move(v));
    }
    const bool goes_on = page.is_truncated && (page.next_key != key || page.next_id != id);
    if (!goes_on) return settle();
    key = page.next_key, id = page.next_id;
  }
}

Result<S3VersionsPage> S3Undelete::list_page(const std::string& key, const std::string& id) {
  S3Client::Request request{"GET", "", {{"versions", ""}, {"encoding-type", "url"}}};
  request.query.emplace_back("prefix", client_.options().address.prefix);
  request.query.emplace_back("max-keys", std::to_string(client_.options().page));
  if (!key.empty()) request.query.emplace_back("key-marker", key);
  if (!id.empty()) request.query.emplace_back("version-id-marker", id);
  request.of_bucket = true;
  request.max_reply_bytes = kMaxPageBytes;
  TRY_ASSIGN(const S3Reply reply, client_.call(request));
  auto page = read_versions_page(as_bytes(reply.body));
  if (!page) return std::move(page).error().in("listing versions");
  return page;
}

Result<bool> S3Undelete::bring_back(const std::string& name, const Versions& versions) {
  if (versions.size() == 1 && !versions.front().is_marker) return false;
  TRY_ASSIGN(const std::size_t good, find_good(name, versions));
  if (good == 0 || good == versions.size()) return false;
  const bool only_removed =
      std::all_of(versions.begin(), versions.begin() + static_cast<std::ptrdiff_t>(good),
                  [](const Version& v) { return v.is_marker; });
  if (only_removed) {
    const Status removed = remove_above(name, versions, good);
    if (removed) return true;
    if (removed.error().code != Code::kDenied) return removed.error();
  }
  TRY_ASSIGN(const ByteString bytes, get(name, versions[good]));
  S3Facts facts;  // a digest more than some stores need
  TRY(client_.call(put_request({name, as_bytes(bytes), {}}, facts)));
  return true;
}

/// The index of the version that counts; behind the last when there is none.
Result<std::size_t> S3Undelete::find_good(const std::string& name, const Versions& versions) {
  const auto can_be = [&](const Version& v) { return !v.is_marker && v.bytes <= max_bytes_of(name); };
  std::size_t oldest = versions.size(), objects = 0;
  for (std::size_t i = 0; i < versions.size(); ++i)
    if (can_be(versions[i])) oldest = i, ++objects;
  if (objects < 2 || !is_of_content(name)) return oldest;
  for (std::size_t i = oldest + 1; i-- > 0;) {
    if (!can_be(versions[i])) continue;
    TRY_ASSIGN(const ByteString bytes, get(name, versions[i]));
    if (is_named_by_content(name, as_bytes(bytes))) return i;
  }
  return oldest;
}

Status S3Undelete::remove_above(const std::string& name, const Versions& versions, std::size_t good) {
  for (std::size_t i = 0; i < good; ++i) TRY(client_.call({"DELETE", name, {{"versionId", versions[i].id}}}));
  return ok;
}

Result<ByteString> S3Undelete::get(const std::string& name, const Version& version) {
  S3Client::Request request{"GET", name, {{"versionId", version.id}}};
  request.max_reply_bytes = version.bytes;
  TRY_ASSIGN(S3Reply reply, client_.call(request));
  return std::move(reply.body);
}

}  // namespace mk::store
