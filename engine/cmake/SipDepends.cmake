# SPDX-License-Identifier: MIT
# What the engine takes from the distribution, each as one target:
# sip_lua_headers and sip_lua, sip_osip, sip_ev, sip_crypto.
find_package(PkgConfig REQUIRED)
pkg_check_modules(LUA REQUIRED IMPORTED_TARGET lua5.4)
pkg_check_modules(OSIP REQUIRED IMPORTED_TARGET libosip2)
pkg_check_modules(CRYPTO REQUIRED IMPORTED_TARGET libcrypto)

# A module for the stock interpreter must leave Lua's symbols undefined, so
# the floors see the headers alone and only a program links the library.
add_library(sip_lua_headers INTERFACE)
target_include_directories(sip_lua_headers SYSTEM
  INTERFACE ${LUA_INCLUDE_DIRS})
add_library(sip_lua INTERFACE)
target_link_libraries(sip_lua INTERFACE PkgConfig::LUA)

# The parser only: the transaction half of libosip2 stays out.
find_library(OSIP_PARSER_LIBRARY osipparser2 HINTS ${OSIP_LIBRARY_DIRS}
  REQUIRED)
add_library(sip_osip INTERFACE)
target_include_directories(sip_osip SYSTEM INTERFACE ${OSIP_INCLUDE_DIRS})
target_link_libraries(sip_osip INTERFACE ${OSIP_PARSER_LIBRARY})

# libev has no .pc file.
find_path(EV_INCLUDE_DIR ev.h REQUIRED)
find_library(EV_LIBRARY ev REQUIRED)
add_library(sip_ev INTERFACE)
target_include_directories(sip_ev SYSTEM INTERFACE ${EV_INCLUDE_DIR})
target_link_libraries(sip_ev INTERFACE ${EV_LIBRARY})
mark_as_advanced(OSIP_PARSER_LIBRARY EV_INCLUDE_DIR EV_LIBRARY)

add_library(sip_crypto INTERFACE)
target_link_libraries(sip_crypto INTERFACE PkgConfig::CRYPTO)
