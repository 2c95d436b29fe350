# SPDX-License-Identifier: MIT
# One ctest for each spec file, named after its path: spec/a/b_spec.lua is
# spec.a.b. Specs with real peers own the machine while they run: their
# figures mean nothing on a busy one.
file(GLOB_RECURSE spec_files CONFIGURE_DEPENDS
  RELATIVE ${CMAKE_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR}/*_spec.lua)
foreach(file ${spec_files})
  string(REGEX REPLACE "_spec\\.lua$" "" name ${file})
  string(REPLACE "/" "." name ${name})
  add_test(NAME ${name}
    COMMAND ${CMAKE_SOURCE_DIR}/scripts/busted -o plainTerminal ${file}
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS busted TIMEOUT 120
    ENVIRONMENT "SIPWRIGHT_BUILD=${CMAKE_BINARY_DIR}")
  if(file MATCHES "^spec/peers/")
    set_tests_properties(${name} PROPERTIES LABELS "busted;peers"
      RUN_SERIAL ON TIMEOUT 300)
  endif()
endforeach()

# The whole Lua face once more, with a full collection at each entry into a
# binding. A few files at a time: what a process has loaded makes each of its
# collections longer.
set(face_files ${spec_files})
list(FILTER face_files INCLUDE REGEX "^spec/((regress|sipjs)/)?[^/]+_spec\\.lua$")
list(LENGTH face_files count)
math(EXPR last "${count} - 1")
foreach(first RANGE 0 ${last} 12)
  list(SUBLIST face_files ${first} 12 some)
  math(EXPR number "${first} / 12 + 1")
  set(name spec.under_gc_stress.${number})
  add_test(NAME ${name}
    COMMAND ${CMAKE_SOURCE_DIR}/scripts/busted -o plainTerminal ${some}
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS busted TIMEOUT 120
    ENVIRONMENT "SIPWRIGHT_BUILD=${CMAKE_BINARY_DIR};SIPWRIGHT_GC_STRESS=1")
endforeach()
