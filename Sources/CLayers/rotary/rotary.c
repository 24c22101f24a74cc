// Rotary positions: the halves of a head are the two coordinates of its pairs.

#include "../exponential.h"
#include "layers.h"

#define TEMPLATE "rotary/turns.h"
#include "../each_level.h"

void clayers_rotate(
    int level, int64_t rows, int64_t heads, int64_t width, float *vectors, int64_t stride, const int32_t *positions,
    const float *cosines, int64_t cosine_stride, const float *sines, int64_t sine_stride, float sign) {
    CALL(
        rotate, rows, heads, width, vectors, stride, positions, cosines, cosine_stride, sines, sine_stride, sign);
}
