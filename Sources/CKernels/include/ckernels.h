#ifndef CKERNELS_H
#define CKERNELS_H

#include <stddef.h>
#include <stdint.h>

// Loops over the elements of tensors. No function reads or writes outside the ranges that it is given, none needs alignment,
// and none allocates. Results are the same bits at every level. Numbers are little-endian, as the processor has them.

// What the processor offers. A function that takes a level uses no more than it.
enum {
    CKERNELS_SCALAR = 0,
    CKERNELS_AVX2 = 1,  // AVX2, FMA, F16C, BMI1, BMI2, LZCNT, POPCNT
};

// The highest level of this processor.
int ckernels_level(void);

// The types of elements. Those before CKERNELS_INT32 are exactly representable as binary32.
enum {
    CKERNELS_FLOAT32 = 0,
    CKERNELS_FLOAT16,
    CKERNELS_BFLOAT16,
    CKERNELS_FLOAT8_E4M3,
    CKERNELS_FLOAT8_E5M2,
    CKERNELS_FLOAT8_E4M3FNUZ,
    CKERNELS_FLOAT8_E5M2FNUZ,
    CKERNELS_FLOAT8_E8M0,
    CKERNELS_BOOL,
    CKERNELS_INT8,
    CKERNELS_UINT8,
    CKERNELS_INT16,
    CKERNELS_UINT16,
    CKERNELS_INT32,
    CKERNELS_UINT32,
    CKERNELS_INT64,
    CKERNELS_UINT64,
    CKERNELS_FLOAT64,
    CKERNELS_TYPES,
};

typedef struct {
    uint64_t overflowed;   // finite, and became an infinity or NaN
    uint64_t underflowed;  // not zero, and became zero
} ckernels_losses;

// Converts `count` elements of any type to binary16, 32 or 64, bfloat16, E4M3 or E5M2, rounding once, to nearest, ties to
// even. A NaN becomes a quiet one. The ranges must not overlap. Adds to `losses`. Returns 0 for other types.
int ckernels_convert(
    int level, int from, int to, const uint8_t *source, uint8_t *target, size_t count, ckernels_losses *losses);

#endif
