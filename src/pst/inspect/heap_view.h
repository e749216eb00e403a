#pragma once
#include "pst/ltp/property_context.h"
#include "pst/ndb/database.h"

namespace mk::pst::inspect {

inline constexpr std::size_t kMaxEntries = 1000;

/// Adds `damage: ...` to the text.
void add_damage(std::string& out, const Error& error, int indent);

/// The heap on a node: headers and page maps, and the B-tree, property context or table that it holds.
void print_heap(const std::shared_ptr<const ndb::Database>& db, const ndb::Node& node, std::string& out);

/// One property of a property context, or of a table the column, with its place and value.
Status print_property(const std::shared_ptr<const ndb::Database>& db, const ndb::Node& node, std::uint16_t id,
                      bool hex, std::string& out);

}  // namespace mk::pst::inspect
