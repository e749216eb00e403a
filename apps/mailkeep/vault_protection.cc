#include "vault_protection.h"

#include <fmt/format.h>
#include <unistd.h>

namespace mk::app {

void warn_not_encrypted(std::FILE* out) {
  const bool red = isatty(fileno(out)) != 0;
  fmt::print(out,
             "{}NOT ENCRYPTED: whoever has this vault reads and changes everything in it, without a key{}\n",
             red ? "\033[1;31m" : "", red ? "\033[0m" : "");
}

void warn_legacy(const vault::Technique& technique) {
  if (!technique.is_legacy()) return;
  fmt::print("LEGACY: {} is for those who must; AES-256-GCM is stronger and many times faster\n",
             technique.cipher == vault::Cipher::kBlowfish ? "Blowfish" : "Triple DES");
}

void print_protection(const vault::Technique& technique, const vault::SlotList& slots) {
  fmt::print("cipher  {}\n", vault::describe(technique));
  warn_legacy(technique);
  if (has_clear_slot(slots)) warn_not_encrypted(stdout);
}

}  // namespace mk::app
