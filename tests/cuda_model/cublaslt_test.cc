// SPDX-License-Identifier: Apache-2.0
// Tests the model's cuBLASLt: products against a slow one in double, what it refuses, and misuse.
#include <cublasLt.h>
#include <cuda_runtime_api.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace {

constexpr std::size_t work_bytes = std::size_t{1} << 20;

/// D [m,n] = op(A) [m,k] op(B) [k,n] + beta D of float32 matrices, with its descriptors. Tests
/// change the members to provoke refusals.
struct LtProduct {
  LtProduct(int m_rows, int n_columns, int inner, bool transpose_a, bool transpose_b)
      : m(m_rows),
        n(n_columns),
        k(inner),
        a_is_transposed(transpose_a),
        b_is_transposed(transpose_b) {
    EXPECT_EQ(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), cudaSuccess);
    EXPECT_EQ(cublasLtCreate(&handle), CUBLAS_STATUS_SUCCESS);
    EXPECT_EQ(cublasLtMatmulPreferenceCreate(&preference), CUBLAS_STATUS_SUCCESS);
    EXPECT_EQ(
        cublasLtMatmulPreferenceSetAttribute(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES,
                                             &work_bytes, sizeof work_bytes),
        CUBLAS_STATUS_SUCCESS);
    for (void** const memory : {&a, &b, &d, &work})
      EXPECT_EQ(cudaMalloc(memory, work_bytes), cudaSuccess);
    make_descriptors();
  }
  LtProduct(LtProduct const&) = delete;
  LtProduct& operator=(LtProduct const&) = delete;
  ~LtProduct() {
    EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
    destroy_descriptors();
    EXPECT_EQ(cublasLtMatmulPreferenceDestroy(preference), CUBLAS_STATUS_SUCCESS);
    EXPECT_EQ(cublasLtDestroy(handle), CUBLAS_STATUS_SUCCESS);
    for (void* const memory : {a, b, d, work}) EXPECT_EQ(cudaFree(memory), cudaSuccess);
    EXPECT_EQ(cudaStreamDestroy(stream), cudaSuccess);
  }

  void make_descriptors() {
    EXPECT_EQ(cublasLtMatmulDescCreate(&operation, compute, scale), CUBLAS_STATUS_SUCCESS);
    auto const set = [&](cublasLtMatmulDescAttributes_t attribute, bool transpose) {
      cublasOperation_t const value = transpose ? CUBLAS_OP_T : CUBLAS_OP_N;
      EXPECT_EQ(cublasLtMatmulDescSetAttribute(operation, attribute, &value, sizeof value),
                CUBLAS_STATUS_SUCCESS);
    };
    set(CUBLASLT_MATMUL_DESC_TRANSA, a_is_transposed);
    set(CUBLASLT_MATMUL_DESC_TRANSB, b_is_transposed);
    auto const make = [](cublasLtMatrixLayout_t* layout, cudaDataType type, int rows, int columns) {
      EXPECT_EQ(cublasLtMatrixLayoutCreate(layout, type, static_cast<std::uint64_t>(rows),
                                           static_cast<std::uint64_t>(columns), rows),
                CUBLAS_STATUS_SUCCESS);
    };
    make(&a_layout, a_type, a_is_transposed ? k : m, a_is_transposed ? m : k);
    make(&b_layout, a_type, b_is_transposed ? n : k, b_is_transposed ? k : n);
    make(&d_layout, d_type, m, n);
  }
  void destroy_descriptors() {
    EXPECT_EQ(cublasLtMatmulDescDestroy(operation), CUBLAS_STATUS_SUCCESS);
    for (cublasLtMatrixLayout_t const layout : {a_layout, b_layout, d_layout})
      EXPECT_EQ(cublasLtMatrixLayoutDestroy(layout), CUBLAS_STATUS_SUCCESS);
  }
  cublasStatus_t choose() {
    int found = 0;
    return cublasLtMatmulAlgoGetHeuristic(handle, operation, a_layout, b_layout, d_layout, d_layout,
                                          preference, 1, &chosen, &found);
  }
  cublasStatus_t multiply(float beta = 0, std::size_t given_work = work_bytes) {
    float const alpha = 1;
    return cublasLtMatmul(handle, operation, &alpha, a, a_layout, b, b_layout, &beta, d, d_layout,
                          d, d_layout, &chosen.algo, work, given_work, stream);
  }
  void put(void* to, std::vector<float> const& values) const {
    EXPECT_EQ(cudaMemcpyAsync(to, values.data(), values.size() * sizeof(float),
                              cudaMemcpyHostToDevice, stream),
              cudaSuccess);
  }
  std::vector<float> result() const {
    std::vector<float> values(static_cast<std::size_t>(m * n));
    EXPECT_EQ(cudaMemcpyAsync(values.data(), d, values.size() * sizeof(float),
                              cudaMemcpyDeviceToHost, stream),
              cudaSuccess);
    EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
    return values;
  }

  int m, n, k;
  bool a_is_transposed, b_is_transposed;
  cublasComputeType_t compute = CUBLAS_COMPUTE_32F;
  cudaDataType_t scale = CUDA_R_32F, a_type = CUDA_R_32F, d_type = CUDA_R_32F;
  cudaStream_t stream = nullptr;
  cublasLtHandle_t handle = nullptr;
  cublasLtMatmulDesc_t operation = nullptr;
  cublasLtMatrixLayout_t a_layout = nullptr, b_layout = nullptr, d_layout = nullptr;
  cublasLtMatmulPreference_t preference = nullptr;
  cublasLtMatmulHeuristicResult_t chosen{};
  void *a = nullptr, *b = nullptr, *d = nullptr, *work = nullptr;
};

