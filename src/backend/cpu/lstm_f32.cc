// SPDX-License-Identifier: Apache-2.0
#include "backend/cpu/lstm_f32.h"

#include <omp.h>

#include <algorithm>
#include <numeric>

#include "backend/cpu/for_each.h"
#include "backend/cpu/lstm_panels.h"
#include "backend/cpu/memory.h"
#include "backend/lstm_arguments.h"

namespace moneta::cpu {
namespace {

/// Rows [begin, begin + count).
struct Rows {
  std::size_t begin, count;
};

/// Part number `part` of `rows` rows, divided into `parts` nearly equal parts.
Rows slice(std::size_t rows, std::size_t part, std::size_t parts) {
  std::size_t const begin = rows * part / parts;
  return {begin, rows * (part + 1) / parts - begin};
}

/// Into how many parts to divide the work of each direction, which has `most` units, so that all
/// threads get the same number of parts.
std::size_t parts_of(LstmShape const& shape, std::size_t threads, std::size_t most) {
  return std::clamp<std::size_t>(threads / std::gcd(threads, shape.directions), 1, most);
}

/// The workspace of one direction.
struct Workspace {
  float* gates;  ///< [T,N,4H]; `backward` replaces it by d_gates, before the activations
  float* c;      ///< [T,N,H]

  static Workspace take(BumpAllocator& allocator, LstmShape const& shape) {
    std::size_t const values = shape.steps * shape.batch * shape.hidden;
    float* const gates = allocator.take(4 * values);
    return {gates, allocator.take(values)};
  }
};

/// Scratch of one direction.
struct ForwardScratch {
  float* sums;  ///< [N,64]
  float* c;     ///< [N,H], without training

  static ForwardScratch take(BumpAllocator& allocator, LstmShape const& shape) {
    float* const sums = allocator.take(shape.batch * 4 * panel_columns);
    return {sums, shape.training ? nullptr : allocator.take(shape.batch * shape.hidden)};
  }
};

struct BackwardScratch {
  float *dh, *dc;  ///< [N,H]

  static BackwardScratch take(BumpAllocator& allocator, LstmShape const& shape) {
    float* const dh = allocator.take(shape.batch * shape.hidden);
    return {dh, allocator.take(shape.batch * shape.hidden)};
  }
};

/// Scratch of one thread for the gradients of the weights.
struct PackScratch {
  float* gates;      ///< packed_rows of dgates^T
  float* x;          ///< panels of chunk_depth rows of x
  float* recurrent;  ///< the same of y one step before

  static PackScratch take(BumpAllocator& allocator, LstmShape const& shape) {
    std::size_t const panel = panel_columns * chunk_depth;
    float* const gates = allocator.take(packed_rows * chunk_depth);
    float* const x = allocator.take(panel_count(shape.weight_inputs) * panel);
    return {gates, x, allocator.take(panel_count(shape.hidden) * panel)};
  }
};

/// Takes memory for `count` of the structs above.
template <class T>
std::vector<T> take_all(BumpAllocator& allocator, LstmShape const& shape, std::size_t count) {
  std::vector<T> all;
  for (std::size_t i = 0; i < count; ++i) all.push_back(T::take(allocator, shape));
  return all;
}

class F32Lstm : public LstmLayer {
 public:
  F32Lstm(LstmShape const& shape, std::size_t threads, LstmKernels const& kernels)
      : shape_(shape),
        threads_(threads),
        kernels_(kernels),
        bytes_(f32_lstm_bytes(shape, threads)),
        memory_(bytes_.packed_weights) {
    BumpAllocator allocator(memory_.data());
    panels_ = take_all<LstmPanels>(allocator, shape, shape.directions);
  }

  void load_parameters(DeviceSpan<float const> parameters) override {
    check_load_parameters(shape_, parameters);
    pack_parameters(shape_, threads_, parameters.data(), panels_.data());
  }

  void forward(Activations x, Activations y, DeviceSpan<std::byte> workspace,
               DeviceSpan<std::byte> scratch) override {
    check_lstm_forward(shape_, bytes_, x, y, workspace, scratch);
    BumpAllocator workspace_memory(workspace.data()), scratch_memory(scratch.data());
    std::vector<Workspace> workspaces(shape_.directions);
    if (shape_.training)
      workspaces = take_all<Workspace>(workspace_memory, shape_, shape_.directions);
    auto const scratches = take_all<ForwardScratch>(scratch_memory, shape_, shape_.directions);
    for_each_recurrence([&](std::size_t direction, Rows rows) {
      run_forward(direction, rows, static_cast<float const*>(x.data), static_cast<float*>(y.data),
                  workspaces[direction], scratches[direction]);
    });
  }

