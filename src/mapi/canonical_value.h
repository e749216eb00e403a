#pragma once
#include <string>

#include "model/property.h"

namespace mk::mapi {

/// The type as the canonical JSON names it: `Integer32`, `String(cp1252)`, `MultipleBinary`.
std::string canonical_type(model::PropTag tag);

/// A property as one JSON object: {"tag","type",["name"],"value"}.
/// Spec: docs/formats/fasttransfer.md, "Canonical JSON"
Result<std::string> canonical_property(const model::Property& p);

/// Bytes above 0x7F in a String8, whose code page the stream does not tell.
Result<bool> has_bytes_above_ascii(const model::Property& p);

}  // namespace mk::mapi
