// SPDX-License-Identifier: Apache-2.0
#include "backend/lstm_benchmark.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <new>
#include <type_traits>
#include <vector>

#include "backend/functors.h"
#include "base/error.h"
#include "base/philox.h"

namespace moneta {
namespace {

constexpr std::size_t warm_up_passes = 2;
constexpr std::size_t timed_passes = 9;  // odd: the median is one of them
constexpr double required_speedup = 1.05;

using Bytes = std::vector<std::byte>;

/// Elements in +-bound. They repeat after a prime number of elements: large arrays are filled
/// quickly, and still no two rows are equal.
Bytes synthetic(std::size_t count, float bound, std::uint64_t stream, Precision precision) {
  constexpr std::size_t period = 100'003;
  std::vector<float> table(std::min(count, period));
  for (std::size_t i = 0; i < table.size(); ++i) {
    table[i] = bound * (2 * uniform_float(philox(1, stream, i).word[0]) - 1);
  }
  Bytes bytes(count * element_bytes(precision));
  for (std::size_t i = 0; i < count; ++i) {
    with_element_type(precision, [&](auto* null) {
      using Element = std::remove_pointer_t<decltype(null)>;
      auto const value = from_float<Element>(table[i % period]);
      std::memcpy(bytes.data() + i * sizeof value, &value, sizeof value);
    });
  }
  return bytes;
}

double element(Bytes const& bytes, std::size_t i, Precision precision) {
  double result = 0;
  with_element_type(precision, [&](auto* null) {
    std::remove_pointer_t<decltype(null)> value;
    std::memcpy(&value, bytes.data() + i * sizeof value, sizeof value);
    result = double{to_float(value)};
  });
  return result;
}

/// See LstmBenchmark::difference; infinite if a number is not finite.
double difference(Bytes const& actual, Bytes const& expected, Precision precision) {
  double largest = 0, error = 0;
  for (std::size_t i = 0; i < expected.size() / element_bytes(precision); ++i) {
    double const a = element(actual, i, precision), b = element(expected, i, precision);
    if (!std::isfinite(a) || !std::isfinite(b)) return std::numeric_limits<double>::infinity();
    largest = std::max(largest, std::abs(b));
    error = std::max(error, std::abs(a - b));
  }
  return largest > 0 ? error / largest : error;
}

struct Results {
  Bytes y, dx, d_parameters;
  bool operator==(Results const&) const = default;
};

/// A layer with one of the algorithms, and its workspace.
struct Candidate {
  Candidate(Backend& backend, LstmShape shape, LstmAlgorithm algorithm) {
    shape.algorithm = algorithm;
    LstmBytes const bytes = backend.lstm_bytes(shape);
    layer = backend.make_lstm(shape);
    workspace = backend.allocate(bytes.workspace);
    scratch = backend.allocate(bytes.scratch);
  }
  std::unique_ptr<LstmLayer> layer;
  std::unique_ptr<DeviceMemory> workspace, scratch;
};

/// The arrays that both algorithms use.
class Arrays {
 public:
  Arrays(Backend& backend, LstmShape const& shape)
      : backend_(backend),
        precision_(shape.precision),
        gradient_(backend.gradient_precision(shape.precision)),
        inputs_(shape.steps * shape.batch * shape.inputs),
        outputs_(shape.steps * shape.batch * shape.outputs()),
        d_inputs_(shape.input_gradient ? inputs_ : 0),
        host_dy_(synthetic(outputs_, 1.0f, 3, gradient_)),
        x_(put(synthetic(inputs_, 1.5f, 2, precision_))),
        y_(backend.allocate(outputs_ * element_bytes(precision_))),
        dy_(put(host_dy_)),
        dx_(backend.allocate(d_inputs_ * element_bytes(gradient_))),
        parameters_(
            put(synthetic(shape.parameters(), 1 / std::sqrt(static_cast<float>(shape.hidden)), 1,
                          Precision::f32))),
        d_parameters_(backend.allocate(parameters_->bytes())) {}

  /// Queues a forward and a backward pass.
  void pass(Candidate& candidate) {
    auto const workspace = span_of<std::byte>(*candidate.workspace);
    auto const scratch = span_of<std::byte>(*candidate.scratch);
    Activations const x{x_->data(), inputs_, precision_}, y{y_->data(), outputs_, precision_};
    candidate.layer->forward(x, y, workspace, scratch);
    candidate.layer->backward(x, y, {dy_->data(), outputs_, gradient_}, workspace, scratch,
                              {dx_->data(), d_inputs_, gradient_}, span_of<float>(*d_parameters_));
  }

  Results results(Candidate& candidate) {
    candidate.layer->load_parameters(span_of<float const>(*parameters_));
    backend_.upload(dy_->data(), host_dy_.data(), host_dy_.size());
    backend_.zero(d_parameters_->data(), d_parameters_->bytes());
    pass(candidate);
    return {get(*y_), get(*dx_), get(*d_parameters_)};
  }

