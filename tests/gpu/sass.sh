#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Checks the machine code of the dropout kernel in a built program: it accesses groups of eight elements
# with 128-bit loads and stores, and keeps nothing in local memory.
#   tests/gpu/sass.sh PROGRAM [CUOBJDUMP]
# Prints, for each architecture and element type, the instructions of the kernel and its accesses.
set -euo pipefail
program=$1
cuobjdump=${2:-cuobjdump}
"$cuobjdump" -sass "$program" | awk '
  function finish() {
    if (kernel == "") return
    printf "%s %s: %d instructions, %d 128-bit loads, %d 128-bit stores, %d narrower accesses, %d local\n",
           architecture, type, instructions, loads, stores, narrow, local
    ++kernels
    wide = type == "float" ? 2 : 1
    if (loads != wide || stores != wide || narrow > 0 || local > 0) bad = 1
    kernel = ""
  }
  /^[ \t]*code for sm_/ { finish(); architecture = $NF }
  /Function : / {
    finish()
    if ($NF !~ /for_each_row_kernel.*RowDropper/) next
    kernel = $NF
    type = kernel ~ /RowDropperIf/ ? "float" : kernel ~ /Bf16/ ? "bf16" : "fp16"
    instructions = loads = stores = narrow = local = 0
    next
  }
  kernel != "" && /\/\*[0-9a-f][0-9a-f][0-9a-f][0-9a-f]+\*\/.*;/ && !/ NOP/ {
    ++instructions
    if (/ LDG[.0-9A-Z]*\.128/) ++loads
    else if (/ STG[.0-9A-Z]*\.128/) ++stores
    else if (/ (LDG|STG)[. ]/ && !/ LDG[.0-9A-Z]*\.64/) ++narrow  # 64 bits: the key of the sample
    if (/ (LDL|STL)[. ]/) ++local
  }
  END {
    finish()
    if (kernels == 0 || kernels % 3 != 0) { print "FAILED: " kernels + 0 " dropout kernels were found"; exit 1 }
    if (bad) { print "FAILED: a dropout kernel has other accesses than 128-bit ones"; exit 1 }
  }'
