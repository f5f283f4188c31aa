// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "cuda_model/model.h"

namespace cuda_model {

/// Misuse: the library may support this, but the model does not compute it.
[[noreturn]] inline void not_modeled(char const* call, std::string const& what) {
  misuse(call, what + " is not modeled (see tests/cuda_model/REFUSED.md)");
}

/// The objects of one type that exist.
template <class Object>
class LiveObjects {
 public:
  static LiveObjects& instance() {
    static auto* const objects = new LiveObjects;  // threads may call while the process ends
    return *objects;
  }

  Object* make() {
    std::lock_guard const guard(mutex_);
    return objects_.emplace_back(std::make_unique<Object>()).get();
  }
  /// Misuse if the object does not exist; null is allowed.
  void require(char const* call, char const* what, Object const* object) {
    if (object == nullptr || is_live(object)) return;
    misuse(call, fmt::format("its {} does not exist, or has been destroyed", what));
  }
  void destroy(char const* call, char const* what, Object* object) {
    require(call, what, object);
    std::lock_guard const guard(mutex_);
    std::erase_if(objects_, [&](auto const& each) { return each.get() == object; });
  }

 private:
  bool is_live(Object const* object) {
    std::lock_guard const guard(mutex_);
    return std::any_of(objects_.begin(), objects_.end(),
                       [&](auto const& each) { return each.get() == object; });
  }

  std::mutex mutex_;
  std::vector<std::unique_ptr<Object>> objects_;
};

template <class Object>
void require_live(char const* call, char const* what, Object const* object) {
  LiveObjects<Object>::instance().require(call, what, object);
}
}  // namespace cuda_model
