# SPDX-License-Identifier: MIT
# How a floor, the command, the Lua module and a C unit are declared.

# sip_floor(NAME SOURCES a.c b.c [LINK lower ...]): one module of the engine as
# a static library that sees the headers under engine/ and links lower floors.
function(sip_floor name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_library(sip_${name} STATIC ${ARG_SOURCES})
  target_include_directories(sip_${name} PUBLIC ${CMAKE_SOURCE_DIR}/engine)
  target_link_libraries(sip_${name} PUBLIC ${ARG_LINK} PRIVATE sip_flags)
endfunction()

# sip_program(NAME SOURCES a.c [LINK floor ...]): a command in bin/ that brings
# Lua along and shows Lua's symbols to the modules it loads.
function(sip_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/engine)
  target_compile_definitions(${name} PRIVATE
    SIPWRIGHT_VERSION="${PROJECT_VERSION}")
  target_link_libraries(${name} PRIVATE ${ARG_LINK} sip_lua sip_flags)
  set_target_properties(${name} PROPERTIES ENABLE_EXPORTS ON
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
endfunction()

# sip_lua_module(TARGET NAME a.b SOURCES x.c [LINK floor ...]): what the stock
# interpreter loads on require "a.b". Only luaopen_a_b is visible from outside,
# and Lua's own symbols stay undefined.
function(sip_lua_module target)
  cmake_parse_arguments(ARG "" "NAME" "SOURCES;LINK" ${ARGN})
  string(REPLACE "." "/" path ${ARG_NAME})
  string(REPLACE "." "_" entry ${ARG_NAME})
  get_filename_component(folder ${path} DIRECTORY)
  get_filename_component(file ${path} NAME)
  set(map ${CMAKE_CURRENT_BINARY_DIR}/${target}.map)
  file(CONFIGURE OUTPUT ${map}
    CONTENT "{ global: luaopen_@entry@; local: *; };\n" @ONLY)
  add_library(${target} MODULE ${ARG_SOURCES})
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR}/engine)
  target_link_libraries(${target} PRIVATE ${ARG_LINK} sip_lua_headers
    sip_flags)
  target_link_options(${target} PRIVATE
    LINKER:--undefined=luaopen_${entry} LINKER:--version-script=${map})
  if(SIP_SANITIZE)
    # A leak is reported at exit, when a closed Lua state has already
    # unloaded the module: keep it mapped for the sake of the names.
    target_link_options(${target} PRIVATE LINKER:-z,nodelete)
  endif()
  set_target_properties(${target} PROPERTIES PREFIX "" OUTPUT_NAME ${file}
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lua/${folder}
    LINK_DEPENDS ${map})
endfunction()

# sip_unit(NAME LINK floor ...): spec/engine/NAME_test.c as one ctest.
function(sip_unit name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_executable(${name}_test ${CMAKE_SOURCE_DIR}/spec/engine/${name}_test.c)
  target_link_libraries(${name}_test PRIVATE ${ARG_LINK} sip_flags cmocka)
  add_test(NAME unit.${name} COMMAND ${name}_test)
  set_tests_properties(unit.${name} PROPERTIES LABELS unit TIMEOUT 120
    ENVIRONMENT "UBSAN_OPTIONS=print_stacktrace=1")
endfunction()
