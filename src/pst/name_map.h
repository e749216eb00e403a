#pragma once
#include <vector>

#include "model/property.h"
#include "pst/ndb/database.h"

namespace mk::pst {

/// The file's map of property ids from 0x8000 to names.
///
/// Spec:    [MS-PST] 2.4.7
/// Errors:  read(): kCorrupt  the node or one of its streams is damaged
/// Bounds:  32,768 names
class NameMap {
 public:
  static Result<NameMap> read(std::shared_ptr<const ndb::Database> db);

  /// Null when the file gives the id no name.
  const model::PropertyName* find(std::uint16_t id) const;
  /// Sets the names of all properties that have one.
  void resolve(model::PropertyList& list) const;
  std::size_t size() const { return n_; }
  /// From 0x8000 on, up to the first id without a name.
  std::vector<model::PropertyName> in_order() const;

 private:
  Status add(const struct NameStreams& streams, Bytes entry);
  std::vector<std::optional<model::PropertyName>> names_;  // by id - 0x8000
  std::size_t n_ = 0;
};

}  // namespace mk::pst
