// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cuda_model {

/// A place in the program from which a call that orders work is made: the chain of the two nearest
/// return addresses outside the model, so that a helper function counts once per caller
/// (CUDA_MODEL_SITE_DEPTH: of up to four).
struct CallSite {
  std::string call;
  std::size_t number = 0;  ///< from 1, per call, in the order of first use
  std::string key;         ///< 16 hexadecimal digits; the same in every run of a program
  std::vector<std::string> functions;  ///< nearest first
  std::uint64_t calls = 0;
  bool is_omitted = false;
};

/// Counts a call of cudaStreamWaitEvent, cudaEventSynchronize, cudaStreamSynchronize or
/// cudaEventRecord at its site. Returns whether it must do nothing and return success, so that a
/// mutation check sees which tests notice: CUDA_MODEL_OMIT=CALL@SITE[,...], where SITE is a number
/// or a key. Keys suit programs with several threads, in which the order of first use varies.
bool is_omitted(char const* call);

std::vector<CallSite> call_sites();

}  // namespace cuda_model