std::vector<float> noise(int count, int seed) {
  std::vector<float> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = std::sin(static_cast<float>(i * 13 + static_cast<std::size_t>(seed)));
  return values;
}

TEST(LtProducts, EqualThoseInDouble) {
  for (int const transposes : {0, 1, 2, 3}) {
    LtProduct product(19, 7, 33, (transposes & 1) != 0, (transposes & 2) != 0);
    int const m = product.m, n = product.n, k = product.k;
    std::vector<float> const a = noise(m * k, 1), b = noise(k * n, 2), before = noise(m * n, 3);
    product.put(product.a, a), product.put(product.b, b), product.put(product.d, before);
    ASSERT_EQ(product.choose(), CUBLAS_STATUS_SUCCESS);
    ASSERT_EQ(product.multiply(0.5f), CUBLAS_STATUS_SUCCESS);
    std::vector<float> const result = product.result();
    auto const element = [](std::vector<float> const& values, int index) {
      return double{values[static_cast<std::size_t>(index)]};
    };
    for (int i = 0; i < m; ++i) {
      for (int j = 0; j < n; ++j) {
        double sum = 0.5 * element(before, i + j * m);
        for (int q = 0; q < k; ++q)
          sum += element(a, product.a_is_transposed ? q + i * k : i + q * m) *
                 element(b, product.b_is_transposed ? j + q * n : q + j * k);
        EXPECT_NEAR(element(result, i + j * m), sum, 1e-5);
      }
    }
  }
}

TEST(LtProducts, DoNotReadWhatIsMultipliedBy0) {
  LtProduct product(4, 4, 4, false, false);  // D is NaN, like all new memory
  product.put(product.a, noise(16, 1)), product.put(product.b, noise(16, 2));
  ASSERT_EQ(product.choose(), CUBLAS_STATUS_SUCCESS);
  ASSERT_EQ(product.multiply(), CUBLAS_STATUS_SUCCESS);
  for (float const value : product.result()) EXPECT_TRUE(std::isfinite(value));
}

TEST(LtAlgorithms, StayValidForEqualDescriptors) {
  LtProduct product(4, 4, 4, false, true);
  product.put(product.a, noise(16, 1)), product.put(product.b, noise(16, 2));
  ASSERT_EQ(product.choose(), CUBLAS_STATUS_SUCCESS);
  product.destroy_descriptors();
  product.make_descriptors();
  EXPECT_EQ(product.multiply(), CUBLAS_STATUS_SUCCESS);
}

