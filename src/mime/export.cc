#include "mime/export.h"

#include "mime/calendar.h"
#include "mime/eml.h"
#include "mime/header.h"
#include "mime/vcard.h"
#include "model/tags.h"

namespace mk::mime {

bool is_class(std::string_view message_class, std::string_view wanted) {
  return same_name(message_class.substr(0, wanted.size()), wanted) &&
         (message_class.size() == wanted.size() || message_class[wanted.size()] == '.');
}

Form form_of(const model::Item& item) {
  const std::string kind = item.properties.get_text(model::pid::kMessageClass).value_or("");
  for (const char* wanted : {"IPM.Appointment", "IPM.Task", "IPM.Activity"})
    if (is_class(kind, wanted)) return Form::kIcs;
  return is_class(kind, "IPM.Contact") || is_class(kind, "IPM.DistList") ? Form::kVcf : Form::kEml;
}

std::string_view extension(Form form) {
  return form == Form::kEml ? ".eml" : form == Form::kIcs ? ".ics" : ".vcf";
}

Result<std::string> write_item(const model::Item& item, Form form, ByteSink& out) {
  if (form == Form::kIcs) return write_calendar(item, "", out);
  if (form == Form::kVcf) return write_vcard(item, out);
  TRY(write_eml(item, out));
  return std::string();
}

}  // namespace mk::mime
