// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <type_traits>

#include "backend/backend.h"
#include "backend/functors.h"
#include "backend/require.h"
#include "backend/row_functors.h"
#include "backend/sequence_functors.h"

namespace moneta {

/// Sizes of a linear layer: batch N, inputs I, outputs O.
struct LinearShape {
  std::size_t batch, inputs, outputs;
};

/// The operations of Backend that do not depend on a vendor's library: checks their arguments and
/// builds their functors. `Derived` runs them, with functions that Derived makes accessible:
///   run(count, functor)                       functor(0) ... functor(count - 1)
///   run_writing(activations, count, functor)  the same for a functor that writes only there
///   run_gather(WindowGatherer, row_count)     `rows` has row_count rows
///   run_dropout(Dropper)
///   run_rows(rows, columns, functor)          functor(0, lanes) ... for functors of whole rows
///   run_column_sums(summer)                   adds the sum of each column
///   run_linear, run_linear_backward           Backend's on raw pointers; dx may be null
///   run_products                              Backend::multiply on raw pointers
///   add_loss(LossTerm)                        adds the values of its windows to the running sum
template <class Derived>
class ElementwiseBackend : public Backend {
 public:
  void gather_windows(DeviceSpan<float const> rows, DeviceSpan<std::int64_t const> ends,
                      DeviceSpan<float const> mean, DeviceSpan<float const> inverse_stddev,
                      std::size_t steps, Activations x) final {
    char const* const call = "gather_windows";
    std::size_t const features = mean.size();
    require_size(call, "inverse_stddev", inverse_stddev.size(), features);
    std::size_t const row_count = rows_of(call, "rows", rows.size(), features);
    std::size_t const width = rows_of(call, "x", x.size, steps * ends.size());
    MONETA_REQUIRE(width >= features, internal,
                   "backend: {} got x of {} columns (a bar has {} features)", call, width,
                   features);
    with_element_type(x.precision, [&](auto* null) {
      using Element = std::remove_pointer_t<decltype(null)>;
      WindowGatherer<Element> const gatherer{
          rows.data(), ends.data(), mean.data(), inverse_stddev.data(),        steps,
          ends.size(), features,    width,       static_cast<Element*>(x.data)};
      self().run_gather(gatherer, row_count);
    });
  }

  void dropout(Activations in, std::size_t steps, std::size_t batch,
               DeviceSpan<std::uint64_t const> samples, DropoutSite site, Activations out) final {
    require_same_precision("dropout", in.precision, out.precision);
    require_size("dropout", "out", out.size, in.size);
    require_size("dropout", "samples", samples.size(), batch);
    std::size_t const columns = rows_of("dropout", "in", in.size, steps * batch);
    MONETA_REQUIRE(site.probability >= 0 && site.probability <= 1, internal,
                   "backend: dropout of probability {:g} (it must be between 0 and 1)",
                   site.probability);
    with_element_type(in.precision, [&](auto* null) {
      using Element = std::remove_pointer_t<decltype(null)>;
      self().run_dropout(Dropper<Element>{DropoutMask::of(site), samples.data(), steps, batch,
                                          columns, static_cast<Element const*>(in.data),
                                          static_cast<Element*>(out.data)});
    });
  }

  void final_states(Activations y, LstmShape const& shape, DeviceSpan<float> states,
                    std::size_t columns, std::size_t column) final {
    char const* const call = "final_states";
    require_size(call, "y", y.size, shape.steps * shape.batch * shape.outputs());
    require_size(call, "states", states.size(), shape.batch * columns);
    require_columns(call, columns, column, shape.outputs());
    with_element_type(y.precision, [&](auto* null) {
      using Element = std::remove_pointer_t<decltype(null)>;
      self().run(
          shape.batch * shape.outputs(),
          StateGatherer<Element>{{static_cast<Element const*>(y.data), states.data(), shape.steps,
                                  shape.batch, shape.hidden, shape.directions, columns, column}});
    });
  }

  void final_states_backward(DeviceSpan<float const> d_states, LstmShape const& shape,
                             std::size_t columns, std::size_t column, Activations dy) final {
    char const* const call = "final_states_backward";
    require_size(call, "dy", dy.size, shape.steps * shape.batch * shape.outputs());
    require_size(call, "d_states", d_states.size(), shape.batch * columns);
    require_columns(call, columns, column, shape.outputs());
    this->zero(dy.data, dy.size * element_bytes(dy.precision));
    with_element_type(dy.precision, [&](auto* null) {
      using Element = std::remove_pointer_t<decltype(null)>;
      self().run_writing(
          dy, shape.batch * shape.outputs(),
          StateScatterer<Element>{{static_cast<Element*>(dy.data), d_states.data(), shape.steps,
                                   shape.batch, shape.hidden, shape.directions, columns, column}});
    });
  }

  void linear(DeviceSpan<float const> x, DeviceSpan<float const> w, DeviceSpan<float const> b,
              DeviceSpan<float> y) final {
    LinearShape const shape = linear_shape("linear", x.size(), w.size(), b.size());
    require_size("linear", "y", y.size(), shape.batch * shape.outputs);
    self().run_linear(shape, x.data(), w.data(), b.data(), y.data());
  }

