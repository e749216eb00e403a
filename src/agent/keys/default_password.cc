#include "agent/keys/default_password.h"

#include <fmt/format.h>

#include <map>

namespace mk::agent {
namespace {

constexpr std::size_t kFewestBytes = 8;

/// The vaults that the default password opens, each once.
Result<std::map<std::string, Destination>> vaults(AgentState& state) {
  TRY_ASSIGN(const auto schedules, state.schedules().list());
  std::map<std::string, Destination> out;
  for (const auto& s : schedules)
    if (s.schedule.encryption.mode == Encryption::Mode::kDefaultPassword)
      for (const auto& d : s.schedule.destinations)
        if (!d.is_directory()) out.emplace(d.place, d);
  return out;
}

vault::Unlock unlock_of(const SecretString& password) { return {vault::SlotKind::kPassword, password}; }

/// Nothing: there is no vault yet.
Result<std::optional<vault::VaultId>> find_vault(vault::Store& store) {
  auto id = vault::read_vault_header(store);
  if (id) return std::optional(*id);
  if (id.error().code == Code::kNotFound) return std::optional<vault::VaultId>();
  return std::move(id).error();
}

Status add_slot(const Destination& d, const SecretString& before, const SecretString& password,
                FileTime now) {
  TRY_ASSIGN(const auto store, open_store(d));
  TRY_ASSIGN(const auto id, find_vault(*store));
  if (!id || vault::unlock(*store, *id, unlock_of(password))) return ok;
  TRY_ASSIGN(const auto opened, vault::unlock(*store, *id, unlock_of(before)));
  return vault::add_key(*store, *id, opened.master, unlock_of(password), "agent " + format_utc(now), now);
}

Status remove_slot(const Destination& d, const SecretString& before) {
  TRY_ASSIGN(const auto store, open_store(d));
  TRY_ASSIGN(const auto id, find_vault(*store));
  if (!id) return ok;
  const auto opened = vault::unlock(*store, *id, unlock_of(before));
  if (!opened) return ok;  // gone already
  return vault::remove_key(*store, opened->slot.id);
}

}  // namespace

Status set_default_password(AgentState& state, const SecretString& password, FileTime now) {
  if (password.reveal().size() < kFewestBytes)
    return Error{Code::kInvalid, fmt::format("a password has at least {} bytes", kFewestBytes)};
  const auto before = state.secrets().get(kDefaultPassword);
  if (!before && before.error().code != Code::kNotFound) return before.error();
  if (!before) return state.secrets().put(kDefaultPassword, password, now);
  if (before->reveal() == password.reveal()) return ok;
  TRY_ASSIGN(const auto all, vaults(state));
  for (const auto& [place, d] : all)
    if (auto added = add_slot(d, *before, password, now); !added) return std::move(added).error().in(place);
  TRY(state.secrets().put(kDefaultPassword, password, now));
  for (const auto& [place, d] : all)
    if (auto removed = remove_slot(d, *before); !removed) return std::move(removed).error().in(place);
  return ok;
}

}  // namespace mk::agent
