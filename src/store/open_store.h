#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "vault/store.h"

namespace mk::store {

/// True for vault:DIR and s3://BUCKET/PREFIX. Where a plain directory may be named too, all else is one.
bool is_vault_place(std::string_view place);
/// DIR of vault:DIR; all else as it is.
std::string_view without_vault(std::string_view place);

/// Where a vault lies, as a person says it: DIR, vault:DIR, or s3://BUCKET/PREFIX and what is needed to get
/// there.
struct StorePlace {
  std::string place;
  std::string endpoint, region;  // empty: what AWS's environment variables say
  std::string style = "auto";    // path, virtual, or what is usual there
  std::string credentials_file, profile, ca_file;
  bool insecure = false, take_over = false;
};

/// Errors: kInvalid  the place is malformed, no access key; kNotFound, kDenied  its file
Result<std::unique_ptr<vault::Store>> open_store(const StorePlace& place);

}  // namespace mk::store
