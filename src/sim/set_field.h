#pragma once
// Private to sim.
#include "sim/property_path.h"

namespace mk::sim {

enum class SetResult { kDone, kNotSettable, kBadValue };

/// Puts one child element of t:Message, t:CalendarItem ... (t:Subject, t:Body, t:ToRecipients,
/// t:ExtendedProperty, t:Attachments ...) into MAPI properties, as Exchange maps them ([MS-OXWSCORE],
/// [MS-OXPROPS]).
SetResult set_field(model::Item& item, pugi::xml_node element);
/// Removes what a FieldURI or an extended path names.
SetResult delete_field(model::Item& item, const Path& path);
/// Adds the text of t:Body to the end of the body.
SetResult append_body(model::Item& item, pugi::xml_node body);
/// PidTagDisplayTo and its like, from the recipients.
void refresh_display_names(model::Item& item);

}  // namespace mk::sim
