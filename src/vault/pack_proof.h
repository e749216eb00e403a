#pragma once
#include "vault/mark.h"

namespace mk::vault {

/// That points need nothing of `unneeded`, live packs of which nothing was marked. Marks go by the entries of
/// packs, which are under no mac: whoever can write the store can have the index find chunks where they are
/// not. So these packs are read whole. They must be what their names say and hold what the index says, and so
/// must the packs in which points find what these have too. One that is not could have held anything: then
/// all packs with marks must. What was found good is in `proven`, and is not read again. Errors: kNotFound;
/// kCorrupt, kTruncated  damaged, forged, or the index was made of another pack Bounds: a pack, 100 bytes for
/// each pack of the index
Status prove_unneeded(Vault& vault, const Marks& marks, std::span<const PackId> unneeded,
                      std::set<PackId>& proven);

}  // namespace mk::vault
