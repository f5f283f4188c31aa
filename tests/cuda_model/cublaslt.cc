// SPDX-License-Identifier: Apache-2.0
// The entry points of cuBLASLt: products of column-major matrices of float32, bfloat16 or float16
// with sums in float32. Descriptors accept what those of cuBLASLt 13.1 accept; it refuses
// unsupported ones when it is asked for an algorithm. REFUSED.md lists what is refused and why.
#include <cublasLt.h>

#include <array>
#include <bit>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "cuda_model/live_objects.h"
#include "cuda_model/lt_product.h"
#include "cuda_model/model.h"
#include "cuda_model/split_call.h"

namespace cuda_model {
namespace {

/// What an algorithm of the heuristic contains. It stays valid after the descriptors are destroyed.
struct LtAlgorithm {
  static constexpr std::uint64_t from_heuristic = 0x4D6F64656C4C7421;
  std::uint64_t origin = 0;
  std::uint64_t product = 0;  ///< fingerprint
  std::uint64_t work_bytes = 0;
  std::array<std::uint32_t, 4> alignments{};
};
static_assert(sizeof(LtAlgorithm) <= sizeof(cublasLtMatmulAlgo_t));

struct LtHandle {
  int device = 0;
};

// The library's opaque pointers are pointers to these structs.
LtHandle* object(cublasLtHandle_t handle) { return reinterpret_cast<LtHandle*>(handle); }
LtOperation* object(cublasLtMatmulDesc_t operation) {
  return reinterpret_cast<LtOperation*>(operation);
}
LtLayout* object(cublasLtMatrixLayout_t layout) { return reinterpret_cast<LtLayout*>(layout); }
LtPreference* object(cublasLtMatmulPreference_t preference) {
  return reinterpret_cast<LtPreference*>(preference);
}

template <class Object, class Pointer>
cublasStatus_t create(char const* call, Pointer* made, Object const& value) {
  if (int const status = injected_status(call)) return static_cast<cublasStatus_t>(status);
  if (made == nullptr) return CUBLAS_STATUS_INVALID_VALUE;
  Object* const created = LiveObjects<Object>::instance().make();
  *created = value;
  *made = reinterpret_cast<Pointer>(created);
  return CUBLAS_STATUS_SUCCESS;
}

template <class Pointer>
cublasStatus_t destroy(char const* call, char const* what, Pointer pointer) {
  if (int const status = injected_status(call)) return static_cast<cublasStatus_t>(status);
  using Object = std::remove_pointer_t<decltype(object(pointer))>;
  LiveObjects<Object>::instance().destroy(call, what, object(pointer));
  return CUBLAS_STATUS_SUCCESS;
}

/// The value of an attribute; false if its size is another one.
template <class Value>
bool read_attribute(void const* from, std::size_t bytes, Value& value) {
  if (from == nullptr || bytes != sizeof value) return false;
  std::memcpy(&value, from, bytes);
  return true;
}

/// Requires that everything exists. Returns false if something is null.
bool read_product(char const* call, cublasLtMatmulDesc_t operation,
                  std::array<cublasLtMatrixLayout_t, 4> const& layouts, Product& product) {
  if (operation == nullptr) return false;
  require_live(call, "operation descriptor", object(operation));
  for (cublasLtMatrixLayout_t const layout : layouts) {
    if (layout == nullptr) return false;
    require_live(call, "matrix layout", object(layout));
  }
  product = {*object(operation), *object(layouts[0]), *object(layouts[1]), *object(layouts[2]),
             *object(layouts[3])};
  return true;
}

void require_own_handle(char const* call, cublasLtHandle_t handle) {
  require_live(call, "handle", object(handle));
  if (object(handle)->device != current_device())
    misuse(call, "its handle belongs to another device than the selected one");
}

/// The arguments of cublasLtMatmul behind its descriptors.
struct LtArrays {
  void const *a, *b, *c;
  void* d;
  void* work;
  std::size_t work_bytes;
};

std::vector<MemoryUse> uses_of(Product const& product, LtArrays const& arrays, float beta,
                               std::array<std::uint32_t, 4> const& alignments) {
  constexpr std::size_t work_alignment = 256;
  bool const is_in_place = arrays.c == arrays.d, reads_c = beta != 0;
  auto const rows = static_cast<std::int64_t>(product.d.rows);
  auto const columns = static_cast<std::int64_t>(product.d.columns);
  bool const is_dense =
      product.d.leading == rows && (product.d.count == 1 || product.d.stride == rows * columns);
  // What lies between the columns and matrices of D must survive.
  Access const access = (is_in_place && reads_c) || !is_dense ? Access::update : Access::write;
  std::vector<MemoryUse> uses{
      {"A", arrays.a, span_bytes(product.a), Access::read, alignments[0]},
      {"B", arrays.b, span_bytes(product.b), Access::read, alignments[1]},
      {"D", arrays.d, span_bytes(product.d), access, alignments[3]},
      {"workspace", arrays.work, arrays.work_bytes, Access::work, work_alignment}};
  if (!is_in_place && reads_c)
    uses.push_back({"C", arrays.c, span_bytes(product.c), Access::read, alignments[2]});
  return uses;
}

void require_algorithm(char const* call, LtAlgorithm const& algorithm, Product const& product) {
  if (algorithm.origin != LtAlgorithm::from_heuristic)
    misuse(call, "its algorithm does not come from cublasLtMatmulAlgoGetHeuristic");
  if (algorithm.product != fingerprint(product))
    misuse(call, "its algorithm was chosen for other descriptors");
}

}  // namespace
}  // namespace cuda_model

