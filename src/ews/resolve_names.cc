#include "ews/resolve_names.h"

#include <fmt/format.h>

#include "ews/each_message.h"
#include "ews/request.h"

namespace mk::ews {

Result<Resolutions> resolve_names(Session& session, const std::string& part) {
  const std::string xml = fmt::format(
      R"(<m:ResolveNames ReturnFullContactData="false" SearchScope="ActiveDirectory"><m:UnresolvedEntry>{}</m:UnresolvedEntry></m:ResolveNames>)",
      escape(part));
  Resolutions all;
  TRY(call_one(session, "ResolveNames", xml, [&](const Element& m) -> Status {
    const Element* set = m.child("ResolutionSet");
    if (set == nullptr) return ok;
    // some servers say that the last is among them although they stopped at their limit
    const std::string_view last = set->attribute("IncludesLastItemInRange");
    all.complete = (last.empty() || to_bool(last)) && set->children.size() < kMostResolutions;
    for (const Element& e : set->children) {
      const Element* mailbox = e.child("Mailbox");
      if (mailbox != nullptr && !mailbox->text_of("EmailAddress").empty())
        all.found.push_back(
            {std::string(mailbox->text_of("Name")), std::string(mailbox->text_of("EmailAddress"))});
    }
    return ok;
  }));
  return all;
}

}  // namespace mk::ews
