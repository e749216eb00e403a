#pragma once
// For tests only: small items.
#include "model/item.h"
#include "model/tags.h"

namespace mk::pst {

inline model::Item note(std::string_view subject, std::string_view body = "Hello") {
  model::Item item;
  item.properties.set_text(model::pid::kMessageClass, "IPM.Note");
  item.properties.set_text(model::pid::kSubject, subject);
  item.properties.set_text(model::pid::kBody, body);
  return item;
}

/// A message in a message, and so on, `levels` deep.
inline model::Item nested(int levels) {
  model::Item item = note("level " + std::to_string(levels));
  if (levels == 0) return item;
  model::Attachment a;
  a.properties.set_text(model::pid::kDisplayName, "inner");
  a.embedded = std::make_unique<model::Item>(nested(levels - 1));
  item.attachments.push_back(std::move(a));
  return item;
}

}  // namespace mk::pst
