#include "agent/restore/restore_root.h"

#include <boost/json.hpp>

#include "base/json.h"

namespace mk::agent {
namespace {

constexpr char kKey[] = "restore-root";

}  // namespace

Result<std::filesystem::path> restore_root(Settings& settings) {
  auto set = settings.get(kKey);
  if (!set && set.error().code != Code::kNotFound) return std::move(set).error();
  boost::json::error_code failed;
  const auto parsed = set ? boost::json::parse(set->value, failed) : boost::json::value();
  if (!parsed.is_string())
    return Error{
        Code::kInvalid,
        "no restore root is set: PST files and other files are only written below a directory that an "
        "administrator named (setting restore-root)"};
  return std::filesystem::path(std::string(parsed.as_string()));
}

Status set_restore_root(Settings& settings, const std::filesystem::path& directory) {
  std::error_code failed;
  if (!directory.is_absolute() || !std::filesystem::is_directory(directory, failed))
    return Error{Code::kInvalid,
                 directory.string() + ": the restore root is the absolute path of a directory that is there"};
  auto before = settings.get(kKey);
  if (!before && before.error().code != Code::kNotFound) return std::move(before).error();
  TRY(settings.set(kKey, before ? before->version : 0, json_quote(directory.string())));
  return ok;
}

}  // namespace mk::agent
