#pragma once
// Private to sim.
#include "sim/call.h"
#include "sim/property_path.h"

namespace mk::sim {

/// m:ItemShape or m:FolderShape.
struct Shape {
  enum class Base { kIdOnly, kDefault, kAllProperties };
  Base base = Base::kDefault;
  bool mime_content = false;
  enum class BodyType { kBest, kHtml, kText } body_type = BodyType::kBest;
  std::vector<std::string> fields{};
  std::vector<ExtendedPath> extended{};

  bool wants(std::string_view uri) const;
};

/// Faults: schema errors;  problems: ErrorInvalidPropertyRequest
struct ShapeOutcome {
  Shape shape;
  OpResult fault;
  std::optional<Problem> problem;
};
ShapeOutcome parse_shape(pugi::xml_node operation, std::string_view element);

/// <t:Folder>, <t:CalendarFolder> ... with what the shape asks for.
void write_folder(Answer& out, Mailbox& mailbox, const Folder& folder, const Shape& shape);
/// Only the id: what CreateFolder and its like give.
void write_folder_id(Answer& out, Mailbox& mailbox, const Folder& folder);
std::string_view folder_element(const Folder& folder);

}  // namespace mk::sim
