// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "backend/backend.h"
#include "backend/element_type.h"
#include "base/host_device.h"

/// Element-wise formulas of Transformer blocks, which process sequences one after the other: their
/// arrays [S,T,C] are in order of the sequence, unlike those of LSTM layers [T,N,C].
namespace moneta {

/// Where an element of `count` sequences [S,T,C], from sequence `first` on, is in an array [T,N,C].
struct SequenceIndex {
  std::size_t steps, batch, first, columns;

  MONETA_HD std::size_t operator()(std::size_t i) const {
    std::size_t const column = i % columns, row = i / columns;
    return (row % steps * batch + first + row / steps) * columns + column;
  }
};

/// x [S,T,C] = those sequences of y [T,N,C].
template <class Element>
struct SequenceReader {
  SequenceIndex index;
  Element const* y;
  float* x;
  MONETA_HD void operator()(std::size_t i) const { x[i] = to_float(y[index(i)]); }
};

/// Those sequences of y [T,N,C] = x [S,T,C].
template <class Element>
struct SequenceWriter {
  SequenceIndex index;
  float const* x;
  Element* y;
  MONETA_HD void operator()(std::size_t i) const { y[index(i)] = from_float<Element>(x[i]); }
};

/// Element j of head h of step t of sequence s: where it is in [S,T,heads * width] and, as element
/// i, in [S,heads,T,width].
struct HeadIndex {
  std::size_t steps, heads, width;

  MONETA_HD std::size_t operator()(std::size_t i) const {
    std::size_t const j = i % width, row = i / width;
    std::size_t const t = row % steps, rest = row / steps;
    std::size_t const h = rest % heads, s = rest / heads;
    return ((s * steps + t) * heads + h) * width + j;
  }
};

/// by_head [S,heads,T,width] = rows [S,T,heads * width].
struct HeadSplitter {
  HeadIndex index;
  float const* rows;
  float* by_head;
  MONETA_HD void operator()(std::size_t i) const { by_head[i] = rows[index(i)]; }
};

/// rows [S,T,heads * width] = by_head [S,heads,T,width].
struct HeadMerger {
  HeadIndex index;
  float const* by_head;
  float* rows;
  MONETA_HD void operator()(std::size_t i) const { rows[index(i)] = by_head[i]; }
};

/// sum = a + b.
struct Adder {
  float const* a;
  float const* b;
  float* sum;
  MONETA_HD void operator()(std::size_t i) const { sum[i] = a[i] + b[i]; }
};

/// The columns [column, column + C) of states [N, columns], for sequences from `first` on, and the
/// steps of their rows [S,T,C].
template <class Rows, class States>
struct TimeColumns {
  Rows* rows;
  States* states;
  std::size_t steps, width, first, columns, column;

  MONETA_HD States& state(std::size_t s, std::size_t j) const {
    return states[(first + s) * columns + column + j];
  }
};

/// states = mean over time of rows; operator()(i) over [S,C].
struct TimeMean : TimeColumns<float const, float> {
  MONETA_HD void operator()(std::size_t i) const {
    std::size_t const s = i / width, j = i % width;
    double sum = 0;
    for (std::size_t t = 0; t < steps; ++t) sum += double{rows[(s * steps + t) * width + j]};
    state(s, j) = static_cast<float>(sum / static_cast<double>(steps));
  }
};

/// rows = the gradient of TimeMean's input; operator()(i) over [S,T,C].
struct TimeMeanGradient : TimeColumns<float, float const> {
  MONETA_HD void operator()(std::size_t i) const {
    std::size_t const j = i % width, s = i / width / steps;
    rows[i] = state(s, j) / static_cast<float>(steps);
  }
};

}  // namespace moneta
