// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace moneta {

/// The points of one step: the tag of each curve and its value.
using Scalars = std::vector<std::pair<std::string, double>>;

/// The functions below return records of a TensorBoard event file: a TensorFlow `Event` message,
/// encoded here, in a TFRecord. `time_s`: seconds since 1970-01-01 UTC.

/// The first record of every file.
std::string version_record(double time_s);

/// Tells TensorBoard that the run resumes at `step`: it then hides the points of this step and
/// later ones in earlier records and files.
std::string restart_record(double time_s, std::int64_t step);

/// Points at `step`. A value that is not finite as a float is left out, because TensorBoard cannot
/// draw it.
std::string scalars_record(double time_s, std::int64_t step, Scalars const& scalars);

}  // namespace moneta
