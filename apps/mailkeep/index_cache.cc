#include "index_cache.h"

#include <cstdlib>

namespace mk::app {

std::filesystem::path index_file_of(const vault::VaultId& id) {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  std::filesystem::path dir;
  if (cache != nullptr && *cache != '\0')
    dir = cache;
  else if (home != nullptr && *home != '\0')
    dir = std::filesystem::path(home) / ".cache";
  return dir.empty() ? dir : dir / "mailkeep" / (id.hex() + ".index");
}

}  // namespace mk::app
