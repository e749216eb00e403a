BEGIN TRANSACTION;
CREATE TABLE agent_schema (version BIGINT NOT NULL);
INSERT INTO "agent_schema" VALUES(1);
CREATE TABLE audit (number INTEGER PRIMARY KEY, time INTEGER NOT NULL, who TEXT NOT NULL, client TEXT NOT NULL,
  action TEXT NOT NULL, object TEXT NOT NULL, outcome TEXT NOT NULL, detail TEXT NOT NULL, hash BLOB NOT NULL) STRICT;
INSERT INTO "audit" VALUES(1,134000000010000000,'anna','','schedule.add','nightly','ok','',X'6588BB57076C5035B34417B2D924AB1FD3306AC493187FBEAB29E4F957E1B863');
INSERT INTO "audit" VALUES(2,134000000020000000,'agent','','run.start','1','ok','',X'1E789633B054D5C8614BA3E35885BF429C50B4A66DCB0672BFFA03DDF714AED2');
CREATE TABLE connection (name TEXT PRIMARY KEY, version INTEGER NOT NULL, json TEXT NOT NULL) STRICT;
INSERT INTO "connection" VALUES('headquarters',1,'{"name":"headquarters","server":"mail.example.com","backup":{"user":"backup@example.com","auth":"basic","secret":"backup password","impersonate":true},"ca_file":"","insecure":false,"connections":4,"timeout_seconds":300,"mailboxes_file":""}');
CREATE TABLE identity (signing_key BLOB NOT NULL, public_key BLOB NOT NULL, audit_end BLOB NOT NULL) STRICT;
INSERT INTO "identity" VALUES(X'575C570378626848ABC8E1C88BCFD97E6E55A2E398CB3D1929ADAA44CE1D7F06F1AD5810E65757F933596E2D587BC0171BCF7748EEAF2E4AD16F67C3',X'5A00E86FC3F5D111739D8F5A6DDD8B6357D9E2A59DD2E8E9007850AED92CE85C',X'E20F272A272C6503421621D50ACC03D8FE24EA7941BF41FFD9A7C5AC186C6008');
CREATE TABLE ledger (task INTEGER PRIMARY KEY REFERENCES task ON DELETE CASCADE, mailbox TEXT NOT NULL,
  destination TEXT NOT NULL, point TEXT NOT NULL, signed_at INTEGER NOT NULL, text TEXT NOT NULL,
  signature BLOB NOT NULL) STRICT;
INSERT INTO "ledger" VALUES(1,'anna@example.com','vault:/backup/mail','2025-08-22',134000000030000000,'{"balanced":true,"rows":[{"path":"Inbox","status":"compared","before":{"items":7,"associated":0},"on_server":{"items":7,"associated":0},"stored":{"items":7,"associated":0},"unchanged":{"items":0,"associated":0},"skipped":{"items":0,"associated":0}}]}',X'CC908D675824154B14C66C5A231343A06573E62E348FC1E370C64E67B63BC34815F19BF41993FAE7EF11396CCDFF215F23C563BF5A41F99D02FB734BF765FB07');
CREATE TABLE log_line (number INTEGER PRIMARY KEY AUTOINCREMENT, run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
  time INTEGER NOT NULL, code TEXT NOT NULL, text TEXT NOT NULL) STRICT;
INSERT INTO "log_line" VALUES(1,1,134000000020000000,'MK-1','it began');
CREATE TABLE login (hash BLOB PRIMARY KEY, user TEXT NOT NULL REFERENCES user ON DELETE CASCADE, csrf TEXT NOT NULL,
  created INTEGER NOT NULL, expires INTEGER NOT NULL) STRICT;
INSERT INTO "login" VALUES(X'69CBC23A28E688C5F4E2261596348053321CBBF77ED27283A7ED93F27C29F8D1','anna','c7fcc16c6ea3c0ea4c4291d5656821097cccaa0dd0e7c0528212281d89a17557',134000000010000000,134000000020000000);
CREATE TABLE run (id INTEGER PRIMARY KEY AUTOINCREMENT, schedule INTEGER REFERENCES schedule ON DELETE SET NULL,
  schedule_name TEXT NOT NULL, kind TEXT NOT NULL, trigger TEXT NOT NULL, queued INTEGER NOT NULL,
  started INTEGER, finished INTEGER, next_retry INTEGER, state TEXT NOT NULL, attempt INTEGER NOT NULL,
  code TEXT NOT NULL, error TEXT NOT NULL) STRICT;
