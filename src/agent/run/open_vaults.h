#pragma once
#include <list>
#include <mutex>

#include "agent/run/vault_door.h"

namespace mk::agent {

/// Vaults that were opened for reading and stay open for a short while, since who looks at mail asks again
/// and again: opening takes what its password takes, and reading the log. One that is lent is used by nobody
/// else; whoever wants the same one meanwhile gets another. Each time its log is read to the end, so that it
/// shows what a vault that was opened just now would.
///
/// Bounds:  `most` vaults that nobody uses, each with up to 32 MiB of metadata; keys of closed ones are wiped
/// Threads: any; it must outlive what it lent
class OpenVaults {
 public:
  struct Limits {
    std::size_t most = 4;
    std::chrono::seconds idle{30};      // without anybody asking
    std::chrono::seconds longest{600};  // even if somebody does
  };
  explicit OpenVaults(Clock& clock) : OpenVaults(clock, Limits()) {}
  OpenVaults(Clock& clock, const Limits& limits) : clock_(clock), limits_(limits) {}

  using Time = std::chrono::steady_clock::time_point;
  /// Takes a vault back.
  struct GiveBack {
    OpenVaults* to = nullptr;
    std::string key;
    Time opened{};
    std::uint64_t changes = 0;
    void operator()(VaultDoor* door) const;
  };
  using Lent = std::unique_ptr<VaultDoor, GiveBack>;
  /// A vault that is there.  Errors: as open_vault()
  Result<Lent> open(const Destination& destination, const Encryption& encryption, Secrets& secrets,
                    const std::filesystem::path& index_directory);
  /// What opens vaults, or something in them, was changed: no vault that is open now is lent again.
  void forget();
  /// Closes those that nobody wanted for long enough. Called every now and then.
  void close_idle();
  /// Held by whoever makes a vault and its keys, so that two do not make two.
  std::mutex& making() { return making_; }
  /// Vaults that are open and wait for somebody.
  std::size_t waiting() const;

 private:
  struct Kept {
    std::string key;
    std::unique_ptr<VaultDoor> door;
    Time opened, used;
  };
  std::unique_ptr<VaultDoor> take(GiveBack& lent);
  void give_back(const GiveBack& lent, std::unique_ptr<VaultDoor> door);

  Clock& clock_;
  const Limits limits_;
  std::mutex making_;
  mutable std::mutex mutex_;  // of what follows
  std::list<Kept> kept_;      // the last one used first
  std::uint64_t changes_ = 0;
};

}  // namespace mk::agent
