#ifndef CLAYERS_SAMPLING_H
#define CLAYERS_SAMPLING_H

#include <stdint.h>

// What choosing a token from a row of logits needs. No sum is fused and every sum has a fixed order of its own, so that
// these functions, unlike the others of this library, give the same bits at every level: a seed draws the same tokens
// everywhere.

enum {
    CLAYERS_SAMPLING_BLOCK = 512,  // numbers whose weights are summed together
    CLAYERS_SAMPLING_BINS = 2048,  // of distances to the maximum: [b / 64, (b + 1) / 64), the last without an end
};

// The place of the first largest number, or -1 where one is NaN or +infinity. maximum: the number there; -infinity where
// all are, and the place is then 0. n >= 1.
int64_t clayers_sampling_maximum(int level, const float *x, int64_t n, float *maximum);

// weights[i] = exp(x[i] - maximum), within 2 units in the last place, and 0 where x[i] is more than 87 below;
// sums: of each block of weights. Returns the sum of the sums. weights and sums may be null.
double clayers_sampling_weights(int level, const float *x, int64_t n, float maximum, float *weights, double *sums);

// y[i] = x[i] / divisor.
void clayers_sampling_divide(int level, const float *x, int64_t n, float divisor, float *y);

// The ids, ascending, of the numbers that are at least the threshold; returns how many. out has room for n.
int64_t clayers_sampling_at_least(int level, const float *x, int64_t n, float threshold, int32_t *out);

// Adds, for each bin of maximum - x[i], how many there are and what they weigh. ids says which numbers are looked at, in
// ascending order; all up to n where it is null.
void clayers_sampling_histogram(const float *x, const float *weights, const int32_t *ids, int64_t n, float maximum,
                                int64_t *counts, double *masses);

// Of some ids those of a bin, in their order; returns how many.
int64_t clayers_sampling_bin(const float *x, const int32_t *ids, int64_t n, float maximum, int64_t bin, int32_t *out);

// Of some ids those whose number is above the threshold, or equal to it where the id is at most last, in their order;
// returns how many. out may be ids.
int64_t clayers_sampling_keep(const float *x, const int32_t *ids, int64_t n, float threshold, int32_t last, int32_t *out);

// Sorts ids by descending numbers, equal ones by ascending ids. O(n log n), in place.
void clayers_sampling_sort(const float *x, int32_t *ids, int64_t n);

// What the ids weigh together, summed in their order.
double clayers_sampling_mass(const float *weights, const int32_t *ids, int64_t n);

// The first id at which the running sum of weights passes the target; the last with a weight where rounding keeps it
// below. ids is null for all: the sums of blocks then say where to look. -1 where nothing has a weight.
int64_t clayers_sampling_draw(const float *weights, const int32_t *ids, int64_t n, const double *sums, double target);

#endif
