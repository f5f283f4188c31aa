// SPDX-License-Identifier: Apache-2.0
#include "io/h5_image.h"

#include <hdf5.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace moneta {

H5Image::~H5Image() { std::free(memory_); }

void* H5Image::resize(std::size_t size) {
  constexpr std::size_t least = std::size_t{1} << 20;
  if (size > capacity_) {
    std::size_t const capacity = std::max({size, 2 * capacity_, least});
    auto* const memory = static_cast<std::byte*>(std::realloc(memory_, capacity));
    if (memory == nullptr) return nullptr;
    memory_ = memory;
    capacity_ = capacity;
  }
  size_ = size;
  return memory_;
}

bool H5Image::set_up(std::int64_t access) {
  H5FD_file_image_callbacks_t calls{};
  calls.image_malloc = [](std::size_t size, H5FD_file_image_op_t, void* image) {
    return static_cast<H5Image*>(image)->resize(size);
  };
  calls.image_memcpy = [](void* to, void const* from, std::size_t size, H5FD_file_image_op_t,
                          void*) { return std::memcpy(to, from, size); };
  calls.image_realloc = [](void*, std::size_t size, H5FD_file_image_op_t, void* image) {
    return static_cast<H5Image*>(image)->resize(size);
  };
  calls.image_free = [](void*, H5FD_file_image_op_t, void*) -> herr_t { return 0; };
  calls.udata_copy = [](void* image) { return image; };
  calls.udata_free = [](void*) -> herr_t { return 0; };
  calls.udata = this;
  return H5Pset_fapl_core(access, 1, false) >= 0 &&
         H5Pset_file_image_callbacks(access, &calls) >= 0;
}

}  // namespace moneta
