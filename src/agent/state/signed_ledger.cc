#include "agent/state/signed_ledger.h"

#include <fmt/format.h>
#include <sodium.h>

#include <boost/json.hpp>

#include "agent/state/columns.h"
#include "base/text.h"

namespace mk::agent {
namespace {

namespace json = boost::json;
using Row = job::LedgerRow;

static_assert(std::tuple_size_v<PublicKey> == crypto_sign_PUBLICKEYBYTES);
static_assert(std::tuple_size_v<Signature> == crypto_sign_BYTES);

const unsigned char* raw(const void* p) { return static_cast<const unsigned char*>(p); }

std::span<const Named<Row::Status>> status_names() {
  static constexpr Named<Row::Status> kNames[] = {{Row::Status::kCompared, "compared"},
                                                  {Row::Status::kGone, "gone"},
                                                  {Row::Status::kUnreadable, "unreadable"}};
  return kNames;
}
struct Column {
  const char* name;
  model::FolderCounts Row::* counts;
};
constexpr Column kColumns[] = {{"before", &Row::before},
                               {"on_server", &Row::on_server},
                               {"stored", &Row::stored},
                               {"unchanged", &Row::unchanged},
                               {"skipped", &Row::skipped}};

json::object row_json(const Row& row) {
  json::object o;
  o["path"] = valid_utf8(row.path);
  o["status"] = find_name(status_names(), row.status);
  if (!row.why.empty()) o["why"] = valid_utf8(row.why);
  for (const Column& c : kColumns) {
    const auto& counts = row.*c.counts;
    o[c.name] = json::object{{"items", counts.items}, {"associated", counts.associated}};
  }
  return o;
}

/// So many that sums of them stay numbers.
std::uint64_t count_of(const json::value& v) {
  constexpr std::uint64_t kMax = std::uint64_t{1} << 40;
  const auto n = v.to_number<std::uint64_t>();
  if (n > kMax) throw std::out_of_range("count");
  return n;
}

/// Throws, as Boost.JSON does, when it is not one.
Row row_of(const json::value& v) {
  const json::object& o = v.as_object();
  Row row;
  row.path = o.at("path").as_string();
  const auto status = find_value(status_names(), o.at("status").as_string());
  if (!status) throw std::out_of_range("status");
  row.status = *status;
  if (const auto* const why = o.if_contains("why")) row.why = why->as_string();
  for (const Column& c : kColumns) {
    const json::object& counts = o.at(c.name).as_object();
    row.*c.counts = {count_of(counts.at("items")), count_of(counts.at("associated"))};
  }
  return row;
}

void append_field(ByteString& out, std::string_view text) {
  append_le(out, static_cast<std::uint64_t>(text.size()));
  out += text;
}

}  // namespace

SigningKey::SigningKey(const SecretString& seed) {
  MK_CHECK(sodium_init() >= 0 && seed.reveal().size() == crypto_sign_SEEDBYTES);
  std::string secret(crypto_sign_SECRETKEYBYTES, '\0');
  crypto_sign_seed_keypair(reinterpret_cast<unsigned char*>(public_key_.data()),
                           reinterpret_cast<unsigned char*>(secret.data()), raw(seed.reveal().data()));
  secret_ = SecretString(secret);
  wipe(secret);
}

Signature SigningKey::sign(Bytes message) const {
  Signature out;
  crypto_sign_detached(reinterpret_cast<unsigned char*>(out.data()), nullptr, raw(message.data()),
                       message.size(), raw(secret_.reveal().data()));
  return out;
}

bool verify(const PublicKey& key, Bytes message, const Signature& signature) {
  return crypto_sign_verify_detached(raw(signature.data()), raw(message.data()), message.size(),
                                     raw(key.data())) == 0;
}

std::string ledger_json(const job::Ledger& ledger) {
  json::array rows;
  for (const Row& row : ledger.rows) rows.push_back(row_json(row));
  return json::serialize(json::object{{"balanced", ledger.balanced()}, {"rows", std::move(rows)}});
}

Result<job::Ledger> parse_ledger(std::string_view text) {
  try {
    const json::value parsed = json::parse(text);
    job::Ledger ledger;
    for (const json::value& row : parsed.as_object().at("rows").as_array())
      ledger.rows.push_back(row_of(row));
    return ledger;
  } catch (const std::exception& e) {
    return Error{Code::kCorrupt, std::string("not the text of a ledger: ") + e.what()};
  }
}

ByteString signed_bytes(const SignedLedger& ledger) {
  ByteString out = "mailkeep ledger 1\n";
  append_le(out, ledger.run.value);
  append_le(out, ledger.task.value);
  append_le(out, ledger.signed_at.ticks);
  for (const auto* field : {&ledger.mailbox, &ledger.destination, &ledger.point, &ledger.text})
    append_field(out, *field);
  return out;
}

bool verify(const PublicKey& key, const SignedLedger& ledger) {
  return verify(key, as_bytes(signed_bytes(ledger)), ledger.signature);
}

}  // namespace mk::agent
