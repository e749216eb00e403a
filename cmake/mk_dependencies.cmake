# Third-party libraries, all from Debian 12. Which module may use which is said by LIBS in src/CMakeLists.txt.
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(CURL REQUIRED)
find_package(expat CONFIG REQUIRED)
find_package(pugixml REQUIRED)
find_package(CLI11 REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(GTest REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(gmime REQUIRED IMPORTED_TARGET gmime-3.0)

# Boost.JSON, Asio and Beast are header libraries; each is compiled once, here.
add_library(mk_boost_json STATIC ${PROJECT_SOURCE_DIR}/cmake/boost_json.cc)
target_link_libraries(mk_boost_json PUBLIC Boost::headers)
add_library(mk_boost_beast STATIC ${PROJECT_SOURCE_DIR}/cmake/boost_beast.cc)
target_compile_definitions(mk_boost_beast PUBLIC BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
                           BOOST_ASIO_NO_DEPRECATED)
target_link_libraries(mk_boost_beast PUBLIC Boost::headers OpenSSL::SSL Threads::Threads)
