#include "agent/keys/recovery.h"

#include <array>
#include <boost/json.hpp>

#include "base/hash.h"

namespace mk::agent {
namespace {

namespace json = boost::json;

constexpr std::array kStages{
    std::pair{RecoveryStage::kNone, "none"}, std::pair{RecoveryStage::kShown, "shown"},
    std::pair{RecoveryStage::kConfirmed, "confirmed"}, std::pair{RecoveryStage::kInVault, "in-vault"}};
constexpr const char* kSlotName = "recovery (agent)";

std::string setting_of(const std::string& place) { return "recovery-" + place_name(place); }
std::string secret_of(const std::string& place) { return "recovery-key-" + place_name(place); }

Result<RecoveryState> parse(std::string_view text) {
  json::error_code failed;
  const auto value = json::parse(text, failed);
  const Error damaged{Code::kCorrupt, "what is noted of a recovery key is damaged"};
  if (failed || !value.is_object()) return damaged;
  const auto text_of = [&](const char* name) {
    const auto* v = value.as_object().if_contains(name);
    return v != nullptr && v->is_string() ? std::string(v->as_string()) : std::string();
  };
  RecoveryState s;
  for (const auto& [stage, name] : kStages)
    if (text_of("stage") == name) s.stage = stage;
  TRY_ASSIGN(s.since, parse_utc(text_of("since")));
  if (text_of("proven").empty()) return s;
  TRY_ASSIGN(s.proven, parse_utc(text_of("proven")));
  return s;
}

/// Keeps `s` beside what else is done in the same transaction.
Status keep(AgentState& state, const std::string& place, const RecoveryState& s) {
  json::object o{{"place", place}, {"stage", stage_name(s.stage)}, {"since", format_utc(s.since)}};
  if (s.proven) o["proven"] = format_utc(*s.proven);
  std::int64_t version = 0;
  const auto before = state.settings().get(setting_of(place));
  if (before) version = before->version;
  if (!before && before.error().code != Code::kNotFound) return before.error();
  TRY(state.settings().set(setting_of(place), version, json::serialize(o)));
  return ok;
}

Status drop_secret(AgentState& state, const std::string& place) {
  auto removed = state.secrets().remove(secret_of(place));
  if (!removed && removed.error().code == Code::kNotFound) return ok;
  return removed;
}

}  // namespace

std::string place_name(const std::string& place) { return to_hex(sha256(as_bytes(place))).substr(0, 32); }

std::string_view stage_name(RecoveryStage stage) {
  return kStages.at(static_cast<std::size_t>(stage)).second;
}

Result<RecoveryState> recovery_state(AgentState& state, const std::string& place) {
  auto found = state.settings().get(setting_of(place));
  if (found) return parse(found->value);
  if (found.error().code == Code::kNotFound) return RecoveryState{};
  return std::move(found).error();
}

Result<SecretString> make_recovery_key(AgentState& state, const std::string& place, FileTime now) {
  SecretString text;
  const auto make = [&]() -> Status {
    TRY_ASSIGN(const auto before, recovery_state(state, place));
    if (before.stage == RecoveryStage::kConfirmed || before.stage == RecoveryStage::kInVault)
      return Error{Code::kConflict, place + " has a recovery key already; make it void first if it is lost"};
    text = SecretString(vault::format_key(vault::make_unlock(vault::SlotKind::kRecovery)));
    TRY(state.secrets().put(secret_of(place), text, now));
    return keep(state, place, {RecoveryStage::kShown, now, {}});
  };
  TRY(state.together(make));
  return text;
}

Status confirm_recovery_key(AgentState& state, const std::string& place, const SecretString& typed,
                            FileTime now) {
  return state.together([&]() -> Status {
    TRY_ASSIGN(const auto before, recovery_state(state, place));
    if (before.stage != RecoveryStage::kShown)
      return Error{Code::kConflict, "no recovery key of " + place + " waits to be typed back"};
    TRY_ASSIGN(const auto given, vault::parse_key(vault::SlotKind::kRecovery, typed.reveal()));
    TRY_ASSIGN(const auto shown, state.secrets().get(secret_of(place)));
    TRY_ASSIGN(const auto wanted, vault::parse_key(vault::SlotKind::kRecovery, shown.reveal()));
    if (given.secret.reveal() != wanted.secret.reveal())
      return Error{Code::kInvalid, "this is a recovery key, but not the one that was shown for " + place};
    return keep(state, place, {RecoveryStage::kConfirmed, now, now});
  });
}

Status forget_recovery_key(AgentState& state, const std::string& place) {
  return state.together([&]() -> Status {
    TRY(drop_secret(state, place));
    return state.settings().remove(setting_of(place));
  });
}

namespace {

/// A run that could not note it has stored it already; another agent's is left beside it.
Status add_slot(vault::Vault& vault, const vault::Unlock& key, const vault::Unlock& recovery, FileTime now) {
  vault::Store& store = vault.store();
  if (vault::unlock(store, vault.id(), recovery)) return ok;
  TRY_ASSIGN(const auto opened, vault::unlock(store, vault.id(), key));
  auto added = vault::add_key(store, vault.id(), opened.master, recovery, kSlotName, now);
  if (added || added.error().code != Code::kConflict) return added;
  const std::string other = kSlotName + (" of " + format_utc(now));
  return vault::add_key(store, vault.id(), opened.master, recovery, other, now);
}

}  // namespace

Status store_recovery_key(AgentState& state, const std::string& place, vault::Vault& vault,
                          const vault::Unlock& key, FileTime now) {
  TRY_ASSIGN(auto s, recovery_state(state, place));
  if (s.stage != RecoveryStage::kConfirmed) return ok;
  TRY_ASSIGN(const auto text, state.secrets().get(secret_of(place)));
  TRY_ASSIGN(const auto recovery, vault::parse_key(vault::SlotKind::kRecovery, text.reveal()));
  TRY(add_slot(vault, key, recovery, now));
  s.stage = RecoveryStage::kInVault, s.since = now;
  return state.together([&]() -> Status {
    TRY(drop_secret(state, place));
    return keep(state, place, s);
  });
}

Status prove_recovery_key(AgentState& state, const std::string& place, vault::Store& store,
                          const SecretString& typed, FileTime now) {
  TRY_ASSIGN(const auto key, vault::parse_key(vault::SlotKind::kRecovery, typed.reveal()));
  TRY_ASSIGN(const auto id, vault::read_vault_header(store));
  TRY(vault::unlock(store, id, key));
  TRY_ASSIGN(auto s, recovery_state(state, place));
  s.proven = now;
  if (s.stage == RecoveryStage::kNone) s.stage = RecoveryStage::kInVault, s.since = now;
  return keep(state, place, s);
}

Status check_recovery(AgentState& state, const Schedule& schedule) {
  if (schedule.encryption.mode == Encryption::Mode::kOff) return ok;
  for (const auto& d : schedule.destinations) {
    if (d.is_directory()) continue;
    TRY_ASSIGN(const auto s, recovery_state(state, d.place));
    if (s.stage == RecoveryStage::kConfirmed || s.stage == RecoveryStage::kInVault) continue;
    return Error{
        Code::kInvalid,
        d.place +
            " is to be encrypted and has no recovery key that somebody typed back; without one its mail "
            "is lost with the agent's disk. Make one: `mailkeep key recovery " +
            d.place + "`"};
  }
  return ok;
}

}  // namespace mk::agent
