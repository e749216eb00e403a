#pragma once
#include <string>

#include "base/io.h"
#include "model/item.h"

namespace mk::mime {

/// Writes a contact as vCard 3.0, a distribution list as vCard 4.0 with KIND:group, which 3.0 does not have.
/// Gives what could not be said in it, for people; empty when that is nothing.
///
/// Spec:    RFC 2426, 6350; [MS-OXVCARD] 2.1.3, [MS-OXOCNTC] 2.2; docs/formats/mime-mapping.md
/// Shape:   UTF-8, CRLF, deterministic
/// Errors:  of the blobs and of `out`
Result<std::string> write_vcard(const model::Item& item, ByteSink& out);

}  // namespace mk::mime
