# SPDX-License-Identifier: Apache-2.0
# Compiler settings of every target, and how a stage is declared.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()

add_library(septet_options INTERFACE)
set_target_properties(septet_options PROPERTIES EXPORT_NAME options)
target_compile_features(septet_options INTERFACE cxx_std_20)
# False alarms left out: clang sees libstdc++ 12's own stable_sort use what it deprecates; g++ 12
# at -O3 sees an overlap in "a" + std::string (GCC bug 105651) and an unset std::optional read.
target_compile_options(septet_options INTERFACE
  $<BUILD_INTERFACE:$<$<COMPILE_LANGUAGE:CXX>:-Wall;-Wextra;-Wpedantic;-Wconversion;-Wshadow>>
  $<BUILD_INTERFACE:$<$<COMPILE_LANG_AND_ID:CXX,Clang>:-Wno-deprecated-declarations;-Wno-sign-conversion>>
  $<BUILD_INTERFACE:$<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-restrict;-Wno-maybe-uninitialized>>)
# Errors only where they were seen to be none: another compiler may warn of more. What clang has to
# say is an error of clang-tidy's.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION MATCHES "^12[.]")
  target_compile_options(septet_options INTERFACE
    $<BUILD_INTERFACE:$<$<COMPILE_LANGUAGE:CXX>:-Werror>>)
endif()
target_include_directories(septet_options INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src>
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
if(SEPTET_SANITIZE)
  target_compile_options(septet_options INTERFACE
    -fsanitize=${SEPTET_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  # Functions of libraries that are loaded at run time are called by our own declarations of them.
  target_compile_options(septet_options INTERFACE
    $<$<COMPILE_LANG_AND_ID:CXX,Clang>:-fno-sanitize=function>)
  target_link_options(septet_options INTERFACE -fsanitize=${SEPTET_SANITIZE})
endif()
if(SEPTET_FUZZ)
  # Everywhere, or libFuzzer sees the targets themselves alone and no branch of what they call.
  target_compile_options(septet_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# septet_stage(<folder> SOURCES … USES <septet targets and libraries>…)
# One static library septet::<folder>.
function(septet_stage name)
  cmake_parse_arguments(stage "" "" "SOURCES;USES;PRIVATE" ${ARGN})
  add_library(septet_${name} STATIC ${stage_SOURCES})
  add_library(septet::${name} ALIAS septet_${name})
  set_target_properties(septet_${name} PROPERTIES EXPORT_NAME ${name})
  target_link_libraries(septet_${name} PUBLIC septet_options ${stage_USES} PRIVATE ${stage_PRIVATE})
endfunction()

# septet_stands_alone(<target>): it takes only libc and the loader from the system, so that it runs
# on another distribution than the one it was built on.
function(septet_stands_alone target)
  if(NOT SEPTET_SANITIZE)
    target_sources(${target} PRIVATE ${PROJECT_SOURCE_DIR}/src/base/older_glibc.cpp)
    target_link_options(${target} PRIVATE -static-libstdc++ -static-libgcc)
  endif()
endfunction()
