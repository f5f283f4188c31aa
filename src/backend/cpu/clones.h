// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Marks a function that g++ compiles for several x86-64 levels, with its callees inlined; the
/// loader selects the best version for the machine. With other compilers and under sanitizers,
/// which do not support that selection, the function is compiled once. Results on one machine never
/// change.
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#if __GNUC__ >= 12
#define MONETA_CLONES \
  __attribute__((flatten, target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define MONETA_CLONES __attribute__((flatten, target_clones("avx512f", "avx2", "default")))
#endif
#else
#define MONETA_CLONES
#endif
