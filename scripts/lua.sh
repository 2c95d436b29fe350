# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Sourced by the scripts that run Lua with the modules of this checkout and the
# C module of the build folder in $SIPWRIGHT_BUILD: sets $lua.

export LUA_PATH="$root/lua/?.lua;$root/lua/?/init.lua;$root/?.lua;;"
export LUA_CPATH="$SIPWRIGHT_BUILD/lua/?.so;;"
unset LUA_PATH_5_4 LUA_CPATH_5_4 LUA_INIT LUA_INIT_5_4

# An instrumented C module needs an instrumented interpreter around it.
lua=lua5.4
if [[ -x $SIPWRIGHT_BUILD/spec/host/lua-sanitized ]]; then
    lua=$SIPWRIGHT_BUILD/spec/host/lua-sanitized
    export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:strict_string_checks=1}
    export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1:halt_on_error=1}
    export LSAN_OPTIONS=${LSAN_OPTIONS:-print_suppressions=0}
fi
