#pragma once
#include "mime/content_lines.h"
#include "model/item.h"

namespace mk::mime {

/// ORGANIZER and ATTENDEE of an appointment or of meeting mail, nothing for what nobody was invited to.
/// `method` as in write_calendar(). An exception's own recipients count in place of the series'.
void write_people(ContentLines& lines, const model::Item& item, const model::Item* exception,
                  std::string_view method);

}  // namespace mk::mime
