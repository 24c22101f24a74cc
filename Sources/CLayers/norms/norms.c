// Root mean square norms, and sums of rows.

#include <math.h>

#include "../exponential.h"
#include "layers.h"

#define TEMPLATE "norms/rows.h"
#include "../each_level.h"

void clayers_rms_norm(
    int level, int64_t rows, int64_t heads, int64_t width, const float *input, int64_t input_stride, const float *weight,
    float epsilon, float *output, int64_t output_stride, float *inverse_roots) {
    CALL(rms_norm, rows, heads, width, input, input_stride, weight, epsilon, output, output_stride, inverse_roots);
}

void clayers_rms_norm_backward(
    int level, int64_t rows, int64_t heads, int64_t width, const float *input, int64_t input_stride, const float *weight,
    const float *inverse_roots, const float *output_gradient, int64_t output_gradient_stride, float *input_gradient,
    int64_t input_gradient_stride, int accumulate, float *weight_gradient) {
    CALL(
        rms_norm_backward, rows, heads, width, input, input_stride, weight, inverse_roots, output_gradient,
        output_gradient_stride, input_gradient, input_gradient_stride, accumulate, weight_gradient);
}

void clayers_add(int level, const float *x, float *y, int64_t count) { CALL(add, x, y, count); }

void clayers_add_rows(int level, int64_t rows, int64_t columns, const float *x, int64_t stride, float *sums) {
    CALL(add_rows, rows, columns, x, stride, sums);
}
