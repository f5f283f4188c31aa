// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <functional>

#include "backend/backends.h"
#include "support/expect_error.h"
#include "support/on_device.h"

namespace moneta {
namespace {

/// Arrays whose sizes do not match.
struct Arrays {
  std::unique_ptr<Backend> owner = make_cpu_backend(1);
  Backend& backend = *owner;
  OnDevice<float> four{backend, std::vector<float>(4)}, six{backend, std::vector<float>(6)};
  OnDevice<float> two{backend, std::vector<float>(2)}, three{backend, std::vector<float>(3)};
  OnDevice<std::uint64_t> samples{backend, {1, 2}};
  OnDevice<std::int64_t> ends{backend, {1, 5}};
  LstmShape shape{2, 1, 2, 2, 1, 2, Precision::f32, true};

  static Activations view(OnDevice<float> const& array, Precision precision = Precision::f32) {
    return {array.span().data(), array.span().size(), precision};
  }
};

struct ErrorCase {
  char const* name;
  char const* part;  ///< of the text
  std::function<void(Arrays&)> call;
  ErrorKind kind = ErrorKind::internal;

  friend void PrintTo(ErrorCase const& given, std::ostream* out) { *out << given.name; }
};

/// Creates a layer and passes it to `call`, which calls it with one wrong argument.
std::function<void(Arrays&)> on_layer(
    bool training, std::function<void(LstmLayer&, Arrays&, DeviceSpan<std::byte>)> const& call) {
  return [=](Arrays& a) {
    a.shape.training = training;
    auto const layer = a.backend.make_lstm(a.shape);
    auto const memory = a.backend.allocate(1 << 20);
    call(*layer, a, span_of<std::byte>(*memory));
  };
}

std::vector<ErrorCase> const cases{
    {"NoThreads", "a CPU backend of 0 threads (it must have 1 to 4096)",
     [](Arrays&) { make_cpu_backend(0); }, ErrorKind::device},
    {"LstmPrecision", "a CPU has no LSTM layers in fp16 (only in f32 and bf16)",
     [](Arrays& a) {
       a.shape.precision = Precision::fp16;
       a.backend.make_lstm(a.shape);
     },
     ErrorKind::device},
    {"GatherScalers", "gather_windows got inverse_stddev of 3 elements",
     [](Arrays& a) {
       a.backend.gather_windows(a.six.span(), a.ends.span(), a.two.span(), a.three.span(), 1,
                                Arrays::view(a.four));
     }},
    {"GatherRows", "gather_windows got rows of 3 elements (not a multiple of 2)",
     [](Arrays& a) {
       a.backend.gather_windows(a.three.span(), a.ends.span(), a.two.span(), a.two.span(), 1,
                                Arrays::view(a.four));
     }},
    {"GatherNarrow", "gather_windows got x of 1 columns (a bar has 2 features)",
     [](Arrays& a) {
       a.backend.gather_windows(a.six.span(), a.ends.span(), a.two.span(), a.two.span(), 1,
                                Arrays::view(a.two));
     }},
    {"GatherBeyond", "a window of 1 bars that ends with row 5 (there are 3 rows)",
     [](Arrays& a) {
       a.backend.gather_windows(a.six.span(), a.ends.span(), a.two.span(), a.two.span(), 1,
                                Arrays::view(a.four));
     }},
    {"DropoutTypes", "dropout got both f32 and bf16",
     [](Arrays& a) {
       a.backend.dropout(Arrays::view(a.four), 1, 2, a.samples.span(), {1, 0.5},
                         Arrays::view(a.four, Precision::bf16));
     }},
    {"DropoutSizes", "dropout got out of 6 elements (its other arguments need 4)",
     [](Arrays& a) {
       a.backend.dropout(Arrays::view(a.four), 1, 2, a.samples.span(), {1, 0.5},
                         Arrays::view(a.six));
     }},
    {"DropoutProbability", "dropout of probability 1.5",
     [](Arrays& a) {
       a.backend.dropout(Arrays::view(a.four), 1, 2, a.samples.span(), {1, 1.5},
                         Arrays::view(a.four));
     }},
    {"StatesSize", "final_states got y of 6 elements",
     [](Arrays& a) { a.backend.final_states(Arrays::view(a.six), a.shape, a.two.span(), 2, 0); }},
    {"StatesColumns", "final_states of 2 columns from column 1 on (a row has 2)",
     [](Arrays& a) { a.backend.final_states(Arrays::view(a.four), a.shape, a.two.span(), 2, 1); }},
    {"StatesBackward", "final_states_backward got d_states of 3 elements",
     [](Arrays& a) {
       a.backend.final_states_backward(a.three.span(), a.shape, 2, 0, Arrays::view(a.four));
     }},
    {"Linear", "linear got y of 3 elements (its other arguments need 6)",
     [](Arrays& a) {
       a.backend.linear(a.four.span(), a.six.span(), a.three.span(), a.three.span());
     }},
    {"LinearBackward", "linear_backward got dw of 4 elements",
     [](Arrays& a) {
       a.backend.linear_backward(a.four.span(), a.six.span(), a.six.span(), {}, a.four.span(),
                                 a.three.span());
     }},
    {"LayerNorm", "layer_norm got moments of 3 elements (its other arguments need 4)",
     [](Arrays& a) {
       a.backend.layer_norm(a.six.span(), a.three.span(), a.three.span(), a.six.span(),
                            a.three.span());
     }},
    {"LayerNormBackward", "layer_norm_backward got dx of 4 elements",
     [](Arrays& a) {
       a.backend.layer_norm_backward(a.six.span(), a.four.span(), a.three.span(), a.six.span(),
                                     a.four.span(), a.three.span(), a.three.span());
     }},
    {"Softmax", "softmax got x of 4 elements (not a multiple of 3)",
     [](Arrays& a) { a.backend.softmax(a.four.span(), 3, 1); }},
    {"SoftmaxBackward", "softmax_backward got d of 6 elements",
     [](Arrays& a) { a.backend.softmax_backward(a.four.span(), 2, 1, a.six.span()); }},
    {"Multiply", "multiply got b of 6 elements (its other arguments need 4)",
     [](Arrays& a) {
       a.backend.multiply({false, false, 2, 1, 1, 2}, a.four.span(), a.six.span(), a.two.span());
     }},
    {"SplitHeads", "split_heads got rows of 4 elements (not a multiple of 6)",
     [](Arrays& a) {
       a.backend.split_heads({1, 2, 3}, a.four.span(), a.four.span());
     }},
    {"MergeHeads", "merge_heads got by_head of 4 elements",
     [](Arrays& a) {
       a.backend.merge_heads({1, 2, 3}, a.four.span(), a.six.span());
     }},
    {"Add", "add got sum of 3 elements",
     [](Arrays& a) { a.backend.add(a.four.span(), a.four.span(), a.three.span()); }},
    {"ReadSequences", "read_sequences of 2 sequences from 1 on (there are 2)",
     [](Arrays& a) {
       a.backend.read_sequences(Arrays::view(a.four), {2, 2, 1, 2}, a.four.span());
     }},
    {"WriteSequences", "write_sequences got x of 3 elements",
     [](Arrays& a) {
       a.backend.write_sequences(a.three.span(), {2, 2, 0, 1}, Arrays::view(a.four));
     }},
    {"TimeMean", "time_mean of 2 columns from column 1 on (a row has 2)",
     [](Arrays& a) {
       a.backend.time_mean(a.four.span(), {2, 2, 0, 1}, a.four.span(), 2, 1);
     }},
    {"TimeMeanBackward", "time_mean_backward of 2 sequences from 1 on (there are 2)",
     [](Arrays& a) {
       a.backend.time_mean_backward(a.four.span(), {2, 2, 1, 2}, 2, 0, a.four.span());
     }},
    {"ReluBackward", "relu_backward got dx of 3 elements",
     [](Arrays& a) { a.backend.relu_backward(a.four.span(), a.three.span()); }},
    {"LossSizes", "loss got target of 3 elements",
     [](Arrays& a) {
       a.backend.loss(LossFunction::mse, 1, a.four.span(), a.three.span(), 4, 1, a.four.span());
     }},
    {"LossValidCount", "loss of 5 valid windows (the batch has 4)",
     [](Arrays& a) {
       a.backend.loss(LossFunction::mse, 1, a.four.span(), a.four.span(), 5, 1, a.four.span());
     }},
    {"Adamw", "adamw got v of 3 elements",
     [](Arrays& a) {
       a.backend.adamw({}, a.four.span(), a.four.span(), a.three.span(), a.four.span());
     }},
    {"NoSuchLayer", "no LSTM layer of 2 steps, 1 windows, 2 of 1 inputs",
     [](Arrays& a) {
       a.shape.inputs = 1;
       a.backend.make_lstm(a.shape);
     }},
    {"NoSuchLayerToPlan", "no LSTM layer of 0 steps",
     [](Arrays& a) {
       a.shape.steps = 0;
       a.backend.lstm_bytes(a.shape);
     }},
    {"LayerParameters", "load_parameters got parameters of 6 elements",
     on_layer(true,
              [](LstmLayer& layer, Arrays& a, auto) { layer.load_parameters(a.six.span()); })},
    {"LayerInput", "forward got x of 6 elements (its other arguments need 4)",
     on_layer(true,
              [](LstmLayer& layer, Arrays& a, auto memory) {
                layer.forward(Arrays::view(a.six), Arrays::view(a.four), memory, memory);
              })},
    {"LayerWorkspace", "forward got workspace of 0 bytes (it needs",
     on_layer(true,
              [](LstmLayer& layer, Arrays& a, auto memory) {
                layer.forward(Arrays::view(a.four), Arrays::view(a.four), {}, memory);
              })},
    {"LayerBackward", "backward of a layer that was planned without training",
     on_layer(false,
              [](LstmLayer& layer, Arrays& a, auto memory) {
                layer.backward(Arrays::view(a.four), Arrays::view(a.four), Arrays::view(a.four),
                               memory, memory, {}, a.four.span());
              })},
    {"NoMemory", "CPU", [](Arrays& a) { a.backend.allocate(std::size_t{1} << 60); },
     ErrorKind::device},
};

class BackendErrors : public testing::TestWithParam<ErrorCase> {};

TEST_P(BackendErrors, NameTheCallAndItsSizes) {
  Arrays arrays;
  expect_error(GetParam().kind, GetParam().part, [&] { GetParam().call(arrays); });
}

INSTANTIATE_TEST_SUITE_P(Table, BackendErrors, testing::ValuesIn(cases),
                         [](auto const& each) { return each.param.name; });

}  // namespace
}  // namespace moneta
