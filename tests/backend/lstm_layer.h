// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstring>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "backend/functors.h"
#include "support/on_device.h"

namespace moneta {

/// An implementation of LstmLayer on the CPU.
struct Implementation {
  std::string name;
  Precision precision;
  double tolerance;  ///< for outputs and gradients, relative to the largest
  std::function<std::unique_ptr<LstmLayer>(LstmShape const&)> make;
  std::function<LstmBytes(LstmShape const&)> bytes;

  friend void PrintTo(Implementation const& given, std::ostream* out) { *out << given.name; }
};

inline Activations activations(DeviceMemory& memory, Precision precision) {
  return {memory.data(), memory.bytes() / element_bytes(precision), precision};
}

/// A layer with its arrays on the CPU backend.
struct Layer {
  Backend& backend;
  LstmShape shape;
  LstmBytes bytes;
  std::unique_ptr<LstmLayer> lstm;
  std::unique_ptr<DeviceMemory> x, y, dy, dx, workspace, scratch;
  OnDevice<float> parameters, gradients;
  std::vector<float> const host_x, host_dy, host_parameters;

  Layer(Backend& on, Implementation const& implementation, LstmShape const& of)
      : backend(on),
        shape(of),
        bytes(implementation.bytes(of)),
        lstm(implementation.make(of)),
        x(array(of.steps * of.batch * of.inputs, of.precision)),
        y(array(of.steps * of.batch * of.outputs(), of.precision)),
        dy(array(of.steps * of.batch * of.outputs(), Precision::f32)),
        dx(array(of.steps * of.batch * of.inputs, Precision::f32)),
        workspace(on.allocate(bytes.workspace)),
        scratch(on.allocate(bytes.scratch)),
        parameters(on, noise(of.parameters(), 0.5f, 1)),
        gradients(on, std::vector<float>(of.parameters())),
        host_x(padded_x(of)),
        host_dy(noise(of.steps * of.batch * of.outputs(), 1.0f, 3)),
        host_parameters(parameters.host()) {
    // The previous contents must not matter.
    for (DeviceMemory* each : {y.get(), dx.get(), workspace.get(), scratch.get()})
      if (each->bytes() > 0) std::memset(each->data(), 0xFF, each->bytes());
    store(*x, host_x, shape.precision);
    store(*dy, host_dy, Precision::f32);
    lstm->load_parameters(parameters.span());
  }

  std::unique_ptr<DeviceMemory> array(std::size_t count, Precision precision) const {
    return backend.allocate(count * element_bytes(precision));
  }
  static std::vector<float> padded_x(LstmShape const& shape) {
    std::vector<float> values = noise(shape.steps * shape.batch * shape.inputs, 1.5f, 2);
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i % shape.inputs >= shape.weight_inputs) values[i] = 0;
      if (shape.precision == Precision::bf16) values[i] = to_float(from_float<Bf16>(values[i]));
    }
    return values;
  }
  static void store(DeviceMemory& memory, std::vector<float> const& values, Precision precision) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (precision == Precision::f32)
        static_cast<float*>(memory.data())[i] = values[i];
      else
        static_cast<Bf16*>(memory.data())[i] = from_float<Bf16>(values[i]);
    }
  }
  static std::vector<float> load(DeviceMemory& memory, Precision precision) {
    std::vector<float> values(memory.bytes() / element_bytes(precision));
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = precision == Precision::f32 ? static_cast<float*>(memory.data())[i]
                                              : to_float(static_cast<Bf16*>(memory.data())[i]);
    }
    return values;
  }

  void forward() {
    lstm->forward(activations(*x, shape.precision), activations(*y, shape.precision),
                  span_of<std::byte>(*workspace), span_of<std::byte>(*scratch));
  }
  void backward() {
    store(*dy, host_dy, Precision::f32);  // a backward pass may overwrite it
    Activations const wanted =
        shape.input_gradient ? activations(*dx, Precision::f32) : Activations{};
    lstm->backward(activations(*x, shape.precision), activations(*y, shape.precision),
                   activations(*dy, Precision::f32), span_of<std::byte>(*workspace),
                   span_of<std::byte>(*scratch), wanted, gradients.span());
  }
  std::vector<float> outputs() const { return load(*y, shape.precision); }
  std::vector<float> x_gradients() const { return load(*dx, Precision::f32); }
};

}  // namespace moneta
