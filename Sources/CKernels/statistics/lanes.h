#ifndef CKERNELS_LANES_H
#define CKERNELS_LANES_H

// Vectors as the compiler knows them: where the processor has shorter ones, it takes them apart, and calculates the same.
// Sums are kept in eight lanes, element i in lane i modulo 8, at every level.

#include "../level.h"

enum { LANES = 8 };

typedef float four_f32 __attribute__((vector_size(16)));
typedef float eight_f32 __attribute__((vector_size(32)));
typedef double four_f64 __attribute__((vector_size(32)));
typedef int64_t four_i64 __attribute__((vector_size(32)));
typedef int32_t eight_i32 __attribute__((vector_size(32)));
typedef uint32_t eight_u32 __attribute__((vector_size(32)));

// The power sums of eight lanes, about a pivot, and the sums of magnitudes.
typedef struct {
    double first[LANES], second[LANES], third[LANES], fourth[LANES], magnitudes[LANES];
} lane_sums;

INLINE double total(const double *lanes) {
    return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

INLINE void add_element(lane_sums *sums, size_t lane, double value, double pivot) {
    const double d = value - pivot, d2 = d * d;
    sums->first[lane] += d;
    sums->second[lane] += d2;
    sums->third[lane] += d2 * d;
    sums->fourth[lane] += d2 * d2;
    sums->magnitudes[lane] += value < 0 ? -value : value;
}

INLINE double median_of_nine(double *values) {
    for (size_t i = 1; i < 9; i++) {
        const double value = values[i];
        size_t place = i;
        for (; place > 0 && values[place - 1] > value; place--) values[place] = values[place - 1];
        values[place] = value;
    }
    return values[4];
}

// Central moments and sums of `count` elements from power sums about a pivot.
INLINE void finish(const lane_sums *sums, size_t count, double pivot, ckernels_summary *summary) {
    const double n = (double)count, first = total(sums->first), second = total(sums->second);
    const double third = total(sums->third), fourth = total(sums->fourth);
    const double shift = first / n;
    const double central = second - first * shift;
    summary->sum = n * pivot + first;
    summary->absolute_sum = total(sums->magnitudes);
    summary->second = central > 0 ? central : 0;
    summary->third = third - 3 * shift * second + 2 * first * shift * shift;
    const double quartic = fourth - 4 * shift * third + 6 * shift * shift * second - 3 * first * shift * shift * shift;
    summary->fourth = quartic > 0 ? quartic : 0;
}

#endif
