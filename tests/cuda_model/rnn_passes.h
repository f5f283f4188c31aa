// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cudnn.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "cuda_model/cudnn_lstm.h"

namespace cuda_model {

/// An array and what it contained.
struct ArrayDigest {
  std::string what;
  void const* data = nullptr;
  std::size_t bytes = 0;
  std::uint64_t digest = 0;
};

/// What cudnnRNNForward left for the backward pass in a reserve space: the calls that follow must
/// get the same layer, and arrays with the same contents. Only operations use these functions.
struct RnnPass {
  enum class Stage { forward, data, weights };
  Stage stage = Stage::forward;
  LstmSpec spec;
  cudnnRNNAlgo_t algorithm{};
  std::vector<ArrayDigest> arrays;
};

/// Begins a pass in the reserve space; what that held before is lost.
void begin_pass(void const* reserve, RnnPass pass);
/// The pass in the reserve space. Misuse unless it is of this layer and has this stage.
RnnPass& require_pass(char const* call, void const* reserve, RnnPass::Stage stage,
                      LstmSpec const& spec, cudnnRNNAlgo_t algorithm);
/// Remembers what an array contains, or that it is absent (null).
void note_array(RnnPass& pass, char const* what, void const* data, std::size_t bytes);
/// Misuse unless the array contains what it did when it was noted. Its address may be another one.
void require_array(char const* call, RnnPass const& pass, char const* what, void const* data);

}  // namespace cuda_model
