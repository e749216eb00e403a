#pragma once
#include <string>
#include <string_view>

#include "base/io.h"
#include "model/item.h"

namespace mk::mime {

/// Writes an appointment (VEVENT, with its zone, series and exceptions), a task (VTODO) or a journal entry
/// (VJOURNAL) as an iCalendar object; any other item as a VJOURNAL. `method` is that of meeting mail, else
/// empty. Gives what could not be said in it, for people; empty when that is nothing.
///
/// Spec:    RFC 5545, 5546; [MS-OXCICAL] 2.1.3; [MS-OXOCAL] 2.2.1; docs/formats/mime-mapping.md
/// Shape:   UTF-8, CRLF, deterministic; attachments stream
/// Errors:  of the blobs and of `out`
Result<std::string> write_calendar(const model::Item& item, std::string_view method, ByteSink& out);

/// REQUEST, REPLY or CANCEL for meeting mail of this class, else empty.  [MS-OXCICAL] 2.1.3.1.1.1
std::string_view meeting_method(std::string_view message_class);

}  // namespace mk::mime
