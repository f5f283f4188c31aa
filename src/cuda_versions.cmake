# SPDX-License-Identifier: Apache-2.0
# The versions of CUDA, cuDNN and NCCL that Moneta needs. The top CMakeLists.txt and a test include
# this.
set(MONETA_LEAST_CUDA 12.0)  # the first nvcc that compiles C++20
set(MONETA_LEAST_CUDNN 9.0)  # cudnnGetLastErrorString
set(MONETA_LEAST_NCCL 2.19)

# moneta_header_version(<variable> <header> <prefix>): "9.19", from the macros <prefix>_MAJOR and
# <prefix>_MINOR; empty if the header or one of the macros is missing.
function(moneta_header_version variable header prefix)
  set(${variable} "" PARENT_SCOPE)
  if(NOT EXISTS "${header}")
    return()
  endif()
  foreach(part MAJOR MINOR)
    file(STRINGS "${header}" line LIMIT_COUNT 1
      REGEX "^[ \t]*#[ \t]*define[ \t]+${prefix}_${part}[ \t]+[0-9]+")
    if(NOT line MATCHES "${prefix}_${part}[ \t]+([0-9]+)")
      return()
    endif()
    list(APPEND numbers ${CMAKE_MATCH_1})
  endforeach()
  list(JOIN numbers . version)
  set(${variable} ${version} PARENT_SCOPE)
endfunction()

# moneta_cuda_problem(<variable> [CUDA <version>] [CUDNN <version>] [NCCL <version>]): which of them
# are missing or too old, as a text; empty if none is. A version that is not given is missing.
function(moneta_cuda_problem variable)
  cmake_parse_arguments(PARSE_ARGV 1 found "" "CUDA;CUDNN;NCCL" "")
  foreach(pair CUDA=CUDA CUDNN=cuDNN NCCL=NCCL)
    string(REGEX MATCH "^(.*)=(.*)$" _ ${pair})
    set(key ${CMAKE_MATCH_1})
    set(name ${CMAKE_MATCH_2})
    if(NOT found_${key})
      list(APPEND problems "${name} was not found")
    elseif(found_${key} VERSION_LESS MONETA_LEAST_${key})
      list(APPEND problems "${name} ${found_${key}} is older than ${MONETA_LEAST_${key}}")
    endif()
  endforeach()
  list(JOIN problems ", " text)
  set(${variable} "${text}" PARENT_SCOPE)
endfunction()
