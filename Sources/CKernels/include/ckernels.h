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

// Statistics are taken of so many elements at a time, so that they stay in the nearest cache.
enum { CKERNELS_BLOCK = 4096 };

// A summary of at most CKERNELS_BLOCK elements. Sums are those of the finite elements divided by 2^exponent, which is 0
// unless their fourth powers could leave the range of binary64; central moments are sums, not means. Those of CKERNELS_BLOCK
// elements of binary32 have some eight digits, others sixteen.
typedef struct {
    uint64_t nans, positive_infinities, negative_infinities;
    uint64_t finite, zeros, subnormals;
    double minimum, maximum;  // of the finite elements, if there are any; not scaled
    double pivot, first;      // the sum is the number of elements times a pivot near their mean, and this
    double absolute_sum;
    double second, third, fourth;
    int64_t exponent;
} ckernels_summary;

// Summarises elements of any type; 64-bit integers are rounded to binary64.
void ckernels_summarise(int level, int type, const uint8_t *source, size_t count, ckernels_summary *summary);

// Adds the bit patterns of elements of one byte to 256 bins.
void ckernels_count_bytes(const uint8_t *source, size_t count, uint64_t *bins);

// Adds the upper 16 bits of elements to 65,536 bins: of 16-bit types all that they have, of binary32 and binary64 sign,
// exponent and 7 or 4 bits of mantissa, and of the 32-bit and 64-bit integers those of the nearest binary64. A NaN is never
// in the bin of an infinity. Does nothing with types of one byte.
void ckernels_count_upper_halves(int level, int type, const uint8_t *source, size_t count, uint64_t *bins);

// Adds how many elements of binary32 are exactly a bfloat16, and how many exactly a binary16. NaN counts as either if the
// bits that it would lose are zero.
void ckernels_count_exact(int level, const uint8_t *source, size_t count, uint64_t *bfloat16, uint64_t *float16);

// What two tensors have in common. Sums are of pairs of finite elements, in binary64.
typedef struct {
    uint64_t changed;    // that differ as numbers; two NaN do not differ
    uint64_t nonfinite;  // of which one or both are not finite
    double dot, first_squares, second_squares, difference_squares, difference_magnitudes, largest_difference;
} ckernels_comparison;

// Compares at most CKERNELS_BLOCK pairs of elements; 64-bit integers are rounded to binary64.
void ckernels_compare(
    int level, int first_type, const uint8_t *first, int second_type, const uint8_t *second, size_t count,
    ckernels_comparison *comparison);

enum { CKERNELS_DISTANCES = 34 };

// Adds the distances of pairs of binary32, binary16 or bfloat16 to bins, in steps from one number to the next: bin 0 has the
// equal ones (both zeros are one number), bin k distances from 2^(k-1) to 2^k - 1. Pairs of two NaN and pairs of one are
// counted apart.
void ckernels_count_distances(
    int level, int type, const uint8_t *first, const uint8_t *second, size_t count, uint64_t *bins, uint64_t *both_nan,
    uint64_t *one_nan);

// y += a x, y *= a, y = a - b: every product, sum and difference is rounded to binary32. `target` may be a source too.
void ckernels_accumulate(int level, const uint8_t *source, float factor, uint8_t *target, size_t count);
void ckernels_scale(int level, float factor, uint8_t *target, size_t count);
void ckernels_subtract(int level, const uint8_t *first, const uint8_t *second, uint8_t *target, size_t count);

// The dot product of binary32 elements in binary64.
double ckernels_dot(int level, const uint8_t *first, const uint8_t *second, size_t count);

#endif
