#pragma once
#include <optional>

#include "model/property.h"
#include "pst/ltp/value.h"

namespace mk::pst::ltp {

struct PropertyContext {
  model::PropertyList properties;  // in order of their ids; named ones without their names
  ndb::Subnodes subnodes;
  std::optional<ndb::Node>
      embedded;  // the message that is PidTagAttachDataObject, which is not in the list then
};

/// Reads all properties of a node or subnode.
///
/// Spec:    [MS-PST] 2.3.3
/// Errors:  kCorrupt  not a property context, a damaged record; names the property. With `losses` damaged
/// properties
///          are left out, and only what is no property context at all is an error
Result<PropertyContext> read_property_context(std::shared_ptr<const ndb::Database> db, const ndb::Node& node,
                                              Budget& budget, ndb::Losses* losses = nullptr);

}  // namespace mk::pst::ltp