  void backward(Activations x, Activations y, Activations dy, DeviceSpan<std::byte> workspace,
                DeviceSpan<std::byte> scratch, Activations dx,
                DeviceSpan<float> d_parameters) override {
    check_lstm_backward(shape_, bytes_, Precision::f32, x, y, dy, workspace, scratch, dx,
                        d_parameters);
    BumpAllocator workspace_memory(workspace.data()), scratch_memory(scratch.data());
    auto const workspaces = take_all<Workspace>(workspace_memory, shape_, shape_.directions);
    auto const scratches = take_all<BackwardScratch>(scratch_memory, shape_, shape_.directions);
    auto const packs = take_all<PackScratch>(scratch_memory, shape_, threads_);
    for_each_recurrence([&](std::size_t direction, Rows rows) {
      run_backward(direction, rows, static_cast<float const*>(dy.data), workspaces[direction],
                   scratches[direction]);
    });
    if (shape_.input_gradient) input_gradient(workspaces, static_cast<float*>(dx.data));
    weight_gradients(static_cast<float const*>(x.data), static_cast<float const*>(y.data),
                     workspaces, packs, d_parameters.data());
  }

 private:
  std::size_t row_count() const { return shape_.steps * shape_.batch; }

  /// Row of window 0 in [T*N] for step `number` of a direction.
  std::size_t row_of_step(std::size_t direction, std::size_t number) const {
    return (direction == 0 ? number : shape_.steps - 1 - number) * shape_.batch;
  }

  /// Calls work(direction, rows) for slices of the batch, which are independent of each other.
  template <class Work>
  void for_each_recurrence(Work const& work) const {
    std::size_t const smallest = 6;  // windows that fill a tile
    std::size_t const slices = parts_of(shape_, threads_, (shape_.batch + smallest - 1) / smallest);
    for_each_block(threads_, shape_.directions * slices, [&](std::size_t task) {
      work(task / slices, slice(shape_.batch, task % slices, slices));
    });
  }

  void run_forward(std::size_t direction, Rows rows, float const* x, float* y,
                   Workspace const& workspace, ForwardScratch const& scratch) const {
    std::size_t const hidden = shape_.hidden, width = shape_.outputs();
    LstmPanels const& panels = panels_[direction];
    ForwardStep step{};
    step.rows = rows.count, step.inputs = shape_.weight_inputs, step.hidden = hidden;
    step.input_panels = panels.input, step.recurrent_panels = panels.recurrent;
    step.bias_panels = panels.bias;
    step.x_stride = shape_.inputs, step.y_stride = width;
    step.sums = scratch.sums + rows.begin * 4 * panel_columns;
    for (std::size_t number = 0; number < shape_.steps; ++number) {
      std::size_t const row = row_of_step(direction, number) + rows.begin;
      step.x = x + row * shape_.inputs;
      step.h = step.y;  // of the step before
      step.c_before = step.c;
      step.y = y + row * width + direction * hidden;
      step.c = shape_.training ? workspace.c + row * hidden : scratch.c + rows.begin * hidden;
      step.gates = shape_.training ? workspace.gates + row * 4 * hidden : nullptr;
      kernels_.forward_step(step);
    }
  }

  void run_backward(std::size_t direction, Rows rows, float const* dy, Workspace const& workspace,
                    BackwardScratch const& scratch) const {
    std::size_t const hidden = shape_.hidden, width = shape_.outputs();
    float* const dh = scratch.dh + rows.begin * hidden;
    for (std::size_t number = shape_.steps; number-- > 0;) {
      std::size_t const row = row_of_step(direction, number) + rows.begin;
      float* const gates = workspace.gates + row * 4 * hidden;
      float const* before = nullptr;
      if (number > 0)
        before = workspace.c + (row_of_step(direction, number - 1) + rows.begin) * hidden;
      kernels_.backward_step({rows.count, hidden, gates, workspace.c + row * hidden, before,
                              dy + row * width + direction * hidden, width, dh,
                              scratch.dc + rows.begin * hidden, number + 1 == shape_.steps});
      if (number > 0)
        kernels_.multiply({rows.count, hidden, 4 * hidden, gates, 4 * hidden,
                           panels_[direction].recurrent_back, dh, hidden, false});
    }
  }

