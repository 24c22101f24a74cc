// What products of many rows need beside sgemm.

#include "../lanes.h"
#include "products.h"

INLINE float widened(uint16_t number) {
    const uint32_t bits = (uint32_t)number << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

INLINE uint16_t rounded_bf16(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    if ((bits & 0x7FFFFFFF) > 0x7F800000) return (uint16_t)(bits >> 16 | 0x40);
    return (uint16_t)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

#define TEMPLATE "products/rows.h"
#include "../each_level.h"

void clayers_widen(int level, const uint16_t *source, ptrdiff_t source_stride, size_t rows, size_t columns, float *target,
                   ptrdiff_t target_stride) {
    CALL(widen, source, source_stride, rows, columns, target, target_stride);
}

void clayers_add_bias(int level, const void *bias, int bfloat16, size_t rows, size_t columns, float *y, ptrdiff_t y_stride,
                      int accumulate) {
    CALL(add_bias, bias, bfloat16, rows, columns, y, y_stride, accumulate);
}

void clayers_round_rows(int level, const float *x, ptrdiff_t x_stride, size_t rows, size_t inputs, uint16_t *target,
                        ptrdiff_t target_stride) {
    CALL(round_rows, x, x_stride, rows, inputs, target, target_stride);
}

float clayers_read(int level, const float *x, size_t count) { return CALL(read, x, count); }
