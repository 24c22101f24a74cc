// Products of few rows: bound by the memory that the weights come from.

#include "../lanes.h"
#include "products.h"

INLINE float widened(uint16_t number) {
    const uint32_t bits = (uint32_t)number << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

#define UNROLL _Pragma("clang loop unroll(full)")
#define LOAD(address) \
    ({ \
        PART loaded_; \
        memcpy(&loaded_, (address), sizeof loaded_); \
        loaded_; \
    })
#define WIDEN_HALF(address) \
    ({ \
        half_u16 narrow_; \
        memcpy(&narrow_, (address), sizeof narrow_); \
        (half_f32)(__builtin_convertvector(narrow_, half_u32) << 16); \
    })

// Two registers of eight lanes: half a tile's accumulators, and a register of weights with three of x, are sixteen.
#define PART half_f32
#define PARTS 2
#define PART_LANES 8
#define JOIN(sum) JOIN_HALF((sum)[0] + (sum)[1])
#define TALL 2
#define WIDTH 3
#define TARGET
#define WEIGHT float
#define WIDE LOAD
#define AT(name) name##_f32_scalar
#include "fewrows.h"
#undef AT
#undef WIDE
#undef WEIGHT
#define WEIGHT uint16_t
#define WIDE WIDEN_HALF
#define AT(name) name##_bf16_scalar
#include "fewrows.h"
#undef AT
#undef WIDE
#undef WEIGHT
#undef TARGET

#if defined(__x86_64__)

#define TARGET AVX2
#define WEIGHT float
#define WIDE LOAD
#define AT(name) name##_f32_avx2
#include "fewrows.h"
#undef AT
#undef WIDE
#undef WEIGHT
#define WEIGHT uint16_t
#define WIDE WIDEN_HALF
#define AT(name) name##_bf16_avx2
#include "fewrows.h"
#undef AT
#undef WIDE
#undef WEIGHT
#undef TARGET

#undef PART
#undef PARTS
#undef PART_LANES
#undef JOIN
#undef TALL
#undef WIDTH
// One register of sixteen lanes, of which there are 32.
#define PART lanes_f32
#define PARTS 1
#define PART_LANES 16
#define JOIN(sum) JOIN_F32((sum)[0])
#define TALL 4
#define WIDTH 6
#define TARGET AVX512
#define WEIGHT float
#define WIDE LOAD
#define AT(name) name##_f32_avx512
#include "fewrows.h"
#undef AT
#undef WIDE
#undef WEIGHT
#define WEIGHT uint16_t
#define WIDE WIDEN_BF16
#define AT(name) name##_bf16_avx512
#include "fewrows.h"
#undef AT
#undef WIDE
#undef WEIGHT
#undef TARGET

#endif

#if defined(__x86_64__)
#define CALL(type, ...) \
    (level >= CLAYERS_AVX512 ? few_rows_##type##_avx512(__VA_ARGS__) \
     : level >= CLAYERS_AVX2 ? few_rows_##type##_avx2(__VA_ARGS__) \
                             : few_rows_##type##_scalar(__VA_ARGS__))
#else
#define CALL(type, ...) ((void)level, few_rows_##type##_scalar(__VA_ARGS__))
#endif

void clayers_few_rows(int level, const float *x, ptrdiff_t x_stride, int rows, const void *w, int bfloat16,
                      ptrdiff_t w_stride, size_t inputs, size_t first, size_t end, float *y, ptrdiff_t y_stride,
                      int accumulate, const void *bias, int bias_bfloat16) {
    if (bfloat16)
        CALL(bf16, x, x_stride, rows, (const uint16_t *)w, w_stride, inputs, first, end, y, y_stride, accumulate, bias,
             bias_bfloat16);
    else
        CALL(f32, x, x_stride, rows, (const float *)w, w_stride, inputs, first, end, y, y_stride, accumulate, bias,
             bias_bfloat16);
}
