#pragma once
#include "model/item.h"

namespace mk::pst {

/// Takes the prefix mark (U+0001 and a character for the prefix's length) off PidTagSubject, of embedded
/// messages too: a PST keeps subjects with it, everybody else without.  [MS-PST] 2.5.3.1.1.1
void remove_subject_marks(model::Item& item);

}  // namespace mk::pst
