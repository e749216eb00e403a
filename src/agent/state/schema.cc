#include "agent/state/schema.h"

namespace mk::agent {
namespace {

constexpr const char* kFirst = R"(
CREATE TABLE identity (signing_key BLOB NOT NULL, public_key BLOB NOT NULL, audit_end BLOB NOT NULL) STRICT;
CREATE TABLE setting (key TEXT PRIMARY KEY, version INTEGER NOT NULL, json TEXT NOT NULL) STRICT;
CREATE TABLE secret (name TEXT PRIMARY KEY, changed INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT;
CREATE TABLE connection (name TEXT PRIMARY KEY, version INTEGER NOT NULL, json TEXT NOT NULL) STRICT;
CREATE TABLE schedule (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, version INTEGER NOT NULL,
  created INTEGER NOT NULL, changed INTEGER NOT NULL, plan TEXT NOT NULL, json TEXT NOT NULL) STRICT;
CREATE TABLE run (id INTEGER PRIMARY KEY AUTOINCREMENT, schedule INTEGER REFERENCES schedule ON DELETE SET NULL,
  schedule_name TEXT NOT NULL, kind TEXT NOT NULL, trigger TEXT NOT NULL, queued INTEGER NOT NULL,
  started INTEGER, finished INTEGER, next_retry INTEGER, state TEXT NOT NULL, attempt INTEGER NOT NULL,
  code TEXT NOT NULL, error TEXT NOT NULL) STRICT;
CREATE INDEX run_schedule ON run (schedule, id);
CREATE INDEX run_state ON run (state, id);
CREATE TABLE task (id INTEGER PRIMARY KEY AUTOINCREMENT, run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
  connection TEXT NOT NULL, mailbox TEXT NOT NULL, destination TEXT NOT NULL, state TEXT NOT NULL,
  attempts INTEGER NOT NULL, items INTEGER NOT NULL, bytes INTEGER NOT NULL, skipped INTEGER NOT NULL,
  point TEXT NOT NULL, code TEXT NOT NULL, error TEXT NOT NULL) STRICT;
CREATE INDEX task_run ON task (run, id);
CREATE TABLE ledger (task INTEGER PRIMARY KEY REFERENCES task ON DELETE CASCADE, mailbox TEXT NOT NULL,
  destination TEXT NOT NULL, point TEXT NOT NULL, signed_at INTEGER NOT NULL, text TEXT NOT NULL,
  signature BLOB NOT NULL) STRICT;
CREATE TABLE log_line (number INTEGER PRIMARY KEY AUTOINCREMENT, run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
  time INTEGER NOT NULL, code TEXT NOT NULL, text TEXT NOT NULL) STRICT;
CREATE INDEX log_line_run ON log_line (run, number);
CREATE TABLE user (name TEXT PRIMARY KEY, role TEXT NOT NULL, hash TEXT NOT NULL, created INTEGER NOT NULL,
  password_changed INTEGER NOT NULL) STRICT;
CREATE TABLE token (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, role TEXT NOT NULL,
  hash BLOB NOT NULL UNIQUE, created INTEGER NOT NULL, expires INTEGER, last_used INTEGER) STRICT;
CREATE TABLE login (hash BLOB PRIMARY KEY, user TEXT NOT NULL REFERENCES user ON DELETE CASCADE, csrf TEXT NOT NULL,
  created INTEGER NOT NULL, expires INTEGER NOT NULL) STRICT;
CREATE INDEX login_user ON login (user);
CREATE TABLE audit (number INTEGER PRIMARY KEY, time INTEGER NOT NULL, who TEXT NOT NULL, client TEXT NOT NULL,
  action TEXT NOT NULL, object TEXT NOT NULL, outcome TEXT NOT NULL, detail TEXT NOT NULL, hash BLOB NOT NULL) STRICT;
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN SELECT raise(ABORT, 'the audit log only grows'); END;
CREATE TRIGGER audit_is_not_cut BEFORE DELETE ON audit BEGIN SELECT raise(ABORT, 'the audit log only grows'); END;
)";

/// Restores, and what drills have shown to be restorable.
constexpr const char* kRestores = R"(
CREATE TABLE restore (id INTEGER PRIMARY KEY AUTOINCREMENT, who TEXT NOT NULL, request TEXT NOT NULL,
  requested INTEGER NOT NULL, started INTEGER, finished INTEGER, state TEXT NOT NULL, in_state INTEGER NOT NULL,
  created INTEGER NOT NULL, updated INTEGER NOT NULL, skipped INTEGER NOT NULL, failed INTEGER NOT NULL,
  bytes INTEGER NOT NULL, output TEXT NOT NULL, notes TEXT NOT NULL, error TEXT NOT NULL, undone INTEGER) STRICT;
CREATE INDEX restore_state ON restore (state, id);
CREATE TABLE proof (schedule TEXT NOT NULL, mailbox TEXT NOT NULL, destination TEXT NOT NULL, tried INTEGER NOT NULL,
  proven INTEGER, point TEXT NOT NULL, sampled INTEGER NOT NULL, of INTEGER NOT NULL, same INTEGER NOT NULL,
  differ INTEGER NOT NULL, unreadable INTEGER NOT NULL, round INTEGER NOT NULL, way TEXT NOT NULL,
  error TEXT NOT NULL, PRIMARY KEY (schedule, mailbox, destination)) STRICT;
)";

}  // namespace

const sql::Identity& state_identity() {
  static const sql::Identity kState{"agent's state", 0x4D4B4147,  // MKAG
                                    "mailkeep_agent",
                                    "take it from a backup, or move it away and rebuild it from the vaults"};
  return kState;
}

const sql::Schema& state_schema() {
  static const sql::Schema kState{"agent's state", "agent_schema", {kFirst, kRestores}};
  return kState;
}

}  // namespace mk::agent
