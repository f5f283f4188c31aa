// SPDX-License-Identifier: Apache-2.0
// The kernels of backend/cuda/kernels.cu. Element-wise ones call the same functors on the same
// elements; block sums repeat the additions of the kernel in the same order, so that the bits are
// the same.
#include "cuda_model/kernels.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <map>
#include <vector>

#include "backend/functors.h"
#include "backend/row_functors.h"
#include "backend/sequence_functors.h"
#include "backend/weight_layout.h"
#include "cuda_model/memory.h"

namespace cuda_model {
namespace {

/// The arrays that a functor accesses.
using Arrays = std::vector<void const*>;

template <class Element>
Arrays arrays_of(moneta::WindowGatherer<Element> const& f) {
  return {f.rows, f.ends, f.mean, f.inverse_stddev, f.x};
}
template <class Element>
Arrays arrays_of(moneta::Dropper<Element> const& f) {
  return {f.samples, f.in, f.out};
}
template <class Element>
Arrays arrays_of(moneta::RowDropper<Element> const& f) {
  return {f.samples, f.in, f.out};
}
template <class Element, class State>
Arrays arrays_of(moneta::FinalStates<Element, State> const& f) {
  return {f.y, f.states};
}
template <class Element>
Arrays arrays_of(moneta::WeightPacker<Element> const& f) {
  return {f.parameters, f.packed};
}
template <class Element>
Arrays arrays_of(moneta::WeightGradientAdder<Element> const& f) {
  return {f.packed, f.gradients};
}
Arrays arrays_of(moneta::Rectifier const& f) { return {f.x}; }
Arrays arrays_of(moneta::RectifierGradient const& f) { return {f.y, f.dx}; }
template <class Element>
Arrays arrays_of(moneta::SequenceReader<Element> const& f) {
  return {f.y, f.x};
}
template <class Element>
Arrays arrays_of(moneta::SequenceWriter<Element> const& f) {
  return {f.x, f.y};
}
template <class Rows, class States>
Arrays arrays_of(moneta::TimeColumns<Rows, States> const& f) {
  return {f.rows, f.states};
}
Arrays arrays_of(moneta::HeadSplitter const& f) { return {f.rows, f.by_head}; }
Arrays arrays_of(moneta::HeadMerger const& f) { return {f.by_head, f.rows}; }
Arrays arrays_of(moneta::Adder const& f) { return {f.a, f.b, f.sum}; }
Arrays arrays_of(moneta::LayerNormalizer const& f) {
  return {f.x, f.weight, f.bias, f.y, f.moments};
}
Arrays arrays_of(moneta::LayerNormGradient const& f) {
  return {f.x, f.moments, f.weight, f.dy, f.dx};
}
Arrays arrays_of(moneta::SoftmaxRow const& f) { return {f.x}; }
Arrays arrays_of(moneta::SoftmaxGradient const& f) { return {f.p, f.d}; }
Arrays arrays_of(moneta::ColumnSummer const& f) { return {f.values, f.sums}; }
Arrays arrays_of(moneta::NormWeightSummer const& f) { return {f.x, f.moments, f.dy, f.sums}; }
Arrays arrays_of(moneta::RowRepeater const& f) { return {f.b, f.y}; }
Arrays arrays_of(moneta::LossTerm const& f) { return {f.prediction, f.target, f.d_prediction}; }
Arrays arrays_of(moneta::AdamwUpdater const& f) { return {f.params, f.m, f.v, f.gradients}; }

/// Kernels get device memory only: that they leave it is noticed when they run, but not that they
/// use host memory.
void require_device_arrays(char const* kernel, Arrays const& arrays) {
  for (void const* const array : arrays) require_device_memory(kernel, "an array", array, 1);
}

template <class T>
T argument(Launch const& launch, std::size_t index) {
  return *static_cast<T const*>(launch.arguments[index]);
}

void require_flat_blocks(char const* kernel, Launch const& launch) {
  if (launch.block_height != 1) {
    misuse(kernel, fmt::format("blocks of {} x {} threads, but it uses one axis",
                               launch.block_width, launch.block_height));
  }
}

/// for_each_kernel: thread i of the grid calls f(i) if i < count. Blocks run in the order of their
/// number or in the opposite one.
template <class F>
Operation launch_elements(Launch const& launch) {
  auto const count = argument<std::size_t>(launch, 0);
  auto const f = argument<F>(launch, 1);
  require_device_arrays("for_each_kernel", arrays_of(f));
  std::size_t const blocks = launch.blocks, threads = launch.block_width;
  require_flat_blocks("for_each_kernel", launch);
  if (blocks * threads < count || (blocks - 1) * threads >= count) {
    misuse("for_each_kernel",
           fmt::format("{} blocks of {} threads for {} elements", blocks, threads, count));
  }
  bool const is_reversed = random_number() % 2 != 0;
  return [=] {
    for (std::size_t each = 0; each < blocks; ++each) {
      std::size_t const block = is_reversed ? blocks - 1 - each : each;
      std::size_t const end = std::min((block + 1) * threads, count);
      for (std::size_t i = block * threads; i < end; ++i) f(i);
    }
  };
}

/// for_each_row_kernel: thread (x, y) of block b calls f.row(b * height + y)(column) for the
/// columns x, x + width, ... Rows run in the order of their number or in the opposite one.
template <class F>
Operation launch_rows(Launch const& launch) {
  auto const rows = argument<std::uint32_t>(launch, 0);
  auto const columns = argument<std::uint32_t>(launch, 1);
  auto const f = argument<F>(launch, 2);
  require_device_arrays("for_each_row_kernel", arrays_of(f));
  std::uint32_t const blocks = launch.blocks, height = launch.block_height;
  if (std::uint64_t{blocks} * height < rows || std::uint64_t{blocks - 1} * height >= rows) {
    misuse("for_each_row_kernel",
           fmt::format("{} blocks of {} rows for {} rows", blocks, height, rows));
  }
  bool const is_reversed = random_number() % 2 != 0;
  return [=] {
    for (std::uint32_t each = 0; each < rows; ++each) {
      auto const row = f.row(is_reversed ? rows - 1 - each : each);
      for (std::uint32_t column = 0; column < columns; ++column) row(column);
    }
  };
}

/// The lanes of a warp: sums and maxima are those that the kernel computes with shuffles.
struct Warp {
  static constexpr std::size_t width = 32;
  using Values = std::array<float, width>;

