#pragma once
#include <optional>
#include <string_view>

#include "ews/soap_reader.h"

namespace mk::ews {

/// Schema versions, oldest first.  [MS-OXWSCDATA] 2.2.5 (ExchangeVersionType)
enum class ServerVersion {
  kExchange2007,
  kExchange2007Sp1,
  kExchange2010,
  kExchange2010Sp1,  // the first that can export items
  kExchange2010Sp2,
  kExchange2013,
  kExchange2013Sp1,
  kExchange2016
};

/// `Exchange2013_SP1` ...
std::string_view version_name(ServerVersion version);
std::optional<ServerVersion> parse_version(std::string_view name);
/// The newest schema that a server of this build knows: 14.1 is Exchange2010_SP1, 15.2 Exchange2016.
/// Nothing when the server did not say its build.
std::optional<ServerVersion> version_of(const ServerInfo& server);

/// What a server of that version takes in one request unless its administrator said otherwise.
std::uint64_t default_request_limit(ServerVersion version);

}  // namespace mk::ews
