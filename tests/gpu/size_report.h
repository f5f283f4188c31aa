// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../bench/training_bench.h"
#include "base/json.h"

namespace moneta {

/// The sizes that the library of a device reports for the LSTM layers of a setting, next to those
/// of AnalyticGpu, from which runs on absent GPUs are planned: for the first layer and one above
/// it, in training and evaluation, for several batches. Allocates nothing.
Json size_report(Backend const& backend, BenchSetting const& setting);

}  // namespace moneta
