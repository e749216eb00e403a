#include "agent/run/open_vaults.h"

#include <algorithm>

namespace mk::agent {
namespace {

/// What must be the same for one vault to serve for another.
std::string key_of(const Destination& d, const Encryption& e) {
  std::string key = std::to_string(static_cast<int>(e.mode));
  for (const auto* text :
       {&d.place, &d.s3_endpoint, &d.s3_region, &d.s3_credentials_file, &d.s3_ca_file, &e.secret})
    key += '\0' + *text;
  return key;
}

/// The same vault still lies there, with its newest record; what was appended to its log is read. A directory
/// is looked for anew: one that was moved away stays open.
bool is_still_there(VaultDoor& door) {
  std::unique_ptr<vault::Store> anew;
  if (door.destination.place.starts_with("vault:")) {
    auto opened = open_store(door.destination);
    if (!opened) return false;
    anew = *std::move(opened);
  }
  vault::Store& store = anew != nullptr ? *anew : *door.store;
  const auto id = vault::read_vault_header(store);
  const auto newest = door.vault->log().head().number;
  return id && *id == door.vault->id() && (newest.value == 0 || store.head(vault::log_name(newest))) &&
         door.vault->refresh();
}

}  // namespace

void OpenVaults::GiveBack::operator()(VaultDoor* door) const {
  std::unique_ptr<VaultDoor> back(door);
  to->give_back(*this, std::move(back));
}

Result<OpenVaults::Lent> OpenVaults::open(const Destination& destination, const Encryption& encryption,
                                          Secrets& secrets, const std::filesystem::path& index_directory) {
  GiveBack lent{this, key_of(destination, encryption), clock_.steady(), 0};
  close_idle();
  auto door = take(lent);
  if (door != nullptr && !is_still_there(*door)) door.reset();  // opening it anew says what is wrong
  if (door == nullptr) {
    lent.opened = clock_.steady();
    TRY_ASSIGN(door, open_vault(destination, encryption, secrets, {index_directory, false}, clock_));
  }
  return Lent(door.release(), std::move(lent));
}

/// Nothing: none waits. What is changed from now on may not be in what is lent.
std::unique_ptr<VaultDoor> OpenVaults::take(GiveBack& lent) {
  const std::lock_guard lock(mutex_);
  lent.changes = changes_;
  const auto found =
      std::find_if(kept_.begin(), kept_.end(), [&](const Kept& k) { return k.key == lent.key; });
  if (found == kept_.end()) return nullptr;
  lent.opened = found->opened;
  auto door = std::move(found->door);
  kept_.erase(found);
  return door;
}

void OpenVaults::give_back(const GiveBack& lent, std::unique_ptr<VaultDoor> door) {
  std::list<Kept> closed;  // outside of the lock
  const std::lock_guard lock(mutex_);
  if (lent.changes != changes_) return;
  kept_.push_front({lent.key, std::move(door), lent.opened, clock_.steady()});
  if (kept_.size() > limits_.most) closed.splice(closed.begin(), kept_, std::prev(kept_.end()));
}

void OpenVaults::forget() {
  std::list<Kept> closed;
  const std::lock_guard lock(mutex_);
  ++changes_;
  closed.swap(kept_);
}

void OpenVaults::close_idle() {
  std::list<Kept> closed;
  const Time now = clock_.steady();
  const std::lock_guard lock(mutex_);
  for (auto k = kept_.begin(); k != kept_.end();) {
    const auto next = std::next(k);
    if (now - k->used >= limits_.idle || now - k->opened >= limits_.longest)
      closed.splice(closed.begin(), kept_, k);
    k = next;
  }
}

std::size_t OpenVaults::waiting() const {
  const std::lock_guard lock(mutex_);
  return kept_.size();
}

}  // namespace mk::agent
