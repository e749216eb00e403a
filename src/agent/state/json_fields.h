#pragma once
// Schedules, connections and requests of restores as JSON objects. Each structure lists its fields once;
// Reader, Writer and Checker visit the list.
#include <limits>

#include "agent/notify/notification_settings.h"
#include "agent/restore/proof_rule.h"
#include "agent/restore/restore_request.h"
#include "agent/schedule.h"
#include "agent/state/columns.h"
#include "agent/state/connection.h"
#include "vault/log.h"

namespace mk::agent {

/// What a field must be besides its type.
struct Rule {
  bool required = false;  // in JSON
  bool filled = false;    // a text or list is not empty
  std::uint64_t min = 0;  // of numbers
  std::uint64_t max = std::numeric_limits<std::int64_t>::max();
  std::uint64_t step = 1;
};
inline constexpr Rule kRequired{.required = true, .filled = true};
constexpr Rule between(std::uint64_t min, std::uint64_t max, std::uint64_t step = 1, bool required = false) {
  return {required, false, min, max, step};
}

inline constexpr std::string_view kDayNames[] = {"monday", "tuesday",  "wednesday", "thursday",
                                                 "friday", "saturday", "sunday"};

// Values that JSON has in a form of their own.
struct TimeOfDay {  // "22:30"
  std::chrono::minutes& value;
};
struct DaySet {  // ["monday", ...]
  Weekdays& value;
};
struct Date {  // "2026-12-24"
  std::chrono::year_month_day& value;
};

inline std::span<const Named<Timing::Kind>> names(Timing::Kind) {
  using Kind = Timing::Kind;
  static constexpr Named<Kind> kNames[] = {{Kind::kMonthly, "monthly"},
                                           {Kind::kWeekly, "weekly"},
                                           {Kind::kDaily, "daily"},
                                           {Kind::kEvery, "every"},
                                           {Kind::kOnce, "once"}};
  return kNames;
}
inline std::span<const Named<Form>> names(Form) {
  static constexpr Named<Form> kNames[] = {{Form::kItems, "items"}, {Form::kPst, "pst"}};
  return kNames;
}
inline std::span<const Named<Encryption::Mode>> names(Encryption::Mode) {
  using Mode = Encryption::Mode;
  static constexpr Named<Mode> kNames[] = {{Mode::kOff, "off"},
                                           {Mode::kSystem, "system"},
                                           {Mode::kCustom, "custom"},
                                           {Mode::kDefaultPassword, "default-password"}};
  return kNames;
}
inline std::span<const Named<Compression>> names(Compression) {
  static constexpr Named<Compression> kNames[] = {
      {Compression::kOff, "off"}, {Compression::kNormal, "normal"}, {Compression::kMaximum, "maximum"}};
  return kNames;
}
inline std::span<const Named<CpuUse>> names(CpuUse) {
  static constexpr Named<CpuUse> kNames[] = {
      {CpuUse::kLow, "low"}, {CpuUse::kMedium, "medium"}, {CpuUse::kHigh, "high"}};
  return kNames;
}
inline std::span<const Named<RestoreTarget::Kind>> names(RestoreTarget::Kind) {
  using Kind = RestoreTarget::Kind;
  static constexpr Named<Kind> kNames[] = {{Kind::kOriginal, "original"},
                                           {Kind::kMailbox, "mailbox"},
                                           {Kind::kPst, "pst"},
                                           {Kind::kFiles, "files"}};
  return kNames;
}
inline std::span<const Named<IfPresent>> names(IfPresent) {
  static constexpr Named<IfPresent> kNames[] = {
      {IfPresent::kSkip, "skip"}, {IfPresent::kCopy, "copy"}, {IfPresent::kReplace, "replace"}};
  return kNames;
}
inline std::span<const Named<Auth>> names(Auth) {
  static constexpr Named<Auth> kNames[] = {{Auth::kBasic, "basic"}, {Auth::kBearer, "bearer"}};
  return kNames;
}

// The field lists. A field that another one decides about comes behind it.

void fields(auto& io, Timing& t) {
  using Kind = Timing::Kind;
  io("kind", t.kind, kRequired);
  if (t.kind == Kind::kEvery) {
    io("every_minutes", t.every, between(1, 31 * 24 * 60, 1, true));
    io("only_if_missed", t.only_if_missed);
  } else {
    io("at", TimeOfDay{t.at}, kRequired);
  }
  if (t.kind == Kind::kMonthly) io("day", t.day, between(1, 31, 1, true));
  if (t.kind == Kind::kOnce) io("date", Date{t.date}, kRequired);
  if (t.kind == Kind::kWeekly) io("weekdays", DaySet{t.weekdays}, kRequired);
  if (t.kind == Kind::kEvery) io("weekdays", DaySet{t.weekdays});
}

void fields(auto& io, Source::Mailbox& m) {
  io("address", m.address, kRequired);
  io("folders", m.folders);
}

void fields(auto& io, Source& s) {
  io("connection", s.connection, kRequired);
  io("mailboxes", s.mailboxes);
  io("include", s.include);
  io("exclude", s.exclude);
}

void fields(auto& io, Destination& d) {
  io("place", d.place, kRequired);
  io("s3_endpoint", d.s3_endpoint);
  io("s3_region", d.s3_region);
  io("s3_credentials_file", d.s3_credentials_file);
  io("s3_ca_file", d.s3_ca_file);
  io("lock_days", d.lock_days, between(0, vault::kMaxLockDays));
}

void fields(auto& io, Encryption& e) {
  io("mode", e.mode);
  io("technique", e.technique);
  io("key_bits", e.key_bits);
  io("secret", e.secret);
}

void fields(auto& io, RetryRule& r) {
  io("enabled", r.enabled);
  io("every_minutes", r.every, between(5, 30, 5));
  io("times", r.times, between(0, 5));
}

void fields(auto& io, Retention& r) {
  io("max_fulls", r.max_fulls, between(0, 100'000));
  io("max_points", r.max_points, between(0, 1'000'000));
  io("days", r.days, between(0, 36'500));
  io("deleted_days", r.deleted_days, between(0, 36'500));
  io("max_drop_percent", r.max_drop_percent, between(0, 100));
}

void fields(auto& io, Schedule& s) {
  io("name", s.name, kRequired);
  io("paused", s.paused);
  io("sources", s.sources, kRequired);
  io("form", s.form);
  io("destinations", s.destinations, kRequired);
  io("temporary", s.temporary);
  io("upload_while_dumping", s.upload_while_dumping);
  io("encryption", s.encryption);
  io("compression", s.compression);
  io("cpu", s.cpu);
  io("bytes_per_second", s.bytes_per_second);
  io("max_pst_bytes", s.max_pst_bytes);
  io("time_zone", s.time_zone, {.filled = true});
  io("full", s.full, kRequired);
  io("incremental", s.incremental);
  io("run_after_saving", s.run_after_saving);
  io("retry", s.retry);
  io("retention", s.retention);
}

void fields(auto& io, Account& a) {
  io("user", a.user);
  io("auth", a.auth);
  io("secret", a.secret, kRequired);
  io("impersonate", a.impersonate);
}

void fields(auto& io, RestoreAccount& r) {
  fields(io, r.account);
  io("until", r.until);
}

void fields(auto& io, Connection& c) {
  io("name", c.name, kRequired);
  io("server", c.server, kRequired);
  io("backup", c.backup, kRequired);
  io("restore", c.restore);
  io("ca_file", c.ca_file);
  io("insecure", c.insecure);
  io("connections", c.connections, between(1, 64));
  io("timeout_seconds", c.timeout, between(1, 3600));
  io("mailboxes_file", c.mailboxes_file);
}

inline std::span<const Named<net::SmtpOptions::Tls>> names(net::SmtpOptions::Tls) {
  using Tls = net::SmtpOptions::Tls;
  static constexpr Named<Tls> kNames[] = {
      {Tls::kStartTls, "starttls"}, {Tls::kTls, "tls"}, {Tls::kNone, "none"}};
  return kNames;
}

void fields(auto& io, NotificationSettings::Smtp& s) {
  io("server", s.server, kRequired);
  io("port", s.port, between(0, 65535));
  io("tls", s.tls);
  io("user", s.user);
  io("secret", s.secret);
  io("from", s.from, kRequired);
  io("to", s.to, kRequired);
  io("ca_file", s.ca_file);
}

void fields(auto& io, NotificationSettings::Webhook& w) {
  io("url", w.url, kRequired);
  io("secret", w.secret);
  io("ca_file", w.ca_file);
}

void fields(auto& io, NotificationSettings& n) {
  io("each_run", n.each_run);
  io("failures_at_once", n.failures_at_once);
  io("digest", n.digest);
  io("digest_at", TimeOfDay{n.digest_at});
  io("empty_digest", n.empty_digest);
  io("time_zone", n.time_zone, {.filled = true});
  io("smtp", n.smtp);
  io("webhooks", n.webhooks);
}

void fields(auto& io, RestoreTarget& t) {
  io("kind", t.kind, kRequired);
  io("connection", t.connection);
  io("mailbox", t.mailbox);
  io("folder", t.folder);
  io("directory", t.directory);
  io("max_pst_bytes", t.max_pst_bytes);
}

void fields(auto& io, RestoreRequest& r) {
  io("point", r.point);
  io("destination", r.destination);
  io("mailbox", r.mailbox);
  io("folders", r.folders);
  io("items", r.items);
  io("target", r.target);
  io("if_present", r.if_present);
  io("dry_run", r.dry_run);
  io("undo", r.undo);
}

void fields(auto& io, ProofRule& r) {
  io("enabled", r.enabled);
  io("every_days", r.every_days, between(1, 365));
  io("percent", r.percent, between(1, 100));
  io("max_items", r.max_items, between(1, 100'000));
  io("connection", r.connection);
  io("mailbox", r.mailbox);
}

}  // namespace mk::agent
