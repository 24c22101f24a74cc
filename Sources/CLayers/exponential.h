#ifndef CLAYERS_EXPONENTIAL_H
#define CLAYERS_EXPONENTIAL_H

// Vectors at every level, and the exponential function of them: vec_scalar, vec_avx2 (which is __m256), vec_avx512 (__m512);
// exponential_scalar(x), exponential_avx2(x), exponential_avx512(x), and with the same endings load, store, splat, select,
// larger, total, totals, largest and exponential_normal. "Scalar" stands for vectors of four, which every processor has or the compiler takes apart.

#include "level.h"

typedef float four_lanes __attribute__((vector_size(16)));
typedef float eight_lanes __attribute__((vector_size(32)));

#define TEMPLATE "vectors.h"
#include "each_level.h"

// One number, the same bits as a lane of exponential_scalar.
INLINE float exponential(float x) { return exponential_scalar(splat_scalar(x))[0]; }

#endif
