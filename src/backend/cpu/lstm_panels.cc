// SPDX-License-Identifier: Apache-2.0
#include "backend/cpu/lstm_panels.h"

#include <algorithm>
#include <cstring>

#include "backend/cpu/for_each.h"
#include "backend/cpu/lstm_kernels.h"

namespace moneta::cpu {
namespace {

/// Packs the rows of W [4H, depth] for 16 units and their four gates, from unit `first` on, into
/// `to` [gate][depth][16].
void pack_gates(std::size_t hidden, std::size_t depth, std::size_t first, float const* weights,
                float* to) {
  std::size_t const units = std::min(panel_columns, hidden - first);
  for (std::size_t gate = 0; gate < 4; ++gate, to += depth * panel_columns)
    for (std::size_t j = 0; j < panel_columns; ++j) {
      float const* const row = weights + (gate * hidden + first + j) * depth;
      for (std::size_t k = 0; k < depth; ++k) to[k * panel_columns + j] = j < units ? row[k] : 0.0f;
    }
}

/// Packs panel number `panel` of W [depth, columns].
void pack_back(std::size_t depth, std::size_t columns, std::size_t panel, float const* weights,
               float* to) {
  std::size_t const column = panel * panel_columns;
  pack_panels(depth, 0, depth, std::min(panel_columns, columns - column), weights + column, columns,
              to + panel * depth * panel_columns);
}

}  // namespace

std::size_t panel_count(std::size_t columns) {
  return (columns + panel_columns - 1) / panel_columns;
}

void pack_panels(std::size_t depth, std::size_t first, std::size_t last, std::size_t columns,
                 float const* from, std::size_t stride, float* to) {
  for (std::size_t n = 0; n < columns; n += panel_columns, to += depth * panel_columns) {
    std::size_t const width = std::min(panel_columns, columns - n);
    std::fill(to, to + first * panel_columns, 0.0f);
    for (std::size_t k = first; k < last; ++k) {
      float const* const row = from + (k - first) * stride + n;
      float* const packed = to + k * panel_columns;
      if (width == panel_columns)
        std::memcpy(packed, row, panel_columns * sizeof(float));  // constant size: no call
      else
        std::fill(std::copy_n(row, width, packed), packed + panel_columns, 0.0f);
    }
    std::fill(to + last * panel_columns, to + depth * panel_columns, 0.0f);
  }
}

LstmPanels LstmPanels::take(BumpAllocator& allocator, LstmShape const& shape) {
  std::size_t const gate_columns = 4 * panel_count(shape.hidden) * panel_columns;
  std::size_t const gates = 4 * shape.hidden;
  auto const back = [&](std::size_t columns) {
    return shape.training ? allocator.take(gates * panel_count(columns) * panel_columns) : nullptr;
  };
  LstmPanels panels{};
  panels.input = allocator.take(shape.weight_inputs * gate_columns);
  panels.recurrent = allocator.take(shape.hidden * gate_columns);
  panels.bias = allocator.take(gate_columns);
  panels.input_back = back(shape.weight_inputs);
  panels.recurrent_back = back(shape.hidden);
  return panels;
}

void pack_parameters(LstmShape const& shape, std::size_t threads, float const* parameters,
                     LstmPanels const* panels) {
  std::size_t const inputs = shape.weight_inputs, hidden = shape.hidden;
  std::size_t const input_panels = panel_count(inputs), hidden_panels = panel_count(hidden);
  std::size_t const back_panels = shape.training ? input_panels + hidden_panels : 0;
  std::size_t const jobs = hidden_panels + back_panels;
  for_each_block(threads, shape.directions * jobs, [&](std::size_t task) {
    std::size_t const direction = task / jobs, job = task % jobs;
    float const* const input = parameters + direction * shape.direction_parameters();
    float const* const recurrent = input + 4 * hidden * inputs;
    LstmPanels const& to = panels[direction];
    if (job < hidden_panels) {
      std::size_t const unit = job * panel_columns;
      pack_gates(hidden, inputs, unit, input, to.input + 4 * unit * inputs);
      pack_gates(hidden, hidden, unit, recurrent, to.recurrent + 4 * unit * hidden);
      pack_gates(hidden, 1, unit, recurrent + 4 * hidden * hidden, to.bias + 4 * unit);
    } else if (job < hidden_panels + input_panels) {
      pack_back(4 * hidden, inputs, job - hidden_panels, input, to.input_back);
    } else {
      pack_back(4 * hidden, hidden, job - hidden_panels - input_panels, recurrent,
                to.recurrent_back);
    }
  });
}

}  // namespace moneta::cpu
