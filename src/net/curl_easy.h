#pragma once
// Inside net only: the handles of libcurl. No public header includes this one.
#include <curl/curl.h>

#include <memory>

#include "base/result.h"
#include "net/credentials.h"

namespace mk::net {

using CurlHandle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using CurlList = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

/// libcurl wants one call before any thread uses it, and none after.
void initialize_curl();

/// Tells a handle how to log in.
void apply_credentials(CURL* handle, const Credentials& credentials);

/// What a failed transfer means. `url` is named, `detail` is libcurl's own text.
Error curl_error(CURLcode code, const std::string& url, const char* detail);

}  // namespace mk::net
