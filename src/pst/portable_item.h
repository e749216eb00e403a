#pragma once
#include <span>

#include "model/item.h"
#include "pst/ids.h"

namespace mk::pst {

/// Takes off an item what only says in which file and where in it the item lies, and what PstWriter makes
/// again: search keys that it made, marks of subjects, ids of named properties (they are given anew, in the
/// order of the names). So an item has the same bytes in every export of its mailbox.
///
/// Shape:   in: the node of the item and those of the messages embedded in it, outer ones first; out: the
/// mark
///          of the item's own subject where the writer would make another one, else 0. Embedded messages keep
///          such a mark
std::uint16_t make_portable(model::Item& item, std::span<const Nid> nodes, const ByteString& record_key);
/// Puts a mark that make_portable() gave back.
void mark_subject(model::Item& item, std::uint16_t mark);

}  // namespace mk::pst
