// SPDX-License-Identifier: Apache-2.0
#include "backend/cpu/gather.h"

#include "backend/cpu/for_each.h"

namespace moneta::cpu {
namespace {

/// Fills one step of all windows.
template <class Element>
inline void fill_step(WindowGatherer<Element> const& gatherer, std::size_t t) {
  for (std::size_t n = 0; n < gatherer.batch; ++n) {
    float const* const bar = gatherer.bar(t, n);
    Element* const x = gatherer.x + (t * gatherer.batch + n) * gatherer.width;
    for (std::size_t f = 0; f < gatherer.features; ++f)
      x[f] = from_float<Element>(gatherer.scaled(bar[f], f));
    for (std::size_t f = gatherer.features; f < gatherer.width; ++f)
      x[f] = from_float<Element>(0.0f);
  }
}

MONETA_CLONES void gather_step(WindowGatherer<float> const gatherer, std::size_t t) {
  fill_step(gatherer, t);
}

MONETA_CLONES void gather_step(WindowGatherer<Bf16> const gatherer, std::size_t t) {
  fill_step(gatherer, t);
}

MONETA_CLONES void gather_step(WindowGatherer<F16> const gatherer, std::size_t t) {
  fill_step(gatherer, t);
}

template <class Element>
void gather_all(std::size_t threads, WindowGatherer<Element> const& gatherer) {
  for_each_block(threads, gatherer.steps, [&](std::size_t t) { gather_step(gatherer, t); });
}

}  // namespace

void gather(std::size_t threads, WindowGatherer<float> const& gatherer) {
  gather_all(threads, gatherer);
}
void gather(std::size_t threads, WindowGatherer<Bf16> const& gatherer) {
  gather_all(threads, gatherer);
}
void gather(std::size_t threads, WindowGatherer<F16> const& gatherer) {
  gather_all(threads, gatherer);
}

}  // namespace moneta::cpu
