// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Before a function: g++ compiles it for several x86-64 levels and the loader takes the best one
/// the machine has; what it calls is inlined. Elsewhere, and under sanitizers (which do not get
/// along with the loader's choice), it is compiled once. The numbers of one machine never change.
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
