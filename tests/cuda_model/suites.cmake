# SPDX-License-Identifier: Apache-2.0
# The tests that run programs on the model; included by CMakeLists.txt, which builds it.

# Ranks are processes that the test forks, so it is a program of its own.
moneta_test_program(cuda_model_nccl_tests SOURCES nccl_test.cc
  LIBRARIES cuda_model fmt::fmt GTest::gtest_main)
target_compile_features(cuda_model_nccl_tests PRIVATE cxx_std_20)
add_test(NAME cuda_model.nccl COMMAND cuda_model_nccl_tests --gtest_brief=1)
set_tests_properties(cuda_model.nccl PROPERTIES LABELS cuda_model TIMEOUT 120)

moneta_python_has(found "Tests cuda_model.*" glob json)
if(NOT found)
  return()
endif()
# The longest program first, so that the two at a time end together.
string(JOIN " " programs $<TARGET_FILE:backend_tests> $<TARGET_FILE:train_tests>
  $<TARGET_FILE:optim_tests> $<TARGET_FILE:model_tests> $<TARGET_FILE:engine_tests>)
foreach(suite units train allocations plan)
  add_test(NAME cuda_model.${suite} COMMAND bash ${CMAKE_CURRENT_SOURCE_DIR}/${suite}.sh)
  set_tests_properties(cuda_model.${suite} PROPERTIES LABELS cuda_model TIMEOUT 3600 COST 90
    PROCESSORS 2 ENVIRONMENT
    "LD_LIBRARY_PATH=${moneta_cuda_model_lib};MONETA=$<TARGET_FILE:moneta>;PROGRAMS=${programs};GPU_REPORT=$<TARGET_FILE:gpu_report>;TESTS=${PROJECT_SOURCE_DIR}/tests;PYTHON=${moneta_python};${moneta_mpi_environment}")
endforeach()
set_tests_properties(cuda_model.plan PROPERTIES PROCESSORS 1)
