// SwiGLU, and widening of bfloat16.

#include "../exponential.h"
#include "layers.h"

#define TEMPLATE "activations/gates.h"
#include "../each_level.h"

void clayers_gated_unit(int level, const float *gate, const float *up, float *output, int64_t count) {
    CALL(gated_unit, gate, up, output, count);
}

void clayers_gated_unit_backward(
    int level, const float *gate, const float *up, const float *output_gradient, float *gate_gradient, float *up_gradient,
    int64_t count) {
    CALL(gated_unit_backward, gate, up, output_gradient, gate_gradient, up_gradient, count);
}

void clayers_widen_row(int level, const uint16_t *source, float *target, int64_t count) { CALL(widen, source, target, count); }
