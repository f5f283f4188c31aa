// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/json.h"
#include "checkpoint/state.h"
#include "io/safetensors.h"

namespace moneta {

inline constexpr char const* checkpoint_format = "moneta-checkpoint";
/// The version of the format, which changes only if a file that both programs can express changes
/// its meaning. Two fields were added to version 1: files of runs on a GPU have `device`, and files
/// of runs in fp16 have `loss_scaler`. Programs older than these fields reject such a file because
/// of the unknown key. All files have recurrent biases since then (see recurrent_bias.h). Older
/// programs reject them because of the number of tensors; the bytes of all other tensors are the
/// same as before.
inline constexpr char const* checkpoint_version = "1";
/// The metadata key of the version of the program that wrote the file. Files of earlier versions do
/// not have it, and nothing depends on its value.
inline constexpr char const* program_version_key = "moneta_version";

Json progress_json(CoinProgress const& progress);
Json loss_scaler_json(LossScalerState const& state);

/// The metadata of a checkpoint file: all fields of the header except the slices, and the version
/// of this program.
TensorMetadata metadata_of(CoinHeader const& header);

/// The inverse, without the slices. Throws Error (data) whose text begins with `file`.
CoinHeader header_from(TensorMetadata const& metadata, std::string const& file);

}  // namespace moneta
