#pragma once
#include "store/s3_client.h"
#include "vault/store.h"

namespace mk::store {

/// A store in a bucket, below a prefix. Nothing is asked or sent before the first operation; before the first
/// put the store is probed, unless that was done before (store.txt).
///
/// Shape:   objects NAME; beside them store.txt, and for a moment claims.tmp/NAME/HEX and probe.tmp/HEX,
/// which
///          are no names of a store and not listed
/// Errors:  those of Store, and kInvalid  no such bucket, another region, a wrong endpoint
/// Bounds:  one object; a page of 1,000 names
std::unique_ptr<vault::Store> make_s3_store(S3Options options);

}  // namespace mk::store
