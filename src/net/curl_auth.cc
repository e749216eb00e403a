#include "net/curl_easy.h"

namespace mk::net {

void apply_credentials(CURL* handle, const Credentials& credentials) {
  switch (credentials.scheme) {
    case AuthScheme::kNone:
      return;
    case AuthScheme::kBasic:
      curl_easy_setopt(handle, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
      curl_easy_setopt(handle, CURLOPT_USERNAME, credentials.user.c_str());
      curl_easy_setopt(handle, CURLOPT_PASSWORD, credentials.secret.reveal().c_str());
      return;
    case AuthScheme::kBearer:
      curl_easy_setopt(handle, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BEARER));
      curl_easy_setopt(handle, CURLOPT_XOAUTH2_BEARER, credentials.secret.reveal().c_str());
      return;
  }
}

}  // namespace mk::net