using namespace cuda_model;

extern "C" {

std::size_t cublasLtGetVersion() { return CUBLAS_VERSION; }

char const* cublasLtGetStatusString(cublasStatus_t status) {
  switch (status) {
    case CUBLAS_STATUS_SUCCESS:
      return "success";
    case CUBLAS_STATUS_NOT_INITIALIZED:
      return "the library was not initialized";
    case CUBLAS_STATUS_ALLOC_FAILED:
      return "the resource allocation failed";
    case CUBLAS_STATUS_INVALID_VALUE:
      return "an unsupported value or parameter was passed to the function";
    case CUBLAS_STATUS_ARCH_MISMATCH:
      return "the function requires an architectural feature absent from the device";
    case CUBLAS_STATUS_EXECUTION_FAILED:
      return "the function failed to launch on the GPU";
    case CUBLAS_STATUS_INTERNAL_ERROR:
      return "an internal operation failed";
    case CUBLAS_STATUS_NOT_SUPPORTED:
      return "the requested functionality is not supported";
    default:
      return "unrecognized status";
  }
}

cublasStatus_t cublasLtCreate(cublasLtHandle_t* handle) {
  return create(__func__, handle, LtHandle{current_device()});
}
cublasStatus_t cublasLtDestroy(cublasLtHandle_t handle) {
  if (handle == nullptr) return CUBLAS_STATUS_INVALID_VALUE;
  return destroy(__func__, "handle", handle);
}

cublasStatus_t cublasLtMatmulDescCreate(cublasLtMatmulDesc_t* operation,
                                        cublasComputeType_t compute, cudaDataType_t scale) {
  return create(__func__, operation, LtOperation{compute, scale});
}
cublasStatus_t cublasLtMatmulDescDestroy(cublasLtMatmulDesc_t operation) {
  return destroy(__func__, "operation descriptor", operation);
}

cublasStatus_t cublasLtMatmulDescSetAttribute(cublasLtMatmulDesc_t operation,
                                              cublasLtMatmulDescAttributes_t attribute,
                                              void const* value, size_t bytes) {
  if (int const status = injected_status(__func__)) return static_cast<cublasStatus_t>(status);
  std::int32_t number = 0;
  if (operation == nullptr || !read_attribute(value, bytes, number))
    return CUBLAS_STATUS_INVALID_VALUE;
  require_live(__func__, "operation descriptor", object(operation));
  switch (attribute) {
    case CUBLASLT_MATMUL_DESC_TRANSA:
      object(operation)->a = static_cast<cublasOperation_t>(number);
      return CUBLAS_STATUS_SUCCESS;
    case CUBLASLT_MATMUL_DESC_TRANSB:
      object(operation)->b = static_cast<cublasOperation_t>(number);
      return CUBLAS_STATUS_SUCCESS;
    default:
      not_modeled(__func__,
                  fmt::format("attribute {} of an operation", static_cast<int>(attribute)));
  }
}

cublasStatus_t cublasLtMatrixLayoutCreate(cublasLtMatrixLayout_t* layout, cudaDataType type,
                                          uint64_t rows, uint64_t columns, int64_t leading) {
  return create(__func__, layout, LtLayout{type, rows, columns, leading});
}
cublasStatus_t cublasLtMatrixLayoutDestroy(cublasLtMatrixLayout_t layout) {
  return destroy(__func__, "matrix layout", layout);
}

cublasStatus_t cublasLtMatrixLayoutSetAttribute(cublasLtMatrixLayout_t layout,
                                                cublasLtMatrixLayoutAttribute_t attribute,
                                                void const* value, size_t bytes) {
  if (int const status = injected_status(__func__)) return static_cast<cublasStatus_t>(status);
  if (layout == nullptr) return CUBLAS_STATUS_INVALID_VALUE;
  require_live(__func__, "matrix layout", object(layout));
  auto const set = [&](auto& member) {
    return read_attribute(value, bytes, member) ? CUBLAS_STATUS_SUCCESS
                                                : CUBLAS_STATUS_INVALID_VALUE;
  };
  if (attribute == CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT) return set(object(layout)->count);
  if (attribute == CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET) return set(object(layout)->stride);
  std::int32_t number = 0;
  if (!read_attribute(value, bytes, number)) return CUBLAS_STATUS_INVALID_VALUE;
  if (attribute != CUBLASLT_MATRIX_LAYOUT_ORDER || number != CUBLASLT_ORDER_COL)
    not_modeled(__func__, fmt::format("value {} of attribute {} of a matrix", number,
                                      static_cast<int>(attribute)));
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulPreferenceCreate(cublasLtMatmulPreference_t* preference) {
  return create(__func__, preference, LtPreference{});
}
cublasStatus_t cublasLtMatmulPreferenceDestroy(cublasLtMatmulPreference_t preference) {
  return destroy(__func__, "preference", preference);
}

cublasStatus_t cublasLtMatmulPreferenceSetAttribute(cublasLtMatmulPreference_t preference,
                                                    cublasLtMatmulPreferenceAttributes_t attribute,
                                                    void const* value, size_t bytes) {
  if (int const status = injected_status(__func__)) return static_cast<cublasStatus_t>(status);
  if (preference == nullptr) return CUBLAS_STATUS_INVALID_VALUE;
  require_live(__func__, "preference", object(preference));
  if (attribute == CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES) {
    return read_attribute(value, bytes, object(preference)->work_bytes)
               ? CUBLAS_STATUS_SUCCESS
               : CUBLAS_STATUS_INVALID_VALUE;
  }
  if (attribute < CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES ||
      attribute > CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES)
    not_modeled(__func__, fmt::format("preference {}", static_cast<int>(attribute)));
  std::uint32_t alignment = 0;
  if (!read_attribute(value, bytes, alignment)) return CUBLAS_STATUS_INVALID_VALUE;
  if (!std::has_single_bit(alignment))
    misuse(__func__, fmt::format("{} is no alignment (a power of two)", alignment));
  auto const matrix =
      static_cast<std::size_t>(attribute - CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES);
  object(preference)->alignments[matrix] = alignment;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulAlgoGetHeuristic(cublasLtHandle_t handle,
                                              cublasLtMatmulDesc_t operation,
                                              cublasLtMatrixLayout_t a, cublasLtMatrixLayout_t b,
                                              cublasLtMatrixLayout_t c, cublasLtMatrixLayout_t d,
                                              cublasLtMatmulPreference_t preference, int requested,
                                              cublasLtMatmulHeuristicResult_t results[],
                                              int* found) {
  if (int const status = injected_status(__func__)) return static_cast<cublasStatus_t>(status);
  if (handle == nullptr) return CUBLAS_STATUS_NOT_INITIALIZED;
  require_own_handle(__func__, handle);
  Product product;
  if (!read_product(__func__, operation, {a, b, c, d}, product) || preference == nullptr ||
      results == nullptr || found == nullptr || requested < 1)
    return CUBLAS_STATUS_INVALID_VALUE;
  require_live(__func__, "preference", object(preference));
  *found = 0;
  if (!is_consistent(product)) return CUBLAS_STATUS_INVALID_VALUE;
  if (product.operation.compute != CUBLAS_COMPUTE_32F)
    not_modeled(__func__, "a compute type other than CUBLAS_COMPUTE_32F");
  if (!has_supported_types(product)) return CUBLAS_STATUS_NOT_SUPPORTED;
  if (product.a.type == CUDA_R_16BF && capability() < 80) return CUBLAS_STATUS_NOT_SUPPORTED;
  std::array<LtLayout, 4> const layouts{product.a, product.b, product.c, product.d};
  for (std::size_t i = 0; i < layouts.size(); ++i) {
    if (object(preference)->alignments[i] < element_bytes(layouts[i]))
      return CUBLAS_STATUS_NOT_SUPPORTED;
  }
  LtAlgorithm const algorithm{LtAlgorithm::from_heuristic, fingerprint(product),
                              object(preference)->work_bytes, object(preference)->alignments};
  results[0] = {};
  std::memcpy(&results[0].algo, &algorithm, sizeof algorithm);
  results[0].workspaceSize = algorithm.work_bytes;  // the worst case
  results[0].state = CUBLAS_STATUS_SUCCESS;
  results[0].wavesCount = 1;
  *found = 1;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmul(cublasLtHandle_t handle, cublasLtMatmulDesc_t operation,
                              void const* alpha, void const* a, cublasLtMatrixLayout_t a_layout,
                              void const* b, cublasLtMatrixLayout_t b_layout, void const* beta,
                              void const* c, cublasLtMatrixLayout_t c_layout, void* d,
                              cublasLtMatrixLayout_t d_layout, cublasLtMatmulAlgo_t const* algo,
                              void* work, size_t work_bytes, cudaStream_t stream) {
  if (int const status = injected_status(__func__)) return static_cast<cublasStatus_t>(status);
  if (handle == nullptr) return CUBLAS_STATUS_NOT_INITIALIZED;
  require_own_handle(__func__, handle);
  Product product;
  if (!read_product(__func__, operation, {a_layout, b_layout, c_layout, d_layout}, product) ||
      alpha == nullptr || beta == nullptr)
    return CUBLAS_STATUS_INVALID_VALUE;
  if (algo == nullptr) not_modeled(__func__, "a product without an algorithm");
  if (is_device_memory(alpha) || is_device_memory(beta))
    misuse(__func__, "alpha or beta is device memory (CUBLASLT_POINTER_MODE_HOST is set)");
  LtAlgorithm algorithm;
  std::memcpy(static_cast<void*>(&algorithm), algo, sizeof algorithm);
  require_algorithm(__func__, algorithm, product);
  if (work_bytes < algorithm.work_bytes) return CUBLAS_STATUS_INVALID_VALUE;
  float const factor = *static_cast<float const*>(alpha), addend = *static_cast<float const*>(beta);
  if (c == d && c != nullptr &&
      (product.c.leading != product.d.leading || product.c.stride != product.d.stride))
    misuse(__func__, "C and D are the same array with different leading dimensions or strides");
  SplitCall call{__func__,
                 uses_of(product, {a, b, c, d, work, work_bytes}, addend, algorithm.alignments),
                 {},
                 {}};
  require_arrays(__func__, call.uses);
  auto const results = std::make_shared<std::vector<Matrix>>();
  call.start = [=] {
    for (std::int32_t i = 0; i < product.d.count; ++i) {
      results->push_back(multiply(product, factor, matrix_at(product.a, a, i),
                                  matrix_at(product.b, b, i), addend, matrix_at(product.c, c, i)));
    }
  };
  call.finish = [=] {
    for (std::int32_t i = 0; i < product.d.count; ++i) {
      write_matrix((*results)[static_cast<std::size_t>(i)], product.d, matrix_at(product.d, d, i));
    }
  };
  enqueue_split(stream, std::move(call));
  return CUBLAS_STATUS_SUCCESS;
}

}  // extern "C"
