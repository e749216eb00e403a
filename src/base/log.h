#pragma once
#include <string_view>

namespace mk {

/// Log lines go to standard error, one line each, with time and level; secrets never go through here.
enum class LogLevel { kDebug, kInfo, kWarning, kError, kOff };
void set_log_level(LogLevel level);
/// From now on each line is a JSON object with time, level and message, for those who gather logs.
void set_log_json();
void log_debug(std::string_view message);
void log_info(std::string_view message);
void log_warning(std::string_view message);
void log_error(std::string_view message);

}  // namespace mk
