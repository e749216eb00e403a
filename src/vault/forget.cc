#include "vault/forget.h"

namespace mk::vault {

Status forget(Vault& vault, LogNumber point, FileTime now) {
  LogHead head;
  head.type = LogType::kForget;
  head.target = point;
  TRY(vault.append(head, {}, {}, now));
  return ok;
}

}  // namespace mk::vault
