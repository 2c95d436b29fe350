# SPDX-License-Identifier: MIT
# One interface target carries the warnings and the instrumentation.
add_library(sip_flags INTERFACE)
target_compile_definitions(sip_flags INTERFACE _GNU_SOURCE)
target_compile_options(sip_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes
  -Wmissing-prototypes -Wvla -Wswitch-enum -Wno-switch-default
  -fno-common)
if(SIP_WERROR)
  target_compile_options(sip_flags INTERFACE -Werror)
endif()
if(SIP_SANITIZE)
  target_compile_options(sip_flags INTERFACE
    -fsanitize=address,undefined -fno-sanitize-recover=undefined
    -fno-omit-frame-pointer)
  target_link_options(sip_flags INTERFACE -fsanitize=address,undefined)
endif()
if(SIP_COVERAGE)
  target_compile_options(sip_flags INTERFACE --coverage)
  target_link_options(sip_flags INTERFACE --coverage)
endif()
if(SIP_LTO)
  include(CheckIPOSupported)
  check_ipo_supported(RESULT sip_lto_works LANGUAGES C)
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ${sip_lto_works})
endif()
