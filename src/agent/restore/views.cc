#include "agent/restore/views.h"

#include "agent/restore/point_address.h"
#include "base/text.h"

namespace mk::agent {
namespace {

namespace json = boost::json;

/// Text of a mail, which need not be well-formed.
json::value text(std::string_view s) { return json::value(valid_utf8(s)); }
json::value time(FileTime t) { return t.ticks == 0 ? json::value() : json::value(format_utc(t)); }
json::value time(const std::optional<FileTime>& t) { return t ? json::value(format_utc(*t)) : json::value(); }

json::object view_of(const catalog::VersionRow& v) {
  return {{"version", v.id},
          {"mailbox", text(v.mailbox)},
          {"folder", text(v.folder)},
          {"folder_id", text(v.folder_id.value)},
          {"id", text(v.head.id.value)},
          {"subject", text(v.label.subject)},
          {"sender", text(v.label.sender)},
          {"received", time(v.label.received)},
          {"class", text(v.head.item_class)},
          {"bytes", v.bytes},
          {"attachments", v.head.has_attachments},
          {"first", v.first.value},
          {"last", v.last.value == 0 ? json::value() : json::value(v.last.value)}};
}

}  // namespace

json::array texts(const std::vector<std::string>& list) {
  json::array out;
  for (const auto& one : list) out.push_back(text(one));
  return out;
}

json::object view_of(const PointInfo& p, const std::string& schedule) {
  json::object out{{"destination", text(p.destination)},
                   {"mailbox", text(p.mailbox)},
                   {"name", text(p.name)},
                   {"kind", job::kind_name(p.kind)},
                   {"started", time(p.started)},
                   {"finished", time(p.finished)},
                   {"items", p.items},
                   {"problem", text(p.problem)}};
  out["point"] = p.started.ticks == 0 ? json::value() : text(format_point({schedule, p.started}));
  return out;
}

json::object view_of(const FolderView& f) {
  return {{"id", text(f.id)},
          {"path", text(f.path)},
          {"class", text(f.folder_class)},
          {"items", f.items},
          {"associated", f.associated}};
}

json::object view_of(const ItemView& i) {
  return {{"id", text(i.id)},
          {"folder_id", text(i.folder)},
          {"subject", text(i.label.subject)},
          {"sender", text(i.label.sender)},
          {"received", time(i.label.received)},
          {"class", text(i.item_class)},
          {"bytes", i.bytes},
          {"read", i.read},
          {"attachments", i.attachments},
          {"associated", i.associated}};
}

json::object view_of(const Found& f) {
  json::array versions, points;
  for (const auto& v : f.versions) versions.push_back(view_of(v));
  for (const auto& p : f.points)
    points.push_back(json::object{{"number", p.number.value},
                                  {"mailbox", text(p.mailbox)},
                                  {"name", text(p.name)},
                                  {"started", time(p.started)}});
  return {{"schedule", text(f.schedule)}, {"destination", text(f.destination)},
          {"as_of", time(f.as_of)},       {"versions", std::move(versions)},
          {"points", std::move(points)},  {"next", f.next ? json::value(*f.next) : json::value()}};
}

json::object view_of(const Restore& r, const std::optional<RestoreRunner::Progress>& progress) {
  json::object out{{"id", r.id.value},
                   {"who", text(r.who)},
                   {"request", json::parse(format_json(r.request))},
                   {"requested", time(r.requested)},
                   {"started", time(r.started)},
                   {"finished", time(r.finished)},
                   {"state", name_of(r.state)},
                   {"in_state", r.counts.in_state},
                   {"created", r.counts.created},
                   {"updated", r.counts.updated},
                   {"skipped", r.counts.skipped},
                   {"failed", r.counts.failed},
                   {"bytes", r.counts.bytes},
                   {"output", text(r.output)},
                   {"notes", text(r.notes)},
                   {"error", text(r.error)},
                   {"undone", time(r.undone)}};
  out["progress"] = nullptr;
  if (progress)
    out["progress"] = json::object{{"phase", progress->phase},
                                   {"items", progress->items},
                                   {"expected", progress->expected},
                                   {"bytes", progress->bytes},
                                   {"skipped", progress->skipped}};
  return out;
}

json::object view_of(const Proof& p) {
  return {{"schedule", text(p.schedule)},
          {"mailbox", text(p.mailbox)},
          {"destination", text(p.destination)},
          {"tried", time(p.tried)},
          {"proven_restorable_on", time(p.proven)},
          {"point", text(p.point)},
          {"sampled", p.sampled},
          {"of", p.of},
          {"same", p.same},
          {"differ", p.differ},
          {"unreadable", p.unreadable},
          {"round", p.round},
          {"way", text(p.way)},
          {"error", text(p.error)}};
}

}  // namespace mk::agent
