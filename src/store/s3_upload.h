#pragma once
#include "store/s3_facts.h"

namespace mk::store {

/// Writes an object in parts; it is there at the end, or not at all. What was sent of one that fails is given
/// up, so that it costs no room.
/// Errors: those of S3Client
Status upload_in_parts(S3Client& client, const Parcel& parcel, const S3Facts& facts, bool* maybe_done);

}  // namespace mk::store
