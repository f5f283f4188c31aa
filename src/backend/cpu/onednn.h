// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dnnl.hpp>
#include <string>

#include "base/error.h"

/// Differences between oneDNN 2.x and 3.x, and the conversion of its errors.
namespace moneta::cpu {

/// Runs `work` and converts the exceptions of oneDNN to Error (device): "oneDNN cannot <what>
/// (...)".
template <class Work>
auto with_onednn(std::string const& what, Work const& work) {
  try {
    return work();
  } catch (dnnl::error const& error) {
    bool const full = error.status == dnnl_out_of_memory;
    throw Error(ErrorKind::device,
                fmt::format("oneDNN cannot {} ({}). {}", what, error.what(),
                            full ? "Lower device.memory_limit_mib or model.hidden?"
                                 : "Set train.precision to f32, or update oneDNN?"));
  }
}

/// 3.x takes the arguments of a primitive directly, 2.x in a `desc`.
template <class Primitive, class... Arguments>
auto describe_forward(dnnl::engine const& engine, dnnl::primitive_attr const& attributes,
                      Arguments const&... arguments) {
#if DNNL_VERSION_MAJOR >= 3
  return typename Primitive::primitive_desc(engine, arguments..., attributes);
#else
  return typename Primitive::primitive_desc(typename Primitive::desc(arguments...), attributes,
                                            engine);
#endif
}

template <class Primitive, class Hint, class... Arguments>
auto describe_backward(dnnl::engine const& engine, dnnl::primitive_attr const& attributes,
                       Hint const& forward, Arguments const&... arguments) {
#if DNNL_VERSION_MAJOR >= 3
  return typename Primitive::primitive_desc(engine, arguments..., forward, attributes);
#else
  return typename Primitive::primitive_desc(typename Primitive::desc(arguments...), attributes,
                                            engine, forward);
#endif
}

/// Whether oneDNN may use all instruction sets of `isa`, whose values are bit sets.
inline bool onednn_uses(dnnl_cpu_isa_t isa) {
  auto const wanted = static_cast<unsigned>(isa);
  return (static_cast<unsigned>(dnnl_get_effective_cpu_isa()) & wanted) == wanted;
}

/// "2.6.3"
inline std::string onednn_version() {
  dnnl_version_t const* const version = dnnl_version();
  return fmt::format("{}.{}.{}", version->major, version->minor, version->patch);
}

/// The best instruction set that oneDNN may use: "avx2".
inline std::string onednn_isa() {
  if (onednn_uses(dnnl_cpu_isa_avx512_core_amx)) return "avx512 with AMX";
  if (onednn_uses(dnnl_cpu_isa_avx512_core_bf16)) return "avx512 with bf16";
  if (onednn_uses(dnnl_cpu_isa_avx512_core)) return "avx512";
  if (onednn_uses(dnnl_cpu_isa_avx2)) return "avx2";
  if (onednn_uses(dnnl_cpu_isa_sse41)) return "sse4.1";
  return "generic code";
}

}  // namespace moneta::cpu
