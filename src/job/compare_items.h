#pragma once
#include <string>

#include "model/item.h"

namespace mk::job {

/// Says how an item of a PST differs from the stream it was made of; empty: not at all. What a PST leaves
/// out, computes itself or fills in (docs/formats/pst-writer.md) is no difference. Consumes both.
Result<std::string> difference(model::Item stream, model::Item pst);

}  // namespace mk::job