  template <class F>
  void each(std::size_t n, F const& f) const {
    for (std::size_t i = 0; i < n; ++i) f(i);
  }
  template <class F>
  float sum(std::size_t n, F const& f) const {
    Values values{};
    for (std::size_t i = 0; i < n; ++i) values[i % width] += f(i);
    return combined(values, [](float a, float b) { return a + b; });
  }
  template <class F>
  float largest(std::size_t n, F const& f) const {
    Values values;
    values.fill(f(0));
    for (std::size_t i = 0; i < n; ++i) values[i % width] = std::fmax(values[i % width], f(i));
    return combined(values, [](float a, float b) { return std::fmax(a, b); });
  }

 private:
  /// Of lane 0; both operations are commutative, so all lanes have the same.
  template <class Combine>
  static float combined(Values values, Combine const& combine) {
    for (std::size_t other = width / 2; other > 0; other /= 2) {
      Values const before = values;
      for (std::size_t lane = 0; lane < width; ++lane) {
        values[lane] = combine(before[lane], before[lane ^ other]);
      }
    }
    return values[0];
  }
};

/// for_each_whole_row_kernel: warp y of block b computes row b * height + y. Rows run in the order
/// of their number or in the opposite one.
template <class F>
Operation launch_whole_rows(Launch const& launch) {
  constexpr char const* kernel = "for_each_whole_row_kernel";
  auto const rows = argument<std::size_t>(launch, 0);
  auto const f = argument<F>(launch, 1);
  require_device_arrays(kernel, arrays_of(f));
  std::size_t const blocks = launch.blocks, height = launch.block_height;
  if (launch.block_width != Warp::width) {
    misuse(kernel,
           fmt::format("rows of {} threads, but lanes are those of a warp", launch.block_width));
  }
  if (blocks * height < rows || (blocks - 1) * height >= rows) {
    misuse(kernel, fmt::format("{} blocks of {} rows for {} rows", blocks, height, rows));
  }
  bool const is_reversed = random_number() % 2 != 0;
  return [=] {
    for (std::size_t each = 0; each < rows; ++each) {
      f(is_reversed ? rows - 1 - each : each, Warp{});
    }
  };
}

/// The threads of a block of the kernels that sum.
constexpr std::size_t sum_threads = 256;
using BlockSums = std::array<double, sum_threads>;

void require_sum_block(char const* kernel, Launch const& launch) {
  require_flat_blocks(kernel, launch);
  if (launch.block_width != sum_threads) {
    misuse(kernel, fmt::format("blocks of {} threads, but its shared array has {} elements",
                               launch.block_width, sum_threads));
  }
}

/// block_sum: the upper half of the values is added to the lower half until one is left.
double block_sum(BlockSums& sums) {
  for (std::size_t half = sum_threads / 2; half > 0; half /= 2) {
    for (std::size_t thread = 0; thread < half; ++thread) sums[thread] += sums[thread + half];
  }
  return sums[0];
}

Operation launch_sum_of_squares(Launch const& launch) {
  auto* const values = argument<float const*>(launch, 0);
  auto const count = argument<std::size_t>(launch, 1);
  auto* const partial = argument<double*>(launch, 2);
  std::size_t const blocks = launch.blocks;
  constexpr char const* kernel = "sum_of_squares_kernel";
  require_sum_block(kernel, launch);
  require_device_memory(kernel, "the values", values, count * sizeof(float), sizeof(float));
  require_device_memory(kernel, "the sums", partial, blocks * sizeof(double), sizeof(double));
  return [=] {
    for (std::size_t block = 0; block < blocks; ++block) {
      BlockSums sums{};
      for (std::size_t thread = 0; thread < sum_threads; ++thread) {
        for (std::size_t i = block * sum_threads + thread; i < count; i += blocks * sum_threads) {
          sums[thread] += double{values[i]} * double{values[i]};
        }
      }
      partial[block] = block_sum(sums);
    }
  };
}

Operation launch_add_loss(Launch const& launch) {
  auto const term = argument<moneta::LossTerm>(launch, 0);
  auto* const total = argument<double*>(launch, 1);
  constexpr char const* kernel = "add_loss_kernel";
  require_sum_block(kernel, launch);
  if (launch.blocks != 1) misuse(kernel, fmt::format("{} blocks add to one sum", launch.blocks));
  require_device_arrays(kernel, {term.prediction, term.target});
  require_device_memory(kernel, "the sum", total, sizeof(double), sizeof(double));
  return [=] {
    BlockSums sums{};
    for (std::size_t thread = 0; thread < sum_threads; ++thread) {
      for (std::size_t n = thread; n < term.valid_count; n += sum_threads) {
        sums[thread] += term.value(n);
      }
    }
    *total += block_sum(sums);
  };
}

template <class Summer>
Operation launch_sum_columns(Launch const& launch) {
  auto const sum = argument<Summer>(launch, 0);
  constexpr char const* kernel = "sum_columns_kernel";
  require_sum_block(kernel, launch);
  if (launch.blocks != sum.outputs) {
    misuse(kernel, fmt::format("{} blocks for {} columns", launch.blocks, sum.outputs));
  }
  require_device_arrays(kernel, arrays_of(sum));
  require_device_memory(kernel, "the sums", sum.sums, sum.outputs * sizeof(float), sizeof(float));
  return [=] {
    for (std::size_t column = 0; column < sum.outputs; ++column) {
      BlockSums sums{};
      for (std::size_t thread = 0; thread < sum_threads; ++thread) {
        for (std::size_t n = thread; n < sum.batch; n += sum_threads) {
          sums[thread] += sum.value(n, column);
        }
      }
      sum.add(column, block_sum(sums));
    }
  };
}

/// The kernels of the functors of one element type.
template <class Element>
void add_kernels_of(std::map<std::string, Kernel>& kernels, std::string const& element) {
  using namespace moneta;
  auto const add = [&](char const* functor, Kernel kernel) {
    kernels[fmt::format("{}<{}>", functor, element)] = kernel;
  };
  add("WindowGatherer", launch_elements<WindowGatherer<Element>>);
  add("Dropper", launch_elements<Dropper<Element>>);
  add("RowDropper", launch_rows<RowDropper<Element>>);
  add("StateGatherer", launch_elements<StateGatherer<Element>>);
  add("StateScatterer", launch_elements<StateScatterer<Element>>);
  add("SequenceReader", launch_elements<SequenceReader<Element>>);
  add("SequenceWriter", launch_elements<SequenceWriter<Element>>);
  add("WeightPacker", launch_rows<WeightPacker<Element>>);
  add("WeightGradientAdder", launch_rows<WeightGradientAdder<Element>>);
}

std::map<std::string, Kernel> all_kernels() {
  using namespace moneta;
  std::map<std::string, Kernel> kernels{
      {"Rectifier", launch_elements<Rectifier>},
      {"RectifierGradient", launch_elements<RectifierGradient>},
      {"RowRepeater", launch_elements<RowRepeater>},
      {"LossTerm", launch_elements<LossTerm>},
      {"AdamwUpdater", launch_elements<AdamwUpdater>},
      {"HeadSplitter", launch_elements<HeadSplitter>},
      {"HeadMerger", launch_elements<HeadMerger>},
      {"Adder", launch_elements<Adder>},
      {"TimeMean", launch_elements<TimeMean>},
      {"TimeMeanGradient", launch_elements<TimeMeanGradient>},
      {"LayerNormalizer", launch_whole_rows<LayerNormalizer>},
      {"LayerNormGradient", launch_whole_rows<LayerNormGradient>},
      {"SoftmaxRow", launch_whole_rows<SoftmaxRow>},
      {"SoftmaxGradient", launch_whole_rows<SoftmaxGradient>},
      {"ColumnSummer", launch_sum_columns<ColumnSummer>},
      {"NormWeightSummer", launch_sum_columns<NormWeightSummer>},
      {"sum_of_squares_kernel", launch_sum_of_squares},
      {"add_loss_kernel", launch_add_loss},
  };
  add_kernels_of<float>(kernels, "float");
  add_kernels_of<Bf16>(kernels, "Bf16");
  add_kernels_of<F16>(kernels, "F16");
  return kernels;
}

std::map<std::string, Kernel> const& kernels() {
  static auto const* const all = new std::map<std::string, Kernel>(all_kernels());
  return *all;
}

void remove_all(std::string& text, std::string const& part) {
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part)) {
    text.erase(at, part.size());
  }
}

}  // namespace

std::string short_name(std::string const& signature) {
  std::string text = signature;
  remove_all(text, "moneta::");
  remove_all(text, "cuda::");
  remove_all(text, "(anonymous namespace)::");
  for (std::string const pattern :
       {"void for_each_kernel<", "void for_each_row_kernel<", "void for_each_whole_row_kernel<",
        "void sum_columns_kernel<"}) {
    if (!text.starts_with(pattern)) continue;
    text = text.substr(pattern.size(), text.find(">(") - pattern.size());
    while (text.ends_with(' ')) text.pop_back();
    return text;
  }
  return text.substr(0, text.find('('));
}

Kernel find_kernel(std::string const& signature) {
  auto const found = kernels().find(short_name(signature));
  return found == kernels().end() ? nullptr : found->second;
}

}  // namespace cuda_model