  void linear_backward(DeviceSpan<float const> x, DeviceSpan<float const> w,
                       DeviceSpan<float const> dy, DeviceSpan<float> dx, DeviceSpan<float> dw,
                       DeviceSpan<float> db, InputGradient mode) final {
    char const* const call = "linear_backward";
    LinearShape const shape = linear_shape(call, x.size(), w.size(), db.size());
    require_size(call, "dy", dy.size(), shape.batch * shape.outputs);
    require_size(call, "dw", dw.size(), w.size());
    if (!dx.empty()) require_size(call, "dx", dx.size(), x.size());
    self().run_linear_backward(shape, x.data(), w.data(), dy.data(),
                               dx.empty() ? nullptr : dx.data(), dw.data(), db.data(), mode);
  }

  void relu(DeviceSpan<float> x) final { self().run(x.size(), Rectifier{x.data()}); }
  void relu_backward(DeviceSpan<float const> y, DeviceSpan<float> dx) final {
    require_size("relu_backward", "dx", dx.size(), y.size());
    self().run(y.size(), RectifierGradient{y.data(), dx.data()});
  }

  void layer_norm(DeviceSpan<float const> x, DeviceSpan<float const> weight,
                  DeviceSpan<float const> bias, DeviceSpan<float> y,
                  DeviceSpan<float> moments) final {
    char const* const call = "layer_norm";
    std::size_t const columns = weight.size(), rows = rows_of(call, "x", x.size(), columns);
    require_size(call, "bias", bias.size(), columns);
    require_size(call, "y", y.size(), x.size());
    require_size(call, "moments", moments.size(), 2 * rows);
    self().run_rows(rows, columns,
                    LayerNormalizer{x.data(), weight.data(), bias.data(), columns, y.data(),
                                    reinterpret_cast<RowMoments*>(moments.data())});
  }
  void layer_norm_backward(DeviceSpan<float const> x, DeviceSpan<float const> moments,
                           DeviceSpan<float const> weight, DeviceSpan<float const> dy,
                           DeviceSpan<float> dx, DeviceSpan<float> d_weight,
                           DeviceSpan<float> d_bias) final {
    char const* const call = "layer_norm_backward";
    std::size_t const columns = weight.size(), rows = rows_of(call, "x", x.size(), columns);
    require_size(call, "moments", moments.size(), 2 * rows);
    require_size(call, "dy", dy.size(), x.size());
    require_size(call, "dx", dx.size(), x.size());
    require_size(call, "d_weight", d_weight.size(), columns);
    require_size(call, "d_bias", d_bias.size(), columns);
    auto const* const stored = reinterpret_cast<RowMoments const*>(moments.data());
    self().run_rows(
        rows, columns,
        LayerNormGradient{x.data(), stored, weight.data(), dy.data(), columns, dx.data()});
    self().run_column_sums(
        NormWeightSummer{x.data(), stored, dy.data(), rows, columns, d_weight.data()});
    self().run_column_sums(ColumnSummer{dy.data(), rows, columns, d_bias.data()});
  }

  void softmax(DeviceSpan<float> x, std::size_t columns, float scale) final {
    std::size_t const rows = rows_of("softmax", "x", x.size(), columns);
    self().run_rows(rows, columns, SoftmaxRow{x.data(), columns, scale});
  }
  void softmax_backward(DeviceSpan<float const> p, std::size_t columns, float scale,
                        DeviceSpan<float> d) final {
    std::size_t const rows = rows_of("softmax_backward", "p", p.size(), columns);
    require_size("softmax_backward", "d", d.size(), p.size());
    self().run_rows(rows, columns, SoftmaxGradient{p.data(), d.data(), columns, scale});
  }

  void multiply(BatchedProduct const& product, DeviceSpan<float const> a, DeviceSpan<float const> b,
                DeviceSpan<float> c) final {
    require_size("multiply", "a", a.size(), product.count * product.m * product.k);
    require_size("multiply", "b", b.size(), product.count * product.k * product.n);
    require_size("multiply", "c", c.size(), product.count * product.m * product.n);
    self().run_products(product, a.data(), b.data(), c.data());
  }

  void split_heads(HeadShape const& shape, DeviceSpan<float const> rows,
                   DeviceSpan<float> by_head) final {
    self().run(rows.size(),
               HeadSplitter{head_index("split_heads", shape, rows.size(), by_head.size()),
                            rows.data(), by_head.data()});
  }
  void merge_heads(HeadShape const& shape, DeviceSpan<float const> by_head,
                   DeviceSpan<float> rows) final {
    self().run(rows.size(),
               HeadMerger{head_index("merge_heads", shape, rows.size(), by_head.size()),
                          by_head.data(), rows.data()});
  }

