// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace cuda_model {

/// A rank of an NCCL communicator among the others, which are processes or threads of this machine.
///
/// The ranks share a memory file without a name (memfd), which they open through /proc of the
/// process that created it. It is gone with its last user, however the processes end. Each rank
/// holds a lock on one byte of the file, which the kernel releases when the process dies; that is
/// how the others notice. No function waits except `wait_for_others`.
///
/// All-reduces are numbered from 1 in the order in which they are launched. Each rank first gives
/// its values and then takes the sum, both from within operations of a stream.
class NcclTeam {
 public:
  static constexpr int max_size = 64;
  static constexpr std::size_t max_count = std::size_t{1} << 30;  ///< floats of one all-reduce
  using Id = std::array<char, 128>;

  /// Creates the memory of a team. It stays open in this process until all ranks have joined.
  /// Throws std::system_error.
  static Id create();

  /// Joins as `rank` of `size` with a device of this process. Throws std::system_error if the
  /// process that created the team has ended; std::invalid_argument if `id` is not from `create`.
  NcclTeam(Id const& id, int size, int rank, int device);
  NcclTeam(NcclTeam const&) = delete;
  NcclTeam& operator=(NcclTeam const&) = delete;
  ~NcclTeam();

  int size() const { return size_; }
  int rank() const { return rank_; }

  /// Tells the others that this rank gives no more values. The destructor does it too.
  void leave();

  /// Whether all ranks have joined.
  bool is_complete() const;

  /// Two ranks that use the same device, once the team is complete.
  std::optional<std::pair<int, int>> ranks_on_one_device() const;

  /// A rank whose process has ended, or which left before it gave the values of all-reduce
  /// `number`.
  std::optional<int> lost_rank(std::uint64_t number) const;

  /// Whether the values of the all-reduce before `number` are no longer needed by any rank.
  bool can_give(std::uint64_t number) const;
  void give(std::uint64_t number, float const* values, std::size_t count);

  /// Whether all ranks have given their values of all-reduce `number`.
  bool have_all_given(std::uint64_t number) const;

  /// Writes the sum in the order of the ranks: all ranks receive the same bits. Misuse if the ranks
  /// gave different numbers of values.
  void take_sum(std::uint64_t number, float* sum, std::size_t count);

 private:
  struct Memory;
  float* values_of(int rank) const;

  int size_, rank_, file_;
  Memory* memory_ = nullptr;
};

}  // namespace cuda_model
