// Products of any number of rows, each of which gets the same bits whatever the others are.

#include "../lanes.h"
#include "products.h"

// So many rows of x stay in the cache for all outputs, a multiple of the rows of every tile.
enum { BLOCK_ROWS = 240 };

INLINE float widened(uint16_t number) {
    const uint32_t bits = (uint32_t)number << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

typedef uint32_t quarter_u32 __attribute__((vector_size(16)));
typedef uint16_t quarter_u16 __attribute__((vector_size(8)));

#define UNROLL _Pragma("clang loop unroll(full)")
#define LOAD_QUARTER(address) \
    ({ \
        quarter_f32 loaded_; \
        memcpy(&loaded_, (address), sizeof loaded_); \
        loaded_; \
    })
#define WIDEN_QUARTER(address) \
    ({ \
        quarter_u16 narrow_; \
        memcpy(&narrow_, (address), sizeof narrow_); \
        (quarter_f32)(__builtin_convertvector(narrow_, quarter_u32) << 16); \
    })
#define SAME(number) (number)

// Two registers of weights, one of x, and twice as many sums as rows are sixteen registers.
#define PART half_f32
#define PART_LANES 8
#define TALL 6
#define TARGET
#define WEIGHT float
#define WIDE SAME
#define QUARTER LOAD_QUARTER
#define AT(name) name##_f32_scalar
#include "manyrows.h"
#undef AT
#undef QUARTER
#undef WIDE
#undef WEIGHT
#define WEIGHT uint16_t
#define WIDE widened
#define QUARTER WIDEN_QUARTER
#define AT(name) name##_bf16_scalar
#include "manyrows.h"
#undef AT
#undef QUARTER
#undef WIDE
#undef WEIGHT
#undef TARGET

#if defined(__x86_64__)

#define TARGET AVX2
#define WEIGHT float
#define WIDE SAME
#define QUARTER LOAD_QUARTER
#define AT(name) name##_f32_avx2
#include "manyrows.h"
#undef AT
#undef QUARTER
#undef WIDE
#undef WEIGHT
#define WEIGHT uint16_t
#define WIDE widened
#define QUARTER WIDEN_QUARTER
#define AT(name) name##_bf16_avx2
#include "manyrows.h"
#undef AT
#undef QUARTER
#undef WIDE
#undef WEIGHT
#undef TARGET

#undef PART
#undef PART_LANES
#undef TALL
// The same of 32 registers.
#define PART lanes_f32
#define PART_LANES 16
#define TALL 12
#define TARGET AVX512
#define WEIGHT float
#define WIDE SAME
#define QUARTER LOAD_QUARTER
#define AT(name) name##_f32_avx512
#include "manyrows.h"
#undef AT
#undef QUARTER
#undef WIDE
#undef WEIGHT
#define WEIGHT uint16_t
#define WIDE widened
#define QUARTER WIDEN_QUARTER
#define AT(name) name##_bf16_avx512
#include "manyrows.h"
#undef AT
#undef QUARTER
#undef WIDE
#undef WEIGHT
#undef TARGET

#endif

#if defined(__x86_64__)
#define CALL(type, ...) \
    (level >= CLAYERS_AVX512 ? many_rows_##type##_avx512(__VA_ARGS__) \
     : level >= CLAYERS_AVX2 ? many_rows_##type##_avx2(__VA_ARGS__) \
                             : many_rows_##type##_scalar(__VA_ARGS__))
#else
#define CALL(type, ...) ((void)level, many_rows_##type##_scalar(__VA_ARGS__))
#endif

void clayers_many_rows(int level, const float *x, ptrdiff_t x_stride, size_t rows, const void *w, int bfloat16,
                       ptrdiff_t w_stride, size_t inputs, size_t first, size_t end, float *y, ptrdiff_t y_stride,
                       float *panel) {
    if (bfloat16)
        CALL(bf16, x, x_stride, rows, (const uint16_t *)w, w_stride, inputs, first, end, y, y_stride, panel);
    else
        CALL(f32, x, x_stride, rows, (const float *)w, w_stride, inputs, first, end, y, y_stride, panel);
}
