#ifndef CKERNELS_LEVEL_H
#define CKERNELS_LEVEL_H

#include <string.h>

#include "ckernels.h"

// A product and a sum are rounded each, whatever the processor could fuse: so all levels agree.
#pragma STDC FP_CONTRACT OFF

#define INLINE static inline __attribute__((always_inline))

#if defined(__x86_64__)
#include <immintrin.h>
#define AVX2 __attribute__((target("avx2,fma,f16c,bmi,bmi2,lzcnt,popcnt")))
#endif

// Elements as files have them: at any address.
typedef uint16_t __attribute__((aligned(1), may_alias)) any_u16;
typedef uint32_t __attribute__((aligned(1), may_alias)) any_u32;
typedef uint64_t __attribute__((aligned(1), may_alias)) any_u64;
typedef int16_t __attribute__((aligned(1), may_alias)) any_i16;
typedef int32_t __attribute__((aligned(1), may_alias)) any_i32;
typedef int64_t __attribute__((aligned(1), may_alias)) any_i64;
typedef float __attribute__((aligned(1), may_alias)) any_f32;
typedef double __attribute__((aligned(1), may_alias)) any_f64;

INLINE uint32_t bits_of_float(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

INLINE float float_of_bits(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

INLINE uint64_t bits_of_double(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

INLINE double double_of_bits(uint64_t bits) {
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

enum { FLOAT_SIGN = (int)0x80000000, FLOAT_MAGNITUDE = 0x7FFFFFFF, FLOAT_INFINITY = 0x7F800000, FLOAT_QUIET = 0x00400000 };
#define DOUBLE_MAGNITUDE 0x7FFFFFFFFFFFFFFFull
#define DOUBLE_INFINITY 0x7FF0000000000000ull

#endif
