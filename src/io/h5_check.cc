// SPDX-License-Identifier: Apache-2.0
#include "io/h5_check.h"

#include "base/text.h"

namespace moneta {

static_assert(sizeof(hid_t) == sizeof(std::int64_t), "HDF5 >= 1.10 has 64-bit identifiers");

void h5_silence() {
  // HDF5 keeps this setting per thread.
  thread_local bool const done = H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr) >= 0;
  (void)done;
}

std::string h5_reason() {
  std::string reason;
  auto const take_first = [](unsigned n, H5E_error2_t const* error, void* text) -> herr_t {
    if (n == 0 && error->desc != nullptr) *static_cast<std::string*>(text) = error->desc;
    return 0;
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_first, &reason);
  return reason.empty() ? "HDF5 gives no reason" : sanitized(reason);
}

H5Handle h5_within_file(hid_t property_class) {
  H5Handle properties(H5Pcreate(property_class), H5Pclose);
  auto const refuse = [](char const*, char const*, char const*, char const*, unsigned*, hid_t,
                         void*) -> herr_t { return -1; };
  H5Pset_elink_cb(properties.id(), refuse, nullptr);
  return properties;
}

H5Handle h5_text_type() {
  H5Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.id(), H5T_VARIABLE);
  H5Tset_cset(type.id(), H5T_CSET_UTF8);
  return type;
}

std::vector<char const*> h5_pointers(std::vector<std::string> const& texts) {
  std::vector<char const*> pointers;
  for (auto const& text : texts) pointers.push_back(text.c_str());
  return pointers;
}

hid_t h5_memory_type(H5Type type) {
  switch (type) {
    case H5Type::int64:
      return H5T_NATIVE_INT64;
    case H5Type::int8:
      return H5T_NATIVE_INT8;
    case H5Type::uint8:
      return H5T_NATIVE_UINT8;
    case H5Type::float32:
      return H5T_NATIVE_FLOAT;
    case H5Type::float64:
      return H5T_NATIVE_DOUBLE;
    case H5Type::other:
      break;
  }
  throw Error(ErrorKind::internal, "an HDF5 element type that Moneta does not use was requested");
}

hid_t h5_file_type(H5Type type) {
  switch (type) {
    case H5Type::int64:
      return H5T_STD_I64LE;
    case H5Type::int8:
      return H5T_STD_I8LE;
    case H5Type::uint8:
      return H5T_STD_U8LE;
    case H5Type::float32:
      return H5T_IEEE_F32LE;
    case H5Type::float64:
      return H5T_IEEE_F64LE;
    case H5Type::other:
      break;
  }
  return h5_memory_type(type);
}

H5Type h5_element_type(hid_t type) {
  auto const type_class = H5Tget_class(type);
  auto const bytes = H5Tget_size(type);
  if (type_class == H5T_FLOAT && bytes == 4) return H5Type::float32;
  if (type_class == H5T_FLOAT && bytes == 8) return H5Type::float64;
  if (type_class != H5T_INTEGER) return H5Type::other;
  auto const sign = H5Tget_sign(type);
  if (bytes == 8 && sign == H5T_SGN_2) return H5Type::int64;
  if (bytes == 1 && sign == H5T_SGN_2) return H5Type::int8;
  if (bytes == 1 && sign == H5T_SGN_NONE) return H5Type::uint8;
  return H5Type::other;
}

}  // namespace moneta
