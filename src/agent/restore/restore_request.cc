#include "agent/restore/restore_request.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/restore/point_address.h"

namespace mk::agent {
namespace {

constexpr std::size_t kMaxNameBytes = 200;
constexpr std::size_t kMaxChosen = 10'000;
constexpr std::uint64_t kMinPstBytes = 1 << 20;

Error invalid(std::string what) { return {Code::kInvalid, std::move(what)}; }

Status check_undo(const RestoreRequest& r) {
  RestoreRequest alone;
  alone.undo = r.undo;
  alone.dry_run = r.dry_run;
  return r == alone ? Status(ok)
                    : invalid("undo: with it only dry_run may be set; the rest is the restore's");
}

Status check_target(const RestoreTarget& t) {
  using Kind = RestoreTarget::Kind;
  if (t.kind == Kind::kMailbox && t.connection.empty())
    return invalid("target.connection: is missing; name the connection by which the mailbox is reached");
  if (t.kind != Kind::kMailbox && (!t.mailbox.empty() || !t.folder.empty()))
    return invalid("target: mailbox and folder go with kind \"mailbox\" only");
  if (t.is_mailbox() && (!t.directory.empty() || t.max_pst_bytes != 0))
    return invalid("target: directory and max_pst_bytes go with kinds \"pst\" and \"files\" only");
  if (!t.is_mailbox() && !t.connection.empty()) return invalid("target.connection: goes with mailboxes only");
  if (t.max_pst_bytes != 0 && t.max_pst_bytes < kMinPstBytes)
    return invalid(fmt::format("target.max_pst_bytes: at least {}", kMinPstBytes));
  return t.directory.empty() ? Status(ok) : check_directory_name(t.directory);
}

}  // namespace

Status check_directory_name(std::string_view name) {
  const bool control = std::any_of(name.begin(), name.end(),
                                   [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  if (name.empty() || name.front() == '.' || name.find('/') != std::string_view::npos || control ||
      name.size() > kMaxNameBytes)
    return invalid(
        fmt::format("target.directory: the name of one directory is wanted: no slash, no dot first, no "
                    "control characters, "
                    "1 to {} bytes; it is made below the restore root",
                    kMaxNameBytes));
  return ok;
}

Status check(const RestoreRequest& r) {
  if (r.undo != 0) return check_undo(r);
  TRY(parse_point(r.point));
  if (r.mailbox.empty()) return invalid("mailbox: is missing");
  if (r.folders.size() > kMaxChosen || r.items.size() > kMaxChosen)
    return invalid(fmt::format("folders, items: at most {} of each; leave them out for all", kMaxChosen));
  const auto is_empty = [](const std::string& s) { return s.empty(); };
  if (std::ranges::any_of(r.folders, is_empty) || std::ranges::any_of(r.items, is_empty))
    return invalid("folders, items: one of them is empty");
  if (r.if_present != IfPresent::kSkip && !r.target.is_mailbox())
    return invalid("if_present: copy and replace go with mailboxes only");
  return check_target(r.target);
}

}  // namespace mk::agent
