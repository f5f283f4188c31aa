// SPDX-License-Identifier: Apache-2.0
#include "cuda_model/rnn_passes.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "cuda_model/model.h"

namespace cuda_model {
namespace {

std::map<void const*, RnnPass>& passes() {
  static auto* const by_reserve = new std::map<void const*, RnnPass>;  // outlives every stream
  return *by_reserve;
}

char const* previous_call(RnnPass::Stage stage) {
  return stage == RnnPass::Stage::forward ? "cudnnRNNForward"
         : stage == RnnPass::Stage::data  ? "cudnnRNNBackwardData_v8"
                                          : "cudnnRNNBackwardWeights_v8";
}

std::vector<ArrayDigest>::iterator find(std::vector<ArrayDigest>& arrays, char const* what) {
  return std::find_if(arrays.begin(), arrays.end(),
                      [&](ArrayDigest const& each) { return each.what == what; });
}

}  // namespace

void begin_pass(void const* reserve, RnnPass pass) { passes()[reserve] = std::move(pass); }

RnnPass& require_pass(char const* call, void const* reserve, RnnPass::Stage stage,
                      LstmSpec const& spec, cudnnRNNAlgo_t algorithm) {
  auto const pass = passes().find(reserve);
  if (pass == passes().end())
    misuse(call, "no cudnnRNNForward for training has used its reserve space");
  if (pass->second.stage != stage) {
    misuse(call, fmt::format("it must follow {}, but the latest call with its reserve space was {}",
                             previous_call(stage), previous_call(pass->second.stage)));
  }
  if (pass->second.spec != spec || pass->second.algorithm != algorithm)
    misuse(call, "its layer is another one than that of the cudnnRNNForward before it");
  return pass->second;
}

void note_array(RnnPass& pass, char const* what, void const* data, std::size_t bytes) {
  std::size_t const present = data == nullptr ? 0 : bytes;
  ArrayDigest const noted{what, data, present, digest(data, present)};
  auto const known = find(pass.arrays, what);
  if (known == pass.arrays.end()) {
    pass.arrays.push_back(noted);
  } else {
    *known = noted;
  }
}

void require_array(char const* call, RnnPass const& pass, char const* what, void const* data) {
  auto arrays = pass.arrays;
  auto const noted = find(arrays, what);
  if (noted == arrays.end())
    misuse(call, fmt::format("{} was no argument of the calls before", what));
  if ((data == nullptr) != (noted->data == nullptr))
    misuse(call,
           fmt::format("{} is null, but was not in the call before it, or the reverse", what));
  if (digest(data, noted->bytes) != noted->digest)
    misuse(call, fmt::format("{} at {} is not what it was after the call before it", what, data));
}

}  // namespace cuda_model
