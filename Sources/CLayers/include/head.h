#ifndef CLAYERS_HEAD_H
#define CLAYERS_HEAD_H

#include <stddef.h>
#include <stdint.h>

// Rows of logits l, and p = softmax(l / temperature). `level` is one of levels.h; the scale is 1 / temperature.

typedef struct {
    float maximum;       // of l
    int32_t largest;     // the lowest index of the maximum
    double log_sum;      // log of the sum of exp((l - maximum) scale), from 0 on
    double entropy;      // - sum of p log p
} clayers_row;

// The statistics of a row, in two passes over it. Numbers that are NaN, or +infinity, or a row of nothing but -infinity make
// log_sum and entropy NaN.
clayers_row clayers_softmax_row(int level, const float *logits, size_t count, float scale);

// Overwrites the logits by the derivatives of a log p[target] + b H with respect to them.
void clayers_softmax_gradient(int level, float *logits, size_t count, float scale, const clayers_row *row, size_t target,
                              float a, float b);

#endif
