// The optimiser: bound by memory, so that one pass does all.

#include <math.h>

#include "../lanes.h"
#include "optimiser.h"

#if defined(__has_builtin) && __has_builtin(__builtin_elementwise_sqrt)
#define SQRT_F32(vector) __builtin_elementwise_sqrt(vector)
#else
#define SQRT_F32(vector) \
    ({ \
        lanes_f32 roots_ = (vector); \
        for (int lane_ = 0; lane_ < LANES; lane_++) roots_[lane_] = sqrtf(roots_[lane_]); \
        roots_; \
    })
#endif

#define TEMPLATE "optimiser/steps.h"
#include "../each_level.h"

void clayers_adamw_step(int level, const clayers_adamw *step, float *weights, uint16_t *narrow, const float *gradients,
                        float *m, float *v, size_t count) {
    CALL(adamw, step, weights, narrow, gradients, m, v, count);
}

double clayers_sum_of_squares(int level, const float *x, size_t count) { return CALL(sum_of_squares, x, count); }

void clayers_scale(int level, float factor, float *x, size_t count) { CALL(scale, factor, x, count); }
