#include "agent/state/audit.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/state/columns.h"
#include "base/json.h"
#include "base/text.h"
#include "vault/crypto.h"

namespace mk::agent {
namespace {

constexpr std::size_t kMaxFaults = 100;
constexpr std::uint64_t kTicksPerSecond = 10'000'000;
constexpr char kSelect[] =
    "SELECT number, time, who, client, action, object, outcome, detail, hash FROM audit";

struct AuditRow {
  AuditEntry entry;
  Sha256Digest hash{};  // zeros: not one at all
};

Sha256Digest digest_at(const sql::Row& row, int c) {
  Sha256Digest out{};
  const ByteString bytes = row.bytes(c);
  if (bytes.size() == out.size())
    std::copy_n(reinterpret_cast<const std::byte*>(bytes.data()), out.size(), out.begin());
  return out;
}

AuditRow row_at(const sql::Row& row) {
  return {{row.integer(0), time_at(row, 1), row.text(2), row.text(3), row.text(4), row.text(5), row.text(6),
           row.text(7)},
          digest_at(row, 8)};
}

Sha256Digest hash_behind(const Sha256Digest& before, const AuditEntry& entry) {
  Sha256 hash;
  hash.update(before);
  hash.update(as_bytes(canonical_text(entry)));
  return hash.finish();
}

/// What is signed: text, so that it can be put together by hand.
std::string signed_text(const AuditHead& head, FileTime at) {
  return fmt::format("mailkeep audit head 1\n{}\n{}\n{}\n", head.number, to_hex(head.hash), format_utc(at));
}

/// Goes along the chain. After a fault it goes on from what the row says, so that one change is one fault.
class ChainWalk {
 public:
  explicit ChainWalk(std::optional<AuditHead> known) : known_(std::move(known)) {}
  void visit(const AuditRow& row) {
    const std::int64_t expected = number_ + 1;
    if (row.entry.number != expected)
      add(expected, row.entry.number == expected + 1
                        ? fmt::format("row {} is missing", expected)
                        : fmt::format("rows {} to {} are missing", expected, row.entry.number - 1));
    else if (row.hash != hash_behind(hash_, row.entry))
      add(expected, fmt::format("row {} was changed, or put there", expected));
    number_ = row.entry.number;
    hash_ = row.hash;
    if (known_ && known_->number == number_ && known_->hash != hash_)
      add(number_, fmt::format("row {} is not the one that was the head then", number_));
  }
  /// `end`: the MAC that is kept.
  std::vector<AuditFault> finish(const ByteString& end, const SecretString& key) {
    if (end != audit_mac({number_, hash_}, key))
      add(number_ + 1,
          fmt::format("row {} was not the last one: rows are missing behind it, or it was put there",
                      number_));
    if (known_ && known_->number > number_)
      add(number_ + 1,
          fmt::format("rows from {} on are missing: row {} was the head once", number_ + 1, known_->number));
    return std::move(faults_);
  }

 private:
  void add(std::int64_t number, std::string what) {
    if (faults_.size() < kMaxFaults) faults_.push_back({number, std::move(what)});
  }
  std::optional<AuditHead> known_;
  std::int64_t number_ = 0;
  Sha256Digest hash_{};
  std::vector<AuditFault> faults_;
};

}  // namespace

ByteString audit_mac(const AuditHead& head, const SecretString& key) {
  const ByteString number = le_bytes(head.number);
  const vault::Mac mac = vault::hmac(as_bytes(key.reveal()),
                                     {as_bytes("mailkeep audit end"), as_bytes(number), Bytes(head.hash)});
  return ByteString(as_chars(std::as_bytes(std::span(mac))));
}

SignedAuditHead sign(const SigningKey& key, const AuditHead& head, FileTime now) {
  SignedAuditHead out{head, {now.ticks / kTicksPerSecond * kTicksPerSecond}, {}};
  out.signature = key.sign(as_bytes(signed_text(head, out.signed_at)));
  return out;
}

bool verify(const PublicKey& key, const SignedAuditHead& head) {
  return verify(key, as_bytes(signed_text(head.head, head.signed_at)), head.signature);
}

std::string canonical_text(const AuditEntry& e) {
  std::string out = fmt::format("[{},{}", e.number, json_quote(format_utc(e.time)));
  for (const auto* text : {&e.who, &e.from, &e.action, &e.object, &e.outcome, &e.detail})
    out += "," + json_quote(*text);
  return out + "]";
}

Result<AuditEntry> AuditLog::append(AuditEntry entry) {
  for (auto* text : {&entry.who, &entry.from, &entry.action, &entry.object, &entry.outcome, &entry.detail})
    *text = printable(*text);
  TRY(file_.together([&] { return append_row(entry); }));
  return entry;
}

Status AuditLog::append_row(AuditEntry& entry) {
  TRY_ASSIGN(const AuditHead before, head());
  entry.number = before.number + 1;
  const AuditHead after{entry.number, hash_behind(before.hash, entry)};
  TRY(file_.execute("INSERT INTO audit VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                    {entry.number, column(entry.time), entry.who, entry.from, entry.action, entry.object,
                     entry.outcome, entry.detail, sql::Binary{ByteString(as_chars(after.hash))}}));
  return file_.execute("UPDATE identity SET audit_end = $1", {sql::Binary{audit_mac(after, key_)}});
}

Result<std::vector<AuditEntry>> AuditLog::list(std::int64_t before, std::size_t limit) {
  std::vector<AuditEntry> out;
  const auto take = [&](const sql::Row& row) -> Status { return out.push_back(row_at(row).entry), ok; };
  TRY(file_.query(std::string(kSelect) + " WHERE $1 = 0 OR number < $1 ORDER BY number DESC LIMIT $2",
                  {before, column(std::uint64_t{limit})}, take));
  return out;
}

Result<AuditHead> AuditLog::head() {
  AuditHead head;
  const auto take = [&](const sql::Row& row) -> Status {
    head = {row.integer(0), digest_at(row, 1)};
    return ok;
  };
  TRY(file_.query("SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1", {}, take));
  return head;
}

Result<std::vector<AuditFault>> AuditLog::verify(const std::optional<AuditHead>& known) {
  ChainWalk walk(known);
  ByteString end;
  const auto visit = [&](const sql::Row& row) -> Status { return walk.visit(row_at(row)), ok; };
  const auto take = [&](const sql::Row& row) -> Status { return end = row.bytes(0), ok; };
  // one transaction, so that nobody appends in between
  const auto look = [&]() -> Status {
    TRY(file_.query("SELECT audit_end FROM identity", {}, take));
    return file_.query(std::string(kSelect) + " ORDER BY number", {}, visit);
  };
  TRY(file_.together(look));
  return walk.finish(end, key_);
}

}  // namespace mk::agent
