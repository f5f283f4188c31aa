// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace moneta {

/// What TensorBoard draws as one point of the curve `first`.
using Scalars = std::vector<std::pair<std::string, double>>;

/// Records of a TensorBoard event file: an `Event` message of TensorFlow's protocol, encoded here,
/// in the frame of a TFRecord file. `time_s`: seconds since 1970-01-01 UTC.

/// The first record of every file.
std::string version_record(double time_s);

/// Tells TensorBoard that the run goes on from `step`: what earlier files and records hold of this
/// step and later ones is no longer shown.
std::string restart_record(double time_s, std::int64_t step);

/// Points at `step`. What is not finite as a float is left out: TensorBoard cannot draw it.
std::string scalars_record(double time_s, std::int64_t step, Scalars const& scalars);

}  // namespace moneta
