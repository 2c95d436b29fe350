# SPDX-License-Identifier: MIT
# Checks of the sources themselves: layout, format, Lua lint.
function(sip_check name)
  add_test(NAME check.${name} COMMAND ${ARGN}
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(check.${name} PROPERTIES LABELS check TIMEOUT 120)
endfunction()

set(layering ${LUA_PROGRAM} spec/layering/main.lua)
sip_check(layering ${layering})
sip_check(layering.planted ${layering} --self-test)

find_program(CLANG_FORMAT_PROGRAM clang-format)
if(CLANG_FORMAT_PROGRAM)
  sip_check(format scripts/check-format)
endif()

find_program(LUACHECK_PROGRAM luacheck)
if(LUACHECK_PROGRAM)
  sip_check(luacheck ${LUACHECK_PROGRAM} --quiet --codes --no-color
    lua scenarios spec)
endif()
