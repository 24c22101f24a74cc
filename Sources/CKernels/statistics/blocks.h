#ifndef CKERNELS_BLOCKS_H
#define CKERNELS_BLOCKS_H

// What is done once for each whole block of binary32, before and after its loop.

#include "lanes.h"

// Vectors whose sums are kept in binary32, and those of them that are added in pairs, so that fewer roundings follow each other.
enum { GROUP = 16, QUAD = 4 };

// What the deviations of a block are taken from and multiplied by: a power of two.
typedef struct {
    float pivot, scale;
} block_frame;

// The extremes of bit patterns: as signed integers, as unsigned ones, and the least without sign.
typedef struct {
    int32_t signed_max;
    uint32_t unsigned_max, least;
} block_extremes;

// From nine elements. The pivot is their median, or zero where that is not far outside: then deviations are exact. They are also
// where all elements are within a factor of two of the pivot.
INLINE block_frame block_frame_of(const any_f32 *from) {
    float samples[9];
    for (size_t i = 0; i < 9; i++) samples[i] = from[i * CKERNELS_BLOCK / 9];
    // Batcher's network: the elements are at random, and branches on them would be guessed wrong.
    static const uint8_t pairs[][2] = {
        {0, 3}, {1, 7}, {2, 5}, {4, 8}, {0, 7}, {2, 4}, {3, 8}, {5, 6}, {0, 2}, {1, 3}, {4, 5}, {7, 8}, {1, 4},
        {3, 6}, {5, 7}, {0, 1}, {2, 4}, {3, 5}, {6, 8}, {2, 3}, {4, 5}, {6, 7}, {1, 2}, {3, 4}, {5, 6},
    };
#pragma clang loop unroll(full)
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        const float a = samples[pairs[i][0]], b = samples[pairs[i][1]];
        samples[pairs[i][0]] = a < b ? a : b;
        samples[pairs[i][1]] = a < b ? b : a;
    }
    const float median = samples[4], low = samples[0], high = samples[8];
    const float distance = median < 0 ? -median : median, largest = -low > high ? -low : high;
    block_frame frame = {4 * distance < high - low ? 0 : median, 1};
    // Few checkpoints have elements of other magnitudes.
    const int32_t exponent = (int32_t)(bits_of_float(largest) >> 23) - 127;
    if (exponent >= -100 && exponent <= 100 && (exponent < -12 || exponent > 8))
        frame.scale = float_of_bits((uint32_t)(127 - exponent) << 23);
    return frame;
}

// Returns 0, with nothing told, where the sums may not be precise.
INLINE int finish_block(
    const block_extremes *extremes, const block_frame *frame, lane_sums *sums, ckernels_summary *summary) {
    if (extremes->signed_max >= FLOAT_INFINITY || extremes->unsigned_max >= (FLOAT_INFINITY | 0x80000000u)) return 0;
    // With one sign, the least magnitude is the other extreme.
    const uint32_t sign = 0x80000000u;
    const float maximum =
        float_of_bits(extremes->signed_max >= 0 ? (uint32_t)extremes->signed_max : extremes->least | sign);
    const float minimum = float_of_bits(extremes->unsigned_max >= sign ? extremes->unsigned_max : extremes->least);
    const double scale = frame->scale, pivot = frame->pivot;
    const double above = (maximum - pivot) * scale, below = (pivot - minimum) * scale;
    const double farthest = above > below ? above : below;
    // Fourth powers of elements that count must neither overflow nor become subnormal, and sums of magnitudes not overflow.
    if (farthest > 0x1p24 || (farthest < 0x1p-16 && farthest != 0)) return 0;
    if (maximum > 0x1p120f || minimum < -0x1p120f) return 0;
    const double inverse = 1 / scale;
    const double square = inverse * inverse;
    for (size_t lane = 0; lane < LANES; lane++) {
        sums->first[lane] *= inverse;
        sums->second[lane] *= square;
        sums->third[lane] *= square * inverse;
        sums->fourth[lane] *= square * square;
    }
    // A pivot far from the mean would cost digits.
    const double first = total(sums->first);
    if (first * first > 0.4 * CKERNELS_BLOCK * total(sums->second)) return 0;
    summary->maximum = maximum;
    summary->minimum = minimum;
    summary->finite = CKERNELS_BLOCK;
    // Counted afterwards, if there are any.
    summary->subnormals = extremes->least < 0x00800000;
    finish(sums, CKERNELS_BLOCK, pivot, summary);
    // With one sign, the sum of magnitudes is the sum.
    if (minimum >= 0 || maximum <= 0) {
        const double sum = pivot * CKERNELS_BLOCK + first;
        summary->absolute_sum = sum < 0 ? -sum : sum;
    }
    return 1;
}

#endif
