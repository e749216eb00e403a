#include "catalog/schema.h"

#include <fmt/format.h>

namespace mk::catalog {
namespace {

/// {id}, {bytes} and {text} are types, {search_1} and {search} the full-text table; see expand(). Where a
/// later schema needs what is not in the tables, the catalog is emptied: the next update fills it.
constexpr const char* kMigrations[] = {R"(
CREATE TABLE catalog (vault {bytes}, head_number BIGINT NOT NULL, head_hash {bytes} NOT NULL,
  next_version BIGINT NOT NULL);
INSERT INTO catalog VALUES (NULL, 0, {no_bytes}, 1);
CREATE TABLE log_record (number {id}, type BIGINT NOT NULL, at BIGINT NOT NULL, hash {bytes} NOT NULL,
  root {bytes} NOT NULL, target BIGINT NOT NULL, packs BIGINT NOT NULL);
CREATE TABLE pack (id {bytes} PRIMARY KEY, state BIGINT NOT NULL, kind BIGINT, bytes BIGINT, chunks BIGINT);
CREATE TABLE session (number {id}, seen BIGINT NOT NULL, silent_since BIGINT);
CREATE TABLE mailbox (id {id}, name {text} NOT NULL UNIQUE);
CREATE TABLE point (number {id}, mailbox BIGINT NOT NULL, name {text} NOT NULL, kind BIGINT NOT NULL,
  started BIGINT NOT NULL, finished BIGINT NOT NULL, items BIGINT NOT NULL, root {bytes} NOT NULL, problem {text});
CREATE INDEX point_mailbox ON point (mailbox, number);
CREATE TABLE folder (id {id}, mailbox BIGINT NOT NULL, hash {bytes} NOT NULL, source {bytes} NOT NULL,
  UNIQUE (mailbox, hash));
CREATE TABLE folder_state (folder BIGINT NOT NULL, first BIGINT NOT NULL, last BIGINT, position BIGINT NOT NULL,
  parent {bytes} NOT NULL, name {text} NOT NULL, name_key {text} NOT NULL, class {text} NOT NULL,
  well_known {text} NOT NULL, items BIGINT NOT NULL, associated BIGINT NOT NULL, selected BIGINT NOT NULL);
CREATE INDEX folder_state_folder ON folder_state (folder, first);
CREATE INDEX folder_state_name ON folder_state (name_key);
CREATE TABLE version (id {id}, mailbox BIGINT NOT NULL, folder BIGINT NOT NULL, first BIGINT NOT NULL, last BIGINT,
  key {bytes} NOT NULL, item {bytes} NOT NULL, change_key {bytes} NOT NULL, class {text} NOT NULL,
  subject {text} NOT NULL, sender {text} NOT NULL, subject_key {text} NOT NULL, sender_key {text} NOT NULL,
  received BIGINT NOT NULL, bytes BIGINT NOT NULL, flags BIGINT NOT NULL, object {bytes} NOT NULL,
  object_bytes BIGINT NOT NULL, object_depth BIGINT NOT NULL, object_offset BIGINT NOT NULL, content BIGINT);
CREATE INDEX version_date ON version (folder, id);
CREATE INDEX version_subject ON version (folder, subject_key, id);
CREATE INDEX version_sender ON version (folder, sender_key, id);
CREATE INDEX version_bytes ON version (folder, bytes, id);
CREATE UNIQUE INDEX version_current ON version (folder, key) WHERE last IS NULL;
CREATE INDEX version_gone ON version (mailbox, last) WHERE last IS NOT NULL;
CREATE INDEX version_gone_key ON version (folder, key) WHERE last IS NOT NULL;
CREATE INDEX version_content ON version (content, mailbox);
{search_1})",
                                       R"(
DELETE FROM version; DELETE FROM folder_state; DELETE FROM folder; DELETE FROM point; DELETE FROM mailbox;
DELETE FROM log_record; DELETE FROM pack; DELETE FROM session;
UPDATE catalog SET head_number = 0, head_hash = {no_bytes}, next_version = 1;
DROP INDEX version_content;
CREATE INDEX version_content ON version (mailbox, content);
DROP TABLE search;
{search};
CREATE TABLE word (word {text} PRIMARY KEY){keys_only})"};

constexpr const char* kSqliteSearch1 =
    "CREATE VIRTUAL TABLE search USING fts5(words, content='', detail=none, tokenize='ascii')";
/// With up to three letters behind the tag, a beginning is looked up instead of collected.
constexpr const char* kSqliteSearch =
    "CREATE VIRTUAL TABLE search USING fts5(words, content='', detail=none, tokenize='ascii', prefix='2 3 "
    "4')";
constexpr const char* kPostgresSearch =
    "CREATE TABLE search (rowid BIGINT PRIMARY KEY, words TSVECTOR NOT NULL);"
    "CREATE INDEX search_words ON search USING gin (words)";

std::string expand(const char* migration, Dialect dialect) {
  const bool sqlite = dialect == Dialect::kSqlite;
  return fmt::format(
      fmt::runtime(migration), fmt::arg("id", sqlite ? "INTEGER PRIMARY KEY" : "BIGINT PRIMARY KEY"),
      fmt::arg("bytes", sqlite ? "BLOB" : "BYTEA"), fmt::arg("text", sqlite ? "TEXT" : "TEXT COLLATE \"C\""),
      fmt::arg("no_bytes", sqlite ? "x''" : "''"),
      fmt::arg("search_1", sqlite ? kSqliteSearch1 : kPostgresSearch),
      fmt::arg("search", sqlite ? kSqliteSearch : kPostgresSearch),
      fmt::arg("keys_only", sqlite ? " WITHOUT ROWID" : ""));
}

}  // namespace

const sql::Identity& identity() {
  static const sql::Identity kCatalog{"catalog", 0x4D4B4354,  // MKCT
                                      "mailkeep", "make it anew: `mailkeep vault rebuild-catalog`"};
  return kCatalog;
}

sql::Schema schema(Dialect dialect) {
  sql::Schema catalog{"catalog", "catalog_schema", {}};
  for (const char* const migration : kMigrations) catalog.scripts.push_back(expand(migration, dialect));
  return catalog;
}

const SearchSql& search_sql(Dialect dialect) {
  static constexpr SearchSql kSqlite{"search MATCH {}", "INSERT INTO search (rowid, words) VALUES ($1, $2)",
                                     "INSERT INTO search (search, rowid, words) VALUES ('delete', $1, $2)"};
  static constexpr SearchSql kPostgres{
      "search.words @@ CAST({} AS tsquery)",
      "INSERT INTO search (rowid, words) VALUES ($1, array_to_tsvector(string_to_array($2, ' ')))",
      "DELETE FROM search WHERE rowid = $1 AND $2 <> ''"};
  return dialect == Dialect::kSqlite ? kSqlite : kPostgres;
}

}  // namespace mk::catalog
