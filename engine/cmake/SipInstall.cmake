# SPDX-License-Identifier: MIT
# Where a distribution expects things. GNUInstallDirs knows Debian's library
# folders, so the C module lands on Lua's cpath for /usr and /usr/local alike.
set(lua_share ${CMAKE_INSTALL_DATAROOTDIR}/lua/5.4)
set(sip_share ${CMAKE_INSTALL_DATAROOTDIR}/sipwright)

if(TARGET sipwright)
  install(TARGETS sipwright RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
if(TARGET sipwright_core)
  install(TARGETS sipwright_core
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/lua/5.4/sipwright)
endif()

# The build tree mirrors the installed one: the command finds its Lua modules
# and scenarios beside bin/ in both, and knows no path of the source tree.
function(sip_install_tree source destination)
  if(NOT IS_DIRECTORY ${CMAKE_SOURCE_DIR}/${source})
    return()
  endif()
  install(DIRECTORY ${CMAKE_SOURCE_DIR}/${source}/
    DESTINATION ${destination} FILES_MATCHING PATTERN ${ARGV2})
  get_filename_component(parent ${CMAKE_BINARY_DIR}/${destination} DIRECTORY)
  file(MAKE_DIRECTORY ${parent})
  file(CREATE_LINK ${CMAKE_SOURCE_DIR}/${source}
    ${CMAKE_BINARY_DIR}/${destination} SYMBOLIC)
endfunction()

sip_install_tree(lua/sipwright ${lua_share}/sipwright "*.lua")
sip_install_tree(lua/meta ${sip_share}/meta "*.lua")
sip_install_tree(scenarios ${sip_share}/scenarios "*")
sip_install_tree(docs ${CMAKE_INSTALL_DOCDIR}/docs "*.md")
foreach(page LICENSE README.md CHANGELOG.md)
  if(EXISTS ${CMAKE_SOURCE_DIR}/${page})
    install(FILES ${CMAKE_SOURCE_DIR}/${page}
      DESTINATION ${CMAKE_INSTALL_DOCDIR})
  endif()
endforeach()
