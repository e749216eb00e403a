#include "store/open_store.h"

#include <cstdlib>

#include "base/log.h"
#include "store/aws_credentials.h"
#include "store/s3_store.h"
#include "vault/local_store.h"

namespace mk::store {
namespace {

constexpr std::string_view kVault = "vault:";

/// What was said, else the first of the environment's variables that is set.
std::string or_environment(const std::string& value, std::initializer_list<const char*> names) {
  if (!value.empty()) return value;
  for (const char* name : names)
    if (const char* found = std::getenv(name); found != nullptr && *found != '\0') return found;
  return "";
}

S3Style style_of(const std::string& name) {
  if (name == "path") return S3Style::kPath;
  return name == "virtual" ? S3Style::kVirtual : S3Style::kAuto;
}

}  // namespace

bool is_vault_place(std::string_view place) { return place.starts_with(kVault) || is_s3_url(place); }

std::string_view without_vault(std::string_view place) {
  return place.starts_with(kVault) ? place.substr(kVault.size()) : place;
}

Result<std::unique_ptr<vault::Store>> open_store(const StorePlace& o) {
  if (!is_s3_url(o.place)) return vault::make_local_store(without_vault(o.place));
  S3Options s3;
  const std::string endpoint = or_environment(o.endpoint, {"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"});
  const std::string region = or_environment(o.region, {"AWS_REGION", "AWS_DEFAULT_REGION"});
  TRY_ASSIGN(s3.address, parse_s3_address(o.place, endpoint, region, style_of(o.style)));
  TRY_ASSIGN(s3.credentials, find_aws_credentials(o.credentials_file, o.profile));
  s3.ca_file = o.ca_file;
  s3.insecure = o.insecure;
  s3.take_over = o.take_over;
  if (o.insecure) log_warning(o.place + ": the server's certificate is not verified");
  return make_s3_store(std::move(s3));
}

}  // namespace mk::store
