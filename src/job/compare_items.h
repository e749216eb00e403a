#pragma once
#include <string>

#include "model/item.h"

namespace mk::job {

/// Takes back what a PST does to the form of an item: the mark at the beginning of PidTagSubject, in embedded
/// messages too.  [MS-PST] 2.5.3.1.1.1
void undo_pst_form(model::Item& item);

/// Says how an item of a PST differs from the stream it was made of; empty: not at all. What a PST leaves
/// out, computes itself or fills in (docs/formats/pst-writer.md) is no difference. Consumes both.
Result<std::string> difference(model::Item stream, model::Item pst);

}  // namespace mk::job
