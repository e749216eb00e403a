#include "net/curl_easy.h"

#include <csignal>

namespace mk::net {

void initialize_curl() {
  static const CURLcode once = curl_global_init(CURL_GLOBAL_DEFAULT);
  MK_CHECK(once == CURLE_OK);
  std::signal(SIGPIPE,
              SIG_IGN);  // a broken TLS connection is an error of one transfer, not the end of the program
}

}  // namespace mk::net