  void add(DeviceSpan<float const> a, DeviceSpan<float const> b, DeviceSpan<float> sum) final {
    require_size("add", "b", b.size(), a.size());
    require_size("add", "sum", sum.size(), a.size());
    self().run(a.size(), Adder{a.data(), b.data(), sum.data()});
  }

  void read_sequences(Activations y, SequenceRange const& range, DeviceSpan<float> x) final {
    SequenceIndex const index = sequence_index("read_sequences", range, y.size, x.size());
    with_element_type(y.precision, [&](auto* null) {
      using Element = std::remove_pointer_t<decltype(null)>;
      self().run(x.size(),
                 SequenceReader<Element>{index, static_cast<Element const*>(y.data), x.data()});
    });
  }
  void write_sequences(DeviceSpan<float const> x, SequenceRange const& range, Activations y) final {
    SequenceIndex const index = sequence_index("write_sequences", range, y.size, x.size());
    with_element_type(y.precision, [&](auto* null) {
      using Element = std::remove_pointer_t<decltype(null)>;
      self().run_writing(y, x.size(),
                         SequenceWriter<Element>{index, x.data(), static_cast<Element*>(y.data)});
    });
  }

  void time_mean(DeviceSpan<float const> rows, SequenceRange const& range, DeviceSpan<float> states,
                 std::size_t columns, std::size_t column) final {
    char const* const call = "time_mean";
    std::size_t const width = rows_of(call, "rows", rows.size(), range.count * range.steps);
    require_size(call, "states", states.size(), range.batch * columns);
    require_columns(call, columns, column, width);
    require_sequences(call, range);
    self().run(range.count * width, TimeMean{{rows.data(), states.data(), range.steps, width,
                                              range.first, columns, column}});
  }
  void time_mean_backward(DeviceSpan<float const> d_states, SequenceRange const& range,
                          std::size_t columns, std::size_t column, DeviceSpan<float> rows) final {
    char const* const call = "time_mean_backward";
    std::size_t const width = rows_of(call, "rows", rows.size(), range.count * range.steps);
    require_size(call, "d_states", d_states.size(), range.batch * columns);
    require_columns(call, columns, column, width);
    require_sequences(call, range);
    self().run(rows.size(), TimeMeanGradient{{rows.data(), d_states.data(), range.steps, width,
                                              range.first, columns, column}});
  }

  void loss(LossFunction function, float huber_delta, DeviceSpan<float const> prediction,
            DeviceSpan<float const> target, std::size_t valid_count, float scale,
            DeviceSpan<float> d_prediction) final {
    require_size("loss", "target", target.size(), prediction.size());
    require_size("loss", "d_prediction", d_prediction.size(), prediction.size());
    MONETA_REQUIRE(valid_count <= prediction.size(), internal,
                   "backend: loss of {} valid windows (the batch has {})", valid_count,
                   prediction.size());
    LossTerm const term{function,    huber_delta, prediction.data(),  target.data(),
                        valid_count, scale,       d_prediction.data()};
    self().run(prediction.size(), term);
    self().add_loss(term);
  }

  void adamw(AdamwStep const& step, DeviceSpan<float> params, DeviceSpan<float> m,
             DeviceSpan<float> v, DeviceSpan<float const> gradients) final {
    require_size("adamw", "m", m.size(), params.size());
    require_size("adamw", "v", v.size(), params.size());
    require_size("adamw", "gradients", gradients.size(), params.size());
    self().run(params.size(),
               AdamwUpdater::of(step, params.data(), m.data(), v.data(), gradients.data()));
  }

 private:
  Derived& self() { return static_cast<Derived&>(*this); }

  /// How many rows of `width` elements an array has.
  static std::size_t rows_of(char const* call, char const* name, std::size_t size,
                             std::size_t width) {
    require_multiple(call, name, size, width);
    return size / width;
  }
  static LinearShape linear_shape(char const* call, std::size_t x_size, std::size_t w_size,
                                  std::size_t outputs) {
    std::size_t const inputs = rows_of(call, "w", w_size, outputs);
    return {rows_of(call, "x", x_size, inputs), inputs, outputs};
  }
  static void require_sequences(char const* call, SequenceRange const& range) {
    MONETA_REQUIRE(range.first + range.count <= range.batch, internal,
                   "backend: {} of {} sequences from {} on (there are {})", call, range.count,
                   range.first, range.batch);
  }
  static SequenceIndex sequence_index(char const* call, SequenceRange const& range,
                                      std::size_t y_size, std::size_t x_size) {
    std::size_t const columns = rows_of(call, "y", y_size, range.steps * range.batch);
    require_sequences(call, range);
    require_size(call, "x", x_size, range.count * range.steps * columns);
    return {range.steps, range.batch, range.first, columns};
  }
  static HeadIndex head_index(char const* call, HeadShape const& shape, std::size_t rows_size,
                              std::size_t by_head_size) {
    require_multiple(call, "rows", rows_size, shape.steps * shape.heads * shape.width);
    require_size(call, "by_head", by_head_size, rows_size);
    return {shape.steps, shape.heads, shape.width};
  }
};

}  // namespace moneta
