# SPDX-License-Identifier: Apache-2.0
# Set HwlocStatic_DEPENDS to what its open symbols come from.
# hwloc::hwloc, from libhwloc.a: the program is to run where hwloc is not installed.
find_path(HwlocStatic_INCLUDE_DIR hwloc.h)
find_library(HwlocStatic_LIBRARY libhwloc.a)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(HwlocStatic
  REQUIRED_VARS HwlocStatic_LIBRARY HwlocStatic_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "install libhwloc-dev")
mark_as_advanced(HwlocStatic_INCLUDE_DIR HwlocStatic_LIBRARY)
if(HwlocStatic_FOUND AND NOT TARGET hwloc::hwloc)
  add_library(hwloc::hwloc STATIC IMPORTED)
  set_target_properties(hwloc::hwloc PROPERTIES
    IMPORTED_LOCATION ${HwlocStatic_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${HwlocStatic_INCLUDE_DIR}
    INTERFACE_LINK_LIBRARIES "${HwlocStatic_DEPENDS}")
endif()
