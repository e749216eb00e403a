#include "agent/api/schedule_view.h"

#include <fmt/format.h>

#include <map>

namespace mk::agent {
namespace {

std::string technique_text(const Encryption& e) {
  if (e.technique == "blowfish")
    return fmt::format("Blowfish with {} bits (legacy)", e.key_bits == 0 ? 448 : e.key_bits);
  if (e.technique == "triple-des") return "Triple DES (legacy)";
  return "AES-256-GCM";
}

std::string key_text(const Encryption& e) {
  switch (e.mode) {
    case Encryption::Mode::kCustom:
      return "a password of its own";
    case Encryption::Mode::kDefaultPassword:
      return "the default password";
    case Encryption::Mode::kSystem:
    case Encryption::Mode::kOff:
      break;
  }
  return "a key that the agent keeps";
}

/// `; locked for 30 days: s3://a, s3://b`
std::string lock_text(const std::vector<Destination>& destinations) {
  std::map<unsigned, std::string> places;
  for (const auto& d : destinations) {
    std::string& of_days = places[d.lock_days];
    of_days += (of_days.empty() ? "" : ", ") + d.place;
  }
  places.erase(0);
  std::string out;
  for (const auto& [days, where] : places) out += fmt::format("; locked for {} days: {}", days, where);
  return out;
}

}  // namespace

Protection protection_of(const Schedule& s) {
  const bool off = s.encryption.mode == Encryption::Mode::kOff;
  std::string plain;
  std::size_t encrypted = 0;
  for (const auto& d : s.destinations) {
    if (off || d.is_directory())
      plain += (plain.empty() ? "" : ", ") + d.place;
    else
      ++encrypted;
  }
  const std::string locked = lock_text(s.destinations);
  const std::string with =
      fmt::format("encrypted: {}, opened by {}", technique_text(s.encryption), key_text(s.encryption));
  if (plain.empty()) return {false, with + locked};
  const std::string without = "NOT ENCRYPTED: whoever can read " + plain + " can read the mail";
  return {true, (encrypted == 0 ? without : without + "; elsewhere " + with) + locked};
}

}  // namespace mk::agent
