#pragma once
#include "base/bytes.h"
#include "pst/write/fields.h"

namespace mk::pst::write {

/// Puts PidTagSubject into the form of a PST: U+0001, the length of the prefix plus one, then the text.
///
/// Spec: [MS-PST] 2.5.3.1.1.1; the prefix comes from PidTagSubjectPrefix, else from PidTagNormalizedSubject,
/// else
///       from the rule of [MS-OXCMSG] 3.2.5.2: up to three characters that are no digits, colon, space.
/// A subject that has this form already stays as it is, and one that is a blob (above 32 KB) too.
void mark_subject_prefix(Fields& fields);

}  // namespace mk::pst::write
