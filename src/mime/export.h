#pragma once
#include <string>
#include <string_view>

#include "base/io.h"
#include "model/item.h"

namespace mk::mime {

/// The forms in which other programs take items.
enum class Form { kEml };
/// The form that keeps most of an item of this class.
Form form_of(const model::Item& item);
/// `.eml`
std::string_view extension(Form form);

/// Errors: those of write_eml
Status write_item(const model::Item& item, Form form, ByteSink& out);

/// The subject without the length prefix that PST files keep in it.  [MS-PST] 2.5.3.1.1.1
std::string subject_of(const model::PropertyList& properties);

}  // namespace mk::mime