  double compare(Results const& actual, Results const& expected) const {
    return std::max({difference(actual.y, expected.y, precision_),
                     difference(actual.dx, expected.dx, gradient_),
                     difference(actual.d_parameters, expected.d_parameters, Precision::f32)});
  }

 private:
  std::unique_ptr<DeviceMemory> put(Bytes const& bytes) const {
    auto memory = backend_.allocate(bytes.size());
    backend_.upload(memory->data(), bytes.data(), bytes.size());
    return memory;
  }
  Bytes get(DeviceMemory& memory) const {
    Bytes bytes(memory.bytes());
    backend_.download(bytes.data(), memory.data(), bytes.size());
    return bytes;
  }

  Backend& backend_;
  Precision precision_, gradient_;
  std::size_t inputs_, outputs_, d_inputs_;
  Bytes host_dy_;
  std::unique_ptr<DeviceMemory> x_, y_, dy_, dx_, parameters_, d_parameters_;
};

double median(std::vector<double> seconds) {
  auto const middle = seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2);
  std::nth_element(seconds.begin(), middle, seconds.end());
  return *middle;
}

LstmBenchmark run(Backend& backend, LstmShape shape, DeviceTimer const& time) {
  // The layer must also be possible with all its steps; this allocates only its weights.
  shape.algorithm = LstmAlgorithm::persistent;
  (void)backend.make_lstm(shape);
  shape.steps = std::min(shape.steps, benchmark_steps);
  Arrays arrays(backend, shape);
  Candidate standard(backend, shape, LstmAlgorithm::standard);
  Candidate persistent(backend, shape, LstmAlgorithm::persistent);
  LstmBenchmark benchmark;
  {
    Results const actual = arrays.results(persistent);
    benchmark.repeats = arrays.results(persistent) == actual;
    benchmark.difference = arrays.compare(actual, arrays.results(standard));
  }
  std::vector<double> standard_s, persistent_s;
  for (std::size_t i = 0; i < warm_up_passes + timed_passes; ++i) {
    double const a = time([&] { arrays.pass(standard); });
    double const b = time([&] { arrays.pass(persistent); });
    if (i < warm_up_passes) continue;
    standard_s.push_back(a);
    persistent_s.push_back(b);
  }
  benchmark.standard_s = median(standard_s);
  benchmark.persistent_s = median(persistent_s);
  return benchmark;
}

}  // namespace

std::string reason_in(std::string const& text) {
  std::size_t const end = text.rfind("). ");
  return end == std::string::npos ? text : text.substr(0, end + 1);
}

LstmBenchmark benchmark_lstm_algorithms(Backend& backend, LstmShape const& shape,
                                        DeviceTimer const& time) {
  LstmBenchmark failed;
  try {
    return run(backend, shape, time);
  } catch (Error const& error) {
    failed.refused = reason_in(error.what());
  } catch (std::bad_alloc const&) {
    failed.refused = "the machine has no memory left for the benchmark";
  }
  return failed;
}

double equality_tolerance(Precision precision) {
  switch (precision) {
    case Precision::f32:
      return 1e-4;
    case Precision::tf32:
    case Precision::fp16:
      return 5e-3;
    case Precision::bf16:
      break;
  }
  return 3e-2;
}

LstmChoice choose_lstm_algorithm(LstmBenchmark const& benchmark, Precision precision,
                                 LstmAlgorithm started_with) {
  auto const standard = [](std::string const& why) {
    return LstmChoice{LstmAlgorithm::standard, fmt::format("standard ({})", why)};
  };
  if (!benchmark.refused.empty()) {
    return standard(fmt::format("the persistent algorithm does not run: {}", benchmark.refused));
  }
  double const tolerance = equality_tolerance(precision);
  if (!(benchmark.difference <= tolerance)) {
    return standard(fmt::format(
        "the results of the persistent algorithm differ by {:g} of the largest number, and {:g} is allowed",
        benchmark.difference, tolerance));
  }
  if (!benchmark.repeats) {
    return standard("the persistent algorithm is not reproducible");
  }
  double const speedup =
      benchmark.persistent_s > 0 ? benchmark.standard_s / benchmark.persistent_s : 0;
  std::string const times = fmt::format("{:.2f} times as fast", speedup);
  if (started_with == LstmAlgorithm::persistent) {
    return {LstmAlgorithm::persistent,
            fmt::format("persistent, because the run was started with it, {}", times)};
  }
  if (!(speedup >= required_speedup)) {
    return standard(fmt::format("the persistent algorithm is only {}, and {:g} is needed", times,
                                required_speedup));
  }
  return {LstmAlgorithm::persistent, fmt::format("persistent, {}", times)};
}

}  // namespace moneta
