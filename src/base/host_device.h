// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Marks a function that a CPU loop and a GPU kernel both run.
#ifdef __CUDACC__
#define MONETA_HD __host__ __device__
#else
#define MONETA_HD
#endif
