#include "agent/state/schedules.h"

#include <fmt/format.h>

#include "agent/state/columns.h"
#include "agent/state/references.h"
#include "agent/state/schedule_json.h"

namespace mk::agent {
namespace {

constexpr char kSelect[] = "SELECT id, name, version, created, changed, plan, json FROM schedule";

Result<SavedSchedule> saved_at(const sql::Row& row) {
  auto parsed = parse_schedule(row.text(6));
  if (!parsed)
    return Error{Code::kCorrupt, fmt::format("agent.db: schedule {}: {}", row.text(1), parsed.error().what)};
  return SavedSchedule{{row.integer(0)}, *std::move(parsed), row.integer(2),
                       time_at(row, 3),  time_at(row, 4),    row.text(5)};
}

Result<SavedSchedule> one(StateFile& file, const std::string& where, const sql::Value& key,
                          const std::string& what) {
  SavedSchedule out;
  TRY_ASSIGN(const bool found, file.query_one(kSelect + where, {key}, [&](const sql::Row& row) -> Status {
    TRY_ASSIGN(out, saved_at(row));
    return ok;
  }));
  if (!found) return Error{Code::kNotFound, fmt::format("schedule {}: there is none", what)};
  return out;
}

Status check_free(StateFile& file, const std::string& name, ScheduleId but) {
  TRY_ASSIGN(const bool taken,
             file.query_one("SELECT 1 FROM schedule WHERE name = $1 AND id <> $2", {name, but.value},
                            [](const sql::Row&) -> Status { return ok; }));
  if (!taken) return ok;
  return Error{Code::kConflict, fmt::format("schedule {}: there is one of that name; choose another", name)};
}

}  // namespace

Result<std::vector<SavedSchedule>> Schedules::list() {
  std::vector<SavedSchedule> out;
  TRY(file_.query(std::string(kSelect) + " ORDER BY name", {}, [&](const sql::Row& row) -> Status {
    TRY_ASSIGN(out.emplace_back(), saved_at(row));
    return ok;
  }));
  return out;
}

Result<SavedSchedule> Schedules::get(ScheduleId id) {
  return one(file_, " WHERE id = $1", id.value, fmt::format("number {}", id.value));
}

Result<SavedSchedule> Schedules::find(const std::string& name) {
  return one(file_, " WHERE name = $1", name, name);
}

Result<SavedSchedule> Schedules::add(const Schedule& schedule, FileTime now) {
  TRY(check(schedule));
  SavedSchedule saved{{}, schedule, 1, now, now, {}};
  const auto change = [&]() -> Status {
    TRY(check_free(file_, schedule.name, {}));
    TRY(check_references(file_, schedule));
    TRY_ASSIGN(saved.id.value,
               file_.insert("INSERT INTO schedule (name, version, created, changed, plan, json) "
                            "VALUES ($1, 1, $2, $2, '', $3)",
                            {schedule.name, column(now), format_json(schedule)}));
    return ok;
  };
  TRY(file_.together(change));
  return saved;
}

Result<SavedSchedule> Schedules::replace(ScheduleId id, std::int64_t version, const Schedule& schedule,
                                         FileTime now) {
  TRY(check(schedule));
  SavedSchedule saved;
  const auto change = [&]() -> Status {
    TRY_ASSIGN(saved, get(id));
    TRY(check_version("schedule " + saved.schedule.name, saved.version, version));
    TRY(check_free(file_, schedule.name, id));
    TRY(check_references(file_, schedule));
    saved.schedule = schedule;
    saved.version = version + 1;
    saved.changed = now;
    return file_.execute("UPDATE schedule SET name = $2, version = $3, changed = $4, json = $5 WHERE id = $1",
                         {id.value, schedule.name, saved.version, column(now), format_json(schedule)});
  };
  TRY(file_.together(change));
  return saved;
}

Status Schedules::set_plan(ScheduleId id, const std::string& json) {
  return file_.together([&]() -> Status {
    TRY(get(id));
    return file_.execute("UPDATE schedule SET plan = $2 WHERE id = $1", {id.value, json});
  });
}

Status Schedules::remove(ScheduleId id, std::int64_t version) {
  return file_.together([&]() -> Status {
    TRY_ASSIGN(const SavedSchedule there, get(id));
    TRY(check_version("schedule " + there.schedule.name, there.version, version));
    return file_.execute("DELETE FROM schedule WHERE id = $1", {id.value});
  });
}

}  // namespace mk::agent
