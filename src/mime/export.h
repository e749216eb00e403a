#pragma once
#include <string>
#include <string_view>

#include "base/io.h"
#include "model/item.h"

namespace mk::mime {

/// The forms in which other programs take items.
enum class Form { kEml, kIcs, kVcf };
/// The form that keeps most of an item of this class: iCalendar for appointments, tasks and journal entries,
/// vCard for contacts and distribution lists, an Internet message for the rest.
Form form_of(const model::Item& item);
/// `.eml`
std::string_view extension(Form form);

/// Gives what this form could not say, for people; empty when that is nothing, or always left out
/// (docs/formats/mime-mapping.md). Errors: those of write_eml, of the blobs and of `out`
Result<std::string> write_item(const model::Item& item, Form form, ByteSink& out);

/// The subject without the length prefix that PST files keep in it.  [MS-PST] 2.5.3.1.1.1
std::string subject_of(const model::PropertyList& properties);

/// True for `IPM.Task` and `IPM.Task.Mine`, in any case, but not for `IPM.TaskRequest`.
bool is_class(std::string_view message_class, std::string_view wanted);

}  // namespace mk::mime