  /// dx = sum of d_gates W over the directions.
  void input_gradient(std::vector<Workspace> const& workspaces, float* dx) const {
    std::size_t const gates = 4 * shape_.hidden, inputs = shape_.inputs;
    std::size_t const used = shape_.weight_inputs, rows = row_count();
    for_each_block(threads_, (rows + packed_rows - 1) / packed_rows, [&](std::size_t block) {
      std::size_t const begin = block * packed_rows;
      std::size_t const count = std::min(packed_rows, rows - begin);
      float* const to = dx + begin * inputs;
      for (std::size_t direction = 0; direction < shape_.directions; ++direction)
        kernels_.multiply({count, used, gates, workspaces[direction].gates + begin * gates, gates,
                           panels_[direction].input_back, to, inputs, direction > 0});
      for (std::size_t row = 0; row < count && used < inputs; ++row)
        std::fill(to + row * inputs + used, to + (row + 1) * inputs, 0.0f);
    });
  }

  /// Packs the panels of y one step before, for these rows of [T*N]; 0 before the first step.
  void pack_states(std::size_t direction, float const* y, Rows rows, float* to) const {
    std::size_t const batch = shape_.batch, width = shape_.outputs();
    std::size_t const end = row_count() - batch;  // of the rows that have a next step
    std::size_t first = 0, last = rows.count, from = rows.begin + batch;
    if (direction == 0) {
      first = std::min(rows.count, batch - std::min(batch, rows.begin));
      from = std::max(rows.begin, batch) - batch;
    } else {
      last = std::min(rows.count, end - std::min(end, rows.begin));
    }
    pack_panels(rows.count, first, last, shape_.hidden,
                y + from * width + direction * shape_.hidden, width, to);
  }

  /// Adds dW, dR and db of one direction for these blocks of `packed_rows` of its 4H rows.
  void add_weight_gradients(std::size_t direction, Rows blocks, float const* x, float const* y,
                            Workspace const& workspace, PackScratch const& pack,
                            float* d_parameters) const {
    std::size_t const inputs = shape_.weight_inputs, hidden = shape_.hidden, gates = 4 * hidden;
    float* const d_recurrent = d_parameters + gates * inputs;
    float* const d_bias = d_recurrent + gates * hidden;
    std::size_t const m_end = std::min(gates, (blocks.begin + blocks.count) * packed_rows);
    for (std::size_t k = 0; k < row_count(); k += chunk_depth) {
      std::size_t const depth = std::min(chunk_depth, row_count() - k);
      pack_panels(depth, 0, depth, inputs, x + k * shape_.inputs, shape_.inputs, pack.x);
      pack_states(direction, y, {k, depth}, pack.recurrent);
      for (std::size_t m = blocks.begin * packed_rows; m < m_end; m += packed_rows) {
        std::size_t const rows = std::min(packed_rows, m_end - m);
        kernels_.pack(
            {depth, rows, workspace.gates + k * gates + m, gates, pack.gates, d_bias + m});
        kernels_.multiply_packed(
            {rows, inputs, depth, pack.gates, 0, pack.x, d_parameters + m * inputs, inputs, true});
        kernels_.multiply_packed({rows, hidden, depth, pack.gates, 0, pack.recurrent,
                                  d_recurrent + m * hidden, hidden, true});
      }
    }
  }

  void weight_gradients(float const* x, float const* y, std::vector<Workspace> const& workspaces,
                        std::vector<PackScratch> const& packs, float* d_parameters) const {
    std::size_t const blocks = (4 * shape_.hidden + packed_rows - 1) / packed_rows;
    std::size_t const parts = parts_of(shape_, threads_, blocks);
    for_each_block(threads_, shape_.directions * parts, [&](std::size_t task) {
      std::size_t const direction = task / parts;
      add_weight_gradients(direction, slice(blocks, task % parts, parts), x, y,
                           workspaces[direction],
                           packs[static_cast<std::size_t>(omp_get_thread_num())],
                           d_parameters + direction * shape_.direction_parameters());
    });
  }

  LstmShape shape_;
  std::size_t threads_;
  LstmKernels const& kernels_;
  LstmBytes bytes_;
  HostMemory memory_;
  std::vector<LstmPanels> panels_;  // one for each direction
};

}  // namespace

std::unique_ptr<LstmLayer> make_f32_lstm(LstmShape const& shape, std::size_t threads,
                                         LstmKernels const& kernels) {
  return std::make_unique<F32Lstm>(shape, threads, kernels);
}

LstmBytes f32_lstm_bytes(LstmShape const& shape, std::size_t threads) {
  BumpAllocator weights, workspace, forward, backward;
  take_all<LstmPanels>(weights, shape, shape.directions);
  take_all<ForwardScratch>(forward, shape, shape.directions);
  if (shape.training) {
    take_all<Workspace>(workspace, shape, shape.directions);
    take_all<BackwardScratch>(backward, shape, shape.directions);
    take_all<PackScratch>(backward, shape, threads);
  }
  return {weights.bytes(), workspace.bytes(), std::max(forward.bytes(), backward.bytes())};
}

}  // namespace moneta::cpu