INSERT INTO "run" VALUES(1,1,'nightly','full','timer',134000000020000000,NULL,134000000040000000,NULL,'complete',1,'','');
CREATE TABLE schedule (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, version INTEGER NOT NULL,
  created INTEGER NOT NULL, changed INTEGER NOT NULL, plan TEXT NOT NULL, json TEXT NOT NULL) STRICT;
INSERT INTO "schedule" VALUES(1,'nightly',1,134000000010000000,134000000010000000,'{"next":1}','{"name":"nightly","paused":false,"sources":[{"connection":"headquarters","mailboxes":[],"include":["*"],"exclude":[]}],"form":"items","destinations":[{"place":"vault:/backup/mail","s3_endpoint":"","s3_region":"","s3_credentials_file":"","s3_ca_file":""}],"temporary":"","upload_while_dumping":true,"encryption":{"mode":"system","technique":"aes-256-gcm","key_bits":0,"secret":""},"compression":"normal","cpu":"medium","bytes_per_second":0,"max_pst_bytes":0,"time_zone":"UTC","full":{"kind":"daily","at":"00:00"},"run_after_saving":false,"retry":{"enabled":true,"every_minutes":5,"times":5},"retention":{"max_fulls":0,"max_points":0,"days":0,"deleted_days":0,"max_drop_percent":50}}');
CREATE TABLE secret (name TEXT PRIMARY KEY, changed INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT;
INSERT INTO "secret" VALUES('backup password',134000000000000000,X'1EBAFAF6DA6EC5B704D51FECC0969988259AE7CCE86F0FE3DD1B459B4BFE4F5AB74E');
CREATE TABLE setting (key TEXT PRIMARY KEY, version INTEGER NOT NULL, json TEXT NOT NULL) STRICT;
INSERT INTO "setting" VALUES('notifications',1,'{}');
CREATE TABLE task (id INTEGER PRIMARY KEY AUTOINCREMENT, run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
  connection TEXT NOT NULL, mailbox TEXT NOT NULL, destination TEXT NOT NULL, state TEXT NOT NULL,
  attempts INTEGER NOT NULL, items INTEGER NOT NULL, bytes INTEGER NOT NULL, skipped INTEGER NOT NULL,
  point TEXT NOT NULL, code TEXT NOT NULL, error TEXT NOT NULL) STRICT;
INSERT INTO "task" VALUES(1,1,'headquarters','anna@example.com','vault:/backup/mail','complete',0,7,0,0,'2025-08-22','','');
CREATE TABLE token (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, role TEXT NOT NULL,
  hash BLOB NOT NULL UNIQUE, created INTEGER NOT NULL, expires INTEGER, last_used INTEGER) STRICT;
INSERT INTO "token" VALUES(1,'script','operator',X'57AD1B19D4799C168A09AEB5145013526E48DB2E83E0E6D6F88003BE0ED096AE',134000000010000000,NULL,NULL);
CREATE TABLE user (name TEXT PRIMARY KEY, role TEXT NOT NULL, hash TEXT NOT NULL, created INTEGER NOT NULL,
  password_changed INTEGER NOT NULL) STRICT;
INSERT INTO "user" VALUES('anna','admin','$argon2id$v=19$m=65536,t=3,p=1$QCJnAtb59KZmkpbofjwuEw$4HR8MrKsbMoBcbW/Gv66DUXP4NcohlGuBFDObRakaeQ',134000000010000000,134000000010000000);
CREATE INDEX run_schedule ON run (schedule, id);
CREATE INDEX run_state ON run (state, id);
CREATE INDEX task_run ON task (run, id);
CREATE INDEX log_line_run ON log_line (run, number);
CREATE INDEX login_user ON login (user);
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN SELECT raise(ABORT, 'the audit log only grows'); END;
CREATE TRIGGER audit_is_not_cut BEFORE DELETE ON audit BEGIN SELECT raise(ABORT, 'the audit log only grows'); END;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('schedule',1);
INSERT INTO "sqlite_sequence" VALUES('run',1);
INSERT INTO "sqlite_sequence" VALUES('task',1);
INSERT INTO "sqlite_sequence" VALUES('log_line',1);
INSERT INTO "sqlite_sequence" VALUES('token',1);
COMMIT;
