# SPDX-License-Identifier: MIT
foreach(unit arrival load failures)
  sip_unit(${unit} LINK sip_load)
endforeach()
