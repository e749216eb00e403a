#pragma once
#include "agent/schedule.h"
#include "agent/state/agent_state.h"
#include "vault/vault.h"

namespace mk::agent {

/// Recovery keys of the vaults that the agent writes: whoever loses the agent's disk, or a password, opens a
/// vault with the key on paper. Each place has one of its own. It is shown once and typed back; the vault
/// takes it as soon as it is there, and from then on the agent does not have it any more.

enum class RecoveryStage {
  kNone,
  kShown,      // not yet typed back
  kConfirmed,  // typed back; the vault takes it when it is opened the next time
  kInVault
};
struct RecoveryState {
  RecoveryStage stage = RecoveryStage::kNone;
  FileTime since;                  // of the stage
  std::optional<FileTime> proven;  // when a person last showed that he still has a key that opens the vault
};
std::string_view stage_name(RecoveryStage stage);  // none, shown, confirmed, in-vault

/// Errors of all: those of the state.
Result<RecoveryState> recovery_state(AgentState& state, const std::string& place);

/// Makes a key and gives its text, which is shown to a person now and never again. One that was shown and not
/// typed back is void. Errors: kConflict  the place has one that is confirmed
Result<SecretString> make_recovery_key(AgentState& state, const std::string& place, FileTime now);
/// Errors: kInvalid  not the key that was shown: says what is wrong; kConflict  none is waiting to be typed
/// back
Status confirm_recovery_key(AgentState& state, const std::string& place, const SecretString& typed,
                            FileTime now);
/// The place's key becomes void, so that a new one can be made; the slot in the vault stays.
Status forget_recovery_key(AgentState& state, const std::string& place);

/// Gives a confirmed key to the vault, if one waits for that. `key` opens the vault.
/// Threads: one at a time for a place
Status store_recovery_key(AgentState& state, const std::string& place, vault::Vault& vault,
                          const vault::Unlock& key, FileTime now);
/// A key that a person typed opens the vault: noted with the time.
/// Errors: kDenied  it does not; kInvalid  not a recovery key
Status prove_recovery_key(AgentState& state, const std::string& place, vault::Store& store,
                          const SecretString& typed, FileTime now);

/// A schedule whose vaults are encrypted is not saved before each of them has a confirmed recovery key.
/// Errors: kInvalid  names the place and says what to do
Status check_recovery(AgentState& state, const Schedule& schedule);

/// A name for what belongs to a place, whatever its length.
std::string place_name(const std::string& place);

}  // namespace mk::agent
