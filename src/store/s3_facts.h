#pragma once
#include <optional>

#include "store/s3_client.h"

namespace mk::store {

/// What a store was found to do. Kept in the store itself, as the text `store.txt`, which is not one of the
/// vault's objects: whoever deletes it has the store probed again.
struct S3Facts {
  std::string probed;  // when, in UTC
  std::string place;   // endpoint and bucket: the text goes with a vault that is copied to another store
  /// It refuses a body that is not what was signed. Where it does not, what was written is read back.
  bool checks_hash = false;
  /// A PUT with If-None-Match does not replace. Where it does, writers of one name have to claim it first.
  bool conditional_put = false;
  std::string versioning;   // off, enabled, suspended; unknown: it does not say
  std::string object_lock;  // off, on, a default retention (`COMPLIANCE 30 days`), unknown

  bool operator==(const S3Facts&) const = default;
};

/// `NAME VALUE`, a line each.
std::string format_facts(const S3Facts& facts);
/// Nothing when it is not such a text, or one of another version.
std::optional<S3Facts> parse_facts(std::string_view text);

/// What the bucket says of its versions and locks. To ask needs rights that a writer may lack: unknown.
/// Errors: kUnavailable
Result<S3Facts> ask_bucket(S3Client& client);

/// Finds out the rest by writing an object, trying to replace it, and removing it.
/// Errors: kDenied  it may not be written to; those of S3Client
Result<S3Facts> probe_store(S3Client& client, S3Facts facts);

/// An object on its way to the store.
struct Parcel {
  std::string key;
  Bytes body;
  FileTime locked_until;  // zero: it is not locked
};
/// A PUT of an object. Where there are locks, Amazon wants a Content-MD5 beside the hash that is signed.
S3Client::Request put_request(const Parcel& parcel, const S3Facts& facts);

/// True for names like `packs/ab/abcd...`: whoever writes that name writes the same bytes.
bool is_named_by_content(const std::string& name, Bytes bytes);

/// What locks an object in mode COMPLIANCE while it is made; nothing for time zero.
NameValues lock_headers(FileTime until);
/// The body of PutObjectRetention.
std::string lock_document(FileTime until);

}  // namespace mk::store
