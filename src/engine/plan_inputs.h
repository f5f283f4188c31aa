// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "backend/device_facts.h"
#include "comm/placement.h"
#include "config/config.h"
#include "data/load_dataset.h"
#include "engine/batch_builder.h"
#include "engine/model_shape.h"
#include "model/forecaster.h"
#include "plan/plan.h"

/// The numbers from which a rank is planned: sizes, memory limits and estimated times. Nothing here
/// allocates device memory. The coins of a RankWork are indices into `sizes`.
namespace moneta::plan_inputs {

/// Memory of the process before its first coin: code, Open MPI, HDF5, and oneDNN's tables.
inline constexpr std::size_t cpu_runtime_bytes = std::size_t{160} << 20;
/// The same with the CUDA context and the code of cuDNN and cuBLAS.
inline constexpr std::size_t gpu_runtime_bytes = std::size_t{1536} << 20;

/// Host memory that one of `ranks_on_node` ranks may use: an equal part of device.memory_fraction
/// of the memory of the machine. Throws Error (device) if the system does not report it.
std::size_t host_limit_bytes(DeviceConfig const& device, std::size_t ranks_on_node);

/// The same for a rank that computes on the CPU, where device.memory_limit_mib takes precedence.
std::size_t cpu_limit_bytes(DeviceConfig const& device, std::size_t ranks_on_node);

/// GPU memory that one of `ranks_on_gpu` ranks may use: an equal part of device.memory_limit_mib,
/// or else of device.memory_fraction of its total memory.
std::size_t gpu_limit_bytes(DeviceConfig const& device, DeviceMemoryUse const& memory,
                            std::size_t ranks_on_gpu);

/// What is taken of that part by libraries, if `memory` was measured with those of `contexts` ranks
/// loaded: each of them bears an equal part of the measured bytes, and its own later_bytes.
std::size_t gpu_fixed_bytes(DeviceMemoryUse const& memory, std::size_t contexts);

/// What one of `ranks_on_gpu` ranks may allocate before a plan exists, while the libraries of the
/// other ranks may or may not be measured: nothing that any rank has taken is counted as free. 0 on
/// a device that computes in host memory.
std::size_t warm_up_limit_bytes(DeviceConfig const& device, DeviceFacts const& facts,
                                std::size_t ranks_on_gpu);

/// Rows and scalers of a rank's coins in device memory.
std::size_t device_row_bytes(std::vector<CoinSizes> const& sizes, RankWork const& work);

/// Rows and samples of a rank's coins in host memory, as they are loaded from shards.
std::size_t host_row_bytes(Config const& config, std::vector<CoinSizes> const& sizes,
                           RankWork const& work);

/// Where the rows of a rank's coins will be: the manifest lists none for dense shards.
RowPlacement row_placement(std::vector<CoinSizes> const& sizes, RankWork const& work);

/// A model of this shape, with its batch builder.
ModelBytes model_bytes(DeviceFacts const& device, ForecasterShape const& shape, RowPlacement rows);

/// The largest micro-batch that every LSTM layer of the model supports on this device.
std::size_t largest_micro_batch(Config const& config, DeviceFacts const& device,
                                Precision precision);

/// The same for the evaluation model. Unlimited on a device that computes
/// in host memory: its library computes indices with 64 bits, and the micro-batch beyond which it
/// is not faster does not matter here.
std::size_t largest_evaluation_batch(Config const& config, DeviceFacts const& device,
                                     Precision precision);

/// Estimated seconds of computation in one update: the multiplications of every layer and the
/// latency of its time steps. The backward pass counts as two forward passes; recomputation is
/// included.
double update_seconds(Config const& config, DeviceFacts const& device, Precision precision,
                      std::size_t micro_batch, Recompute recompute);

/// Estimated seconds that offloading adds to one update. Parameters are copied to the device and
/// back once per epoch; the copies of moments then overlap with computation. Offloaded moments of
/// the optimizer are copied in every update, both ways at the same time.
double copy_seconds(Config const& config, std::vector<CoinSizes> const& sizes, RankWork const& work,
                    std::size_t parameters, MemoryOptions const& memory_options);

}  // namespace moneta::plan_inputs
