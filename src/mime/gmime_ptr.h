#pragma once
#include <gmime/gmime.h>

#include <memory>
#include <string>

namespace mk::mime {

struct GObjectDeleter {
  void operator()(void* object) const { g_object_unref(object); }
};
struct GFreeDeleter {
  void operator()(void* memory) const { g_free(memory); }
};
template <class T>
using GObjectPtr = std::unique_ptr<T, GObjectDeleter>;
using GCharPtr = std::unique_ptr<char, GFreeDeleter>;

/// GMime's tables, made once per process, from whatever thread comes first.
inline void start_gmime() {
  static const bool started = (g_mime_init(), true);
  static_cast<void>(started);
}

inline std::string string_or_empty(const char* s) { return s == nullptr ? std::string() : std::string(s); }

}  // namespace mk::mime
