#include "mime/export.h"

#include "mime/eml.h"

namespace mk::mime {

Form form_of(const model::Item&) { return Form::kEml; }

std::string_view extension(Form) { return ".eml"; }

Status write_item(const model::Item& item, Form, ByteSink& out) { return write_eml(item, out); }

}  // namespace mk::mime
