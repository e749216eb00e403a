#pragma once
#include <string>

#include "base/result.h"
#include "store/sigv4.h"

namespace mk::store {

/// Where access keys come from, as AWS's own programs do it, and in this order: the file that is named; the
/// environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN); the file
/// AWS_SHARED_CREDENTIALS_FILE or ~/.aws/credentials. Never the command line, which others can see.
///
/// A file has lines `aws_access_key_id = ...`, `aws_secret_access_key = ...`, perhaps `aws_session_token =
/// ...`, below `[PROFILE]` or without one. `profile`: empty: AWS_PROFILE, else `default`.
///
/// Errors: kInvalid  no keys anywhere, no such profile, half of a key, a file that others can read;
/// kNotFound, kDenied  the file
Result<AwsCredentials> find_aws_credentials(const std::string& file, const std::string& profile);

}  // namespace mk::store
