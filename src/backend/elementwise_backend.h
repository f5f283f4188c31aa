// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <type_traits>

#include "backend/backend.h"
#include "backend/functors.h"
#include "backend/require.h"

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
///   run_linear, run_linear_backward           Backend's on raw pointers; dx may be null
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
                       DeviceSpan<float> db) final {
    char const* const call = "linear_backward";
    LinearShape const shape = linear_shape(call, x.size(), w.size(), db.size());
    require_size(call, "dy", dy.size(), shape.batch * shape.outputs);
    require_size(call, "dw", dw.size(), w.size());
    if (!dx.empty()) require_size(call, "dx", dx.size(), x.size());
    self().run_linear_backward(shape, x.data(), w.data(), dy.data(),
                               dx.empty() ? nullptr : dx.data(), dw.data(), db.data());
  }

  void relu(DeviceSpan<float> x) final { self().run(x.size(), Rectifier{x.data()}); }
  void relu_backward(DeviceSpan<float const> y, DeviceSpan<float> dx) final {
    require_size("relu_backward", "dx", dx.size(), y.size());
    self().run(y.size(), RectifierGradient{y.data(), dx.data()});
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
};

}  // namespace moneta
