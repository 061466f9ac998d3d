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
  add_executable(${name}_test ${test_SOURCES})
  target_link_libraries(${name}_test PRIVATE septet_options ${test_USES} GTest::gmock GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name}_test)
  set_tests_properties(${name} PROPERTIES TIMEOUT ${test_TIMEOUT} LABELS "unit;${test_LABELS}")
endfunction()

function(septet_fuzz name)
  if(NOT SEPTET_FUZZ)
    return()
  endif()
  cmake_parse_arguments(fuzz "" "SOURCE" "USES" ${ARGN})
  add_executable(${name}_fuzz ${fuzz_SOURCE})
  target_compile_options(${name}_fuzz PRIVATE -fsanitize=fuzzer)
  target_link_options(${name}_fuzz PRIVATE -fsanitize=fuzzer)
  target_link_libraries(${name}_fuzz PRIVATE septet_options ${fuzz_USES})
endfunction()

# The Python of tests: the virtual environment that `make test` makes, else any.
if(NOT SEPTET_PYTHON)
  set(SEPTET_PYTHON ${PROJECT_SOURCE_DIR}/.venv/bin/python3)
  if(NOT EXISTS ${SEPTET_PYTHON})
    find_program(SEPTET_ANY_PYTHON python3 REQUIRED)
    set(SEPTET_PYTHON ${SEPTET_ANY_PYTHON})
  endif()
endif()

# septet_python_test(<name> FILES … [TIMEOUT seconds] [LABELS …]): one ctest entry that runs pytest.
# It finds the program under test in SEPTET_PROGRAM and the build folder in SEPTET_BUILD.
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
    ENVIRONMENT "SEPTET_PROGRAM=$<TARGET_FILE:septet>;SEPTET_BUILD=${PROJECT_BINARY_DIR}")
endfunction()

# septet_check(<name> <unittest module or class>): one ctest entry with a check of the repository.
function(septet_check name unit)
  add_test(NAME ${name}
    COMMAND ${SEPTET_PYTHON} -B -m unittest -q ${unit}
    WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES
    TIMEOUT 120
    LABELS "check"
    ENVIRONMENT "SEPTET_PROGRAM=$<TARGET_FILE:septet>")
endfunction()
