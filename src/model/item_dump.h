#pragma once
#include "model/item.h"

namespace mk::model {

/// Prints items and property lists for people and for scripts.
///
/// Shape:   JSON:
/// {"properties":[P...],"recipients":[[P...]...],"attachments":[{"properties":[P...],"embedded":ITEM}...]}
///          where P is {"tag":"0x0037001f","name":"PidTagSubject","type":"PtypString","value":V}; a named
///          property has "set" and "lid" or "key" too. V is a number, a truth value, text, {"hex":"..."} for
///          bytes and for text that is no well-formed UTF-16, {"bytes":N,"sha256":"..."} for what is larger
///          than 4 KiB, or an array text: a line for each property, indented under what it belongs to
/// Errors:  those of blobs and of the sink
/// Bounds:  one value of up to 4 KiB at a time
Status dump_json(const Item& item, ByteSink& out);
Status dump_json(const PropertyList& list, ByteSink& out);
Status dump_text(const Item& item, ByteSink& out, int indent = 0);
Status dump_text(const PropertyList& list, ByteSink& out, int indent = 0);

/// `PtypString`, `PtypMultipleInteger32`, or the number of a type we do not know.
std::string type_name(PropTag tag);

}  // namespace mk::model
