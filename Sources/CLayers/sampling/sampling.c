#include "sampling.h"

#include <math.h>

#include "../level.h"

// Products and sums are rounded one by one wherever this is built.
#pragma STDC FP_CONTRACT OFF

typedef float f8 __attribute__((vector_size(32)));
typedef int32_t i8 __attribute__((vector_size(32)));
typedef double d8 __attribute__((vector_size(64)));

#define SAMPLING_NAME(name) name##_scalar
#define SAMPLING_TARGET
#include "rows.h"
#undef SAMPLING_NAME
#undef SAMPLING_TARGET

#if defined(__x86_64__)
#define SAMPLING_NAME(name) name##_avx2
#define SAMPLING_TARGET AVX2
#include "rows.h"
#undef SAMPLING_NAME
#undef SAMPLING_TARGET

#define SAMPLING_NAME(name) name##_avx512
#define SAMPLING_TARGET AVX512
#include "rows.h"
#undef SAMPLING_NAME
#undef SAMPLING_TARGET

#define DISPATCH(name, ...)                                                      \
    (level >= CLAYERS_AVX512  ? name##_avx512(__VA_ARGS__)                       \
     : level >= CLAYERS_AVX2 ? name##_avx2(__VA_ARGS__) : name##_scalar(__VA_ARGS__))
#else
#define DISPATCH(name, ...) ((void)level, name##_scalar(__VA_ARGS__))
#endif

int64_t clayers_sampling_maximum(int level, const float *x, int64_t n, float *maximum) {
    return DISPATCH(maximum, x, n, maximum);
}

double clayers_sampling_weights(int level, const float *x, int64_t n, float maximum, float *weights_out, double *sums) {
    return DISPATCH(weights, x, n, maximum, weights_out, sums);
}

void clayers_sampling_divide(int level, const float *x, int64_t n, float divisor, float *y) {
    DISPATCH(divide, x, n, divisor, y);
}

INLINE int64_t bin_of(float x, float maximum) {
    const float place = (maximum - x) * 64;
    return place < CLAYERS_SAMPLING_BINS - 1 ? (int64_t)place : CLAYERS_SAMPLING_BINS - 1;
}

void clayers_sampling_histogram(const float *x, const float *weights, const int32_t *ids, int64_t n, float maximum,
                                int64_t *counts, double *masses) {
    for (int64_t i = 0; i < n; i++) {
        const int64_t id = ids ? ids[i] : i;
        const int64_t bin = bin_of(x[id], maximum);
        counts[bin] += 1;
        masses[bin] += weights[id];
    }
}

int64_t clayers_sampling_at_least(int level, const float *x, int64_t n, float threshold, int32_t *out) {
    return DISPATCH(at_least, x, n, threshold, out);
}

int64_t clayers_sampling_bin(const float *x, const int32_t *ids, int64_t n, float maximum, int64_t bin, int32_t *out) {
    int64_t count = 0;
    for (int64_t i = 0; i < n; i++)
        if (bin_of(x[ids[i]], maximum) == bin) out[count++] = ids[i];
    return count;
}

int64_t clayers_sampling_keep(const float *x, const int32_t *ids, int64_t n, float threshold, int32_t last,
                              int32_t *out) {
    int64_t count = 0;
    for (int64_t i = 0; i < n; i++) {
        const int32_t id = ids[i];
        if (x[id] > threshold || (x[id] == threshold && id <= last)) out[count++] = id;
    }
    return count;
}

INLINE int comes_before(const float *x, int32_t a, int32_t b) { return x[a] > x[b] || (x[a] == x[b] && a < b); }

static void sift(const float *x, int32_t *ids, int64_t root, int64_t n) {
    const int32_t id = ids[root];
    for (int64_t child = 2 * root + 1; child < n; child = 2 * root + 1) {
        if (child + 1 < n && comes_before(x, ids[child], ids[child + 1])) child++;
        if (!comes_before(x, id, ids[child])) break;
        ids[root] = ids[child];
        root = child;
    }
    ids[root] = id;
}

void clayers_sampling_sort(const float *x, int32_t *ids, int64_t n) {
    for (int64_t root = n / 2 - 1; root >= 0; root--) sift(x, ids, root, n);
    for (int64_t end = n - 1; end > 0; end--) {
        const int32_t last = ids[0];
        ids[0] = ids[end];
        ids[end] = last;
        sift(x, ids, 0, end);
    }
}

double clayers_sampling_mass(const float *weights, const int32_t *ids, int64_t n) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += weights[ids[i]];
    return sum;
}

int64_t clayers_sampling_draw(const float *weights, const int32_t *ids, int64_t n, const double *sums, double target) {
    double before = 0;
    int64_t start = 0;
    if (!ids) {
        for (int64_t block = 0; start + CLAYERS_SAMPLING_BLOCK < n; block++, start += CLAYERS_SAMPLING_BLOCK) {
            if (before + sums[block] > target) break;
            before += sums[block];
        }
    }
    // A block's own sum has another order than this one: rounding may carry the target over its end.
    int64_t seen = -1;
    for (int64_t i = start; i < n; i++) {
        const int64_t id = ids ? ids[i] : i;
        if (weights[id] > 0) seen = id;
        before += weights[id];
        if (before > target) return id;
    }
    for (int64_t i = start - 1; seen < 0 && i >= 0; i--)
        if (weights[i] > 0) seen = i;
    return seen;
}
