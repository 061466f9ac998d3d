# SPDX-License-Identifier: Apache-2.0
# septet_test(<stage> SOURCES … [USES …]): one GoogleTest program <stage>_test. It runs whole, as one
# ctest entry with a time limit; LABELS and TIMEOUT (seconds) can be given.
# septet_fuzz(<name> SOURCE … USES …): one libFuzzer program, only with SEPTET_FUZZ.

if(SEPTET_TESTS)
  find_package(GTest REQUIRED)
  include(GoogleTest)
  enable_testing()
endif()

function(septet_test name)
  if(NOT SEPTET_TESTS)
    return()
  endif()
  cmake_parse_arguments(test "" "TIMEOUT" "SOURCES;USES;LABELS" ${ARGN})
  if(NOT test_TIMEOUT)
    set(test_TIMEOUT 60)
  endif()
  # Sanitizers slow down some programs twentyfold; on a busy machine more.
  if(SEPTET_SANITIZE)
    math(EXPR test_TIMEOUT "5 * ${test_TIMEOUT}")
  endif()
  add_executable(${name}_test ${test_SOURCES})
  target_link_libraries(${name}_test PRIVATE septet_options ${test_USES} GTest::gmock GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name}_test)
  set_tests_properties(${name} PROPERTIES TIMEOUT ${test_TIMEOUT} LABELS "unit;${test_LABELS}")
endfunction()

if(SEPTET_FUZZ)
  add_custom_target(fuzz_targets)
endif()

function(septet_fuzz name)
  if(NOT SEPTET_FUZZ)
    return()
  endif()
  cmake_parse_arguments(fuzz "" "SOURCE" "USES" ${ARGN})
  add_executable(${name}_fuzz ${fuzz_SOURCE})
  target_compile_options(${name}_fuzz PRIVATE -fsanitize=fuzzer)
  target_link_options(${name}_fuzz PRIVATE -fsanitize=fuzzer)
  target_link_libraries(${name}_fuzz PRIVATE septet_options ${fuzz_USES})
  add_dependencies(fuzz_targets ${name}_fuzz)
endfunction()

# The Python of tests: by default that of the virtual environment, which the test named
# virtual_environment makes first; that one does nothing when it is there and up to date.
if(SEPTET_TESTS AND NOT SEPTET_PYTHON)
  set(SEPTET_PYTHON ${PROJECT_SOURCE_DIR}/.venv/bin/python3)
  add_test(NAME virtual_environment COMMAND make -C ${PROJECT_SOURCE_DIR} .venv/.tests)
  set_tests_properties(virtual_environment PROPERTIES
    TIMEOUT 600 LABELS python FIXTURES_SETUP virtual_environment)
endif()

# septet_python_test(<name> FILES … [TIMEOUT seconds] [LABELS …]): one ctest entry that runs pytest.
# It finds the program under test in SEPTET_PROGRAM and the build folder in SEPTET_BUILD; the Python
# package, where it is built, by PYTHONPATH.
function(septet_python_test name)
  cmake_parse_arguments(test "" "TIMEOUT" "FILES;LABELS" ${ARGN})
  if(NOT test_TIMEOUT)
    set(test_TIMEOUT 60)
  endif()
  list(TRANSFORM test_FILES PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
  add_test(NAME ${name}
    COMMAND ${SEPTET_PYTHON} -m pytest -q -p no:cacheprovider ${test_FILES})
  set_tests_properties(${name} PROPERTIES
    TIMEOUT ${test_TIMEOUT}
    LABELS "python;${test_LABELS}"
    FIXTURES_REQUIRED virtual_environment
    ENVIRONMENT "SEPTET_PROGRAM=$<TARGET_FILE:septet>;SEPTET_BUILD=${PROJECT_BINARY_DIR};SEPTET_SANITIZE=${SEPTET_SANITIZE};PYTHONPATH=${PROJECT_BINARY_DIR}/python")
endfunction()

# septet_check(<name> <unittest module or class>): one ctest entry with a check of the repository.
# Any Python will do.
function(septet_check name unit)
  add_test(NAME ${name}
    COMMAND python3 -B -m unittest -q ${unit}
    WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES
    TIMEOUT 120
    LABELS "check"
    ENVIRONMENT "SEPTET_PROGRAM=$<TARGET_FILE:septet>")
endfunction()
