// SPDX-License-Identifier: Apache-2.0
#include "io/gzip_inflater.h"

#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <cstdint>
#include <limits>

namespace moneta {
namespace {

char const* defect_of(int status) {
  switch (status) {
    case ISAL_INVALID_BLOCK:
      return "invalid block type";
    case ISAL_INVALID_SYMBOL:
      return "invalid code";
    case ISAL_INVALID_LOOKBACK:
      return "invalid distance too far back";
    case ISAL_INVALID_WRAPPER:
      return "incorrect header";
    case ISAL_UNSUPPORTED_METHOD:
      return "unknown compression method";
    case ISAL_INCORRECT_CHECKSUM:
      return "incorrect data check";
    default:
      return "unreadable";
  }
}

std::uint32_t size_of(std::size_t size) {
  constexpr std::size_t most = std::numeric_limits<std::uint32_t>::max();
  return static_cast<std::uint32_t>(std::min(size, most));
}

#if defined(__x86_64__)
__attribute__((target("avx"))) void zero_upper_halves() { __builtin_ia32_vzeroupper(); }
#endif

/// ISA-L 2.30 computes the checksum with vector instructions and leaves their registers in a state
/// in which all later floating-point code of the thread takes several times as long.
void restore_vector_state() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx")) zero_upper_halves();
#endif
}

}  // namespace

struct GzipInflater::State {
  inflate_state stream;
};

GzipInflater::GzipInflater() : state_(std::make_unique<State>()) {}

GzipInflater::~GzipInflater() = default;

GzipInflater::Progress GzipInflater::inflate(std::span<unsigned char const> from,
                                             std::span<char> to) {
  auto& stream = state_->stream;
  if (between_members_) {
    if (from.empty()) return {};
    padding_ = padding_ || (any_member_ && from[0] == 0);
    if (padding_) {
      auto const end = std::find_if(from.begin(), from.end(), [](auto byte) { return byte != 0; });
      return {static_cast<std::size_t>(end - from.begin()), 0,
              end == from.end() ? nullptr : "other bytes follow the zeros after its end"};
    }
    constexpr unsigned char first_byte = 0x1f;
    if (from[0] != first_byte) return {0, 0, "other bytes follow its end"};
    isal_inflate_init(&stream);
    stream.crc_flag = ISAL_GZIP;
    between_members_ = false;
  }
  Progress progress;
  std::uint32_t const bytes = size_of(from.size()), room = size_of(to.size());
  stream.next_in = const_cast<std::uint8_t*>(from.data());  // it is only read
  stream.avail_in = bytes;
  stream.next_out = reinterpret_cast<std::uint8_t*>(to.data());
  stream.avail_out = room;
  int const status = isal_inflate(&stream);
  restore_vector_state();
  bool const sound =
      status == ISAL_DECOMP_OK || status == ISAL_END_INPUT || status == ISAL_OUT_OVERFLOW;
  if (!sound) progress.defect = defect_of(status);
  progress.taken = bytes - stream.avail_in;
  progress.given = room - stream.avail_out;
  between_members_ = stream.block_state == ISAL_BLOCK_FINISH;
  any_member_ = any_member_ || between_members_;
  return progress;
}

}  // namespace moneta
