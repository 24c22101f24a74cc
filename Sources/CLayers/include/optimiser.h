#ifndef CLAYERS_OPTIMISER_H
#define CLAYERS_OPTIMISER_H

#include <stddef.h>
#include <stdint.h>

// Loops over parameters and their gradients. `level` is one of levels.h.

typedef struct {
    float keep;          // 1 - learning rate x weight decay
    float beta2;         // of the second moment
    float rest1, rest2;  // 1 - beta1, 1 - beta2
    float step;          // learning rate / (1 - beta1^t)
    float root;          // sqrt(1 - beta2^t)
    float epsilon;       // added to the denominator
} clayers_adamw;

// One step of AdamW. `narrow` is null, or takes the weights rounded to bfloat16.
void clayers_adamw_step(int level, const clayers_adamw *step, float *weights, uint16_t *narrow, const float *gradients,
                        float *m, float *v, size_t count);

// The sum of x^2 in binary64, in sixteen lanes.
double clayers_sum_of_squares(int level, const float *x, size_t count);

// x *= factor.
void clayers_scale(int level, float factor, float *x, size_t count);

#endif
