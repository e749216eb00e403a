# mk_flags: warnings and sanitizers of our own code; no third-party target sees them.
add_library(mk_flags INTERFACE)
target_compile_options(mk_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
# libstdc++ 12's std::stable_sort calls a function that libstdc++ deprecates; clang blames the instantiation, which is ours
target_compile_options(mk_flags INTERFACE $<$<CXX_COMPILER_ID:Clang>:-Wno-deprecated-declarations>)
if(MK_WERROR)
  target_compile_options(mk_flags INTERFACE -Werror)
endif()
if(MK_SANITIZE)
  add_compile_options(-fsanitize=${MK_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${MK_SANITIZE})
endif()
# With sanitizers g++ takes values for uninitialized that are not (std::regex, variants), and advises against -Werror then
if(MK_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  add_compile_options(-Wno-maybe-uninitialized)
endif()
# Asio puts fences beside its mutexes; the thread sanitizer does not know fences, and g++ says so at each of them
if(MK_SANITIZE STREQUAL thread AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  add_compile_options(-Wno-tsan)
endif()
if(MK_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
