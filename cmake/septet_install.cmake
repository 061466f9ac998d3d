# SPDX-License-Identifier: Apache-2.0
# What `make install` puts where: the program, its man pages and completions, the headers, and the
# stages as a CMake package: find_package(septet), then link septet::launch or an earlier stage.

include(CMakePackageConfigHelpers)

# Written by the program itself, once it is built.
set(documents ${PROJECT_BINARY_DIR}/share)
add_custom_command(
  OUTPUT ${documents}/written
  COMMAND ${CMAKE_COMMAND} -E make_directory ${documents}/man
  COMMAND septet man --folder ${documents}/man
  COMMAND septet completion bash > ${documents}/septet.bash
  COMMAND septet completion zsh > ${documents}/septet.zsh
  COMMAND septet completion fish > ${documents}/septet.fish
  COMMAND ${CMAKE_COMMAND} -E touch ${documents}/written
  DEPENDS septet
  COMMENT "Writing man pages and completions"
  VERBATIM)
add_custom_target(septet_documents ALL DEPENDS ${documents}/written)

install(TARGETS septet RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY ${documents}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${documents}/septet.bash RENAME septet
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${documents}/septet.zsh RENAME _septet
  DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES ${documents}/septet.fish
  DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/septet)
install(DIRECTORY include/septet DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(
  TARGETS septet_options septet_no_udev septet_base septet_discover septet_choose septet_lease
    septet_launch septet_communicate
  EXPORT septet-targets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}/septet)
install(EXPORT septet-targets NAMESPACE septet:: DESTINATION ${package})
configure_package_config_file(cmake/septet-config.cmake.in septet-config.cmake
  INSTALL_DESTINATION ${package})
write_basic_package_version_file(septet-config-version.cmake COMPATIBILITY SameMinorVersion)
install(
  FILES
    ${PROJECT_BINARY_DIR}/septet-config.cmake
    ${PROJECT_BINARY_DIR}/septet-config-version.cmake
    cmake/FindHwlocStatic.cmake
  DESTINATION ${package})