TEST(LtAlgorithms, NeedTheirWorkSpace) {
  LtProduct product(4, 4, 4, false, false);
  ASSERT_EQ(product.choose(), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(product.multiply(0, product.chosen.workspaceSize - 1), CUBLAS_STATUS_INVALID_VALUE);
}

struct RefusalCase {
  char const* name;
  std::function<void(LtProduct&)> change;  ///< before the descriptors are made
  cublasStatus_t status;

  friend void PrintTo(RefusalCase const& given, std::ostream* out) { *out << given.name; }
};
class LtRefusals : public testing::TestWithParam<RefusalCase> {};

TEST_P(LtRefusals, ComeFromTheHeuristic) {
  LtProduct product(8, 8, 8, false, false);
  product.destroy_descriptors();
  GetParam().change(product);
  product.make_descriptors();
  EXPECT_EQ(product.choose(), GetParam().status);
}

/// Replaces the layout of A by one with another size or leading dimension.
void describe_a(LtProduct& product, std::uint64_t rows, std::int64_t leading) {
  EXPECT_EQ(cublasLtMatrixLayoutDestroy(product.a_layout), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(cublasLtMatrixLayoutCreate(&product.a_layout, CUDA_R_32F, rows, 8, leading),
            CUBLAS_STATUS_SUCCESS);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, LtRefusals, testing::ValuesIn(std::vector<RefusalCase>{
    {"Float",           [](LtProduct&) {}, CUBLAS_STATUS_SUCCESS},
    {"Bfloat16",        [](LtProduct& p) { p.a_type = p.d_type = CUDA_R_16BF; }, CUBLAS_STATUS_SUCCESS},
    {"HalfToFloat",     [](LtProduct& p) { p.a_type = CUDA_R_16F; }, CUBLAS_STATUS_SUCCESS},
    {"HalfToBfloat16",  [](LtProduct& p) { p.a_type = CUDA_R_16F; p.d_type = CUDA_R_16BF; }, CUBLAS_STATUS_NOT_SUPPORTED},
    {"FloatToHalf",     [](LtProduct& p) { p.d_type = CUDA_R_16F; }, CUBLAS_STATUS_NOT_SUPPORTED},
    {"Double",          [](LtProduct& p) { p.a_type = p.d_type = CUDA_R_64F; }, CUBLAS_STATUS_NOT_SUPPORTED},
    {"DoubleScale",     [](LtProduct& p) { p.scale = CUDA_R_64F; }, CUBLAS_STATUS_NOT_SUPPORTED},
    {"NoRows",          [](LtProduct& p) { p.m = 0; }, CUBLAS_STATUS_INVALID_VALUE},
}), [](auto const& each) { return each.param.name; });
// clang-format on

TEST(LtRefusalsOfSizes, ComeFromTheHeuristic) {
  LtProduct product(8, 8, 8, false, false);
  describe_a(product, 9, 9);
  EXPECT_EQ(product.choose(), CUBLAS_STATUS_INVALID_VALUE);
  describe_a(product, 8, 7);
  EXPECT_EQ(product.choose(), CUBLAS_STATUS_INVALID_VALUE);
  describe_a(product, 8, 12);
  EXPECT_EQ(product.choose(), CUBLAS_STATUS_SUCCESS);
}

struct MisuseCase {
  char const* name;
  std::function<void(LtProduct&)> commit;
  char const* message;

  friend void PrintTo(MisuseCase const& given, std::ostream* out) { *out << given.name; }
};
class LtMisuseDeathTest : public testing::TestWithParam<MisuseCase> {
 protected:
  void SetUp() override { testing::FLAGS_gtest_death_test_style = "threadsafe"; }
};

TEST_P(LtMisuseDeathTest, EndsTheProcess) {
  EXPECT_EXIT(
      {
        LtProduct product(8, 8, 8, false, false);
        GetParam().commit(product);
      },
      testing::ExitedWithCode(99), GetParam().message);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, LtMisuseDeathTest, testing::ValuesIn(std::vector<MisuseCase>{
    {"NoHeuristic",      [](LtProduct& p) { (void)p.multiply(); }, "does not come from cublasLtMatmulAlgoGetHeuristic"},
    {"OtherDescriptors", [](LtProduct& p) { (void)p.choose(); describe_a(p, 8, 16); (void)p.multiply(); }, "chosen for other descriptors"},
    {"LessAlignment",    [](LtProduct& p) { (void)p.choose(); p.a = static_cast<std::byte*>(p.a) + 16; (void)p.multiply(); }, "cublasLtMatmul: .*A"},
    {"UnalignedWork",    [](LtProduct& p) { (void)p.choose(); p.work = static_cast<std::byte*>(p.work) + 16; (void)p.multiply(); }, "cublasLtMatmul: .*workspace"},
    {"ResultOverInput",  [](LtProduct& p) { (void)p.choose(); p.d = p.a; (void)p.multiply(); }, "D overlaps A"},
    {"HalfSums",         [](LtProduct& p) { p.destroy_descriptors(); p.compute = CUBLAS_COMPUTE_16F; p.make_descriptors(); (void)p.choose(); }, "not modeled"},
    {"Epilogue",         [](LtProduct& p) { std::int32_t const bias = CUBLASLT_EPILOGUE_BIAS; (void)cublasLtMatmulDescSetAttribute(p.operation, CUBLASLT_MATMUL_DESC_EPILOGUE, &bias, sizeof bias); }, "not modeled"},
    {"RowMajor",         [](LtProduct& p) { std::int32_t const order = CUBLASLT_ORDER_ROW; (void)cublasLtMatrixLayoutSetAttribute(p.a_layout, CUBLASLT_MATRIX_LAYOUT_ORDER, &order, sizeof order); }, "not modeled"},
}), [](auto const& each) { return each.param.name; });
// clang-format on

}  // namespace
