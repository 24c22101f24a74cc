// The loops of conversions at one level. Included once for each, with TARGET the attributes of a function of the level and
// AT(name) its name there.

#define WIDEN(name, element, expression) \
    TARGET static void AT(name)(const uint8_t *restrict source, size_t count, uint8_t *restrict target) { \
        const element *restrict from = (const element *)source; \
        any_u32 *restrict to = (any_u32 *)target; \
        for (size_t i = 0; i < count; i++) { \
            const element x = from[i]; \
            to[i] = (expression); \
        } \
    }

WIDEN(float_of_bf16, any_u16, bits_of_bf16(x))
WIDEN(float_of_e4m3, uint8_t, bits_of_e4m3(x))
WIDEN(float_of_e5m2, uint8_t, bits_of_e5m2(x))
WIDEN(float_of_e4m3fnuz, uint8_t, bits_of_e4m3fnuz(x))
WIDEN(float_of_e5m2fnuz, uint8_t, bits_of_e5m2fnuz(x))
WIDEN(float_of_e8m0, uint8_t, bits_of_e8m0(x))
WIDEN(float_of_bool, uint8_t, bits_of_float(x != 0 ? 1.0f : 0.0f))
WIDEN(float_of_i8, int8_t, bits_of_float((float)x))
WIDEN(float_of_u8, uint8_t, bits_of_float((float)x))
WIDEN(float_of_i16, any_i16, bits_of_float((float)x))
WIDEN(float_of_u16, any_u16, bits_of_float((float)x))
// These round to nearest,
WIDEN(float_of_i32, any_i32, bits_of_float((float)x))
WIDEN(float_of_u32, any_u32, bits_of_float((float)x))
WIDEN(float_of_i64, any_i64, bits_of_float((float)x))
WIDEN(float_of_u64, any_u64, bits_of_float((float)x))
// and these to odd.
WIDEN(odd_of_i32, any_i32, rounded_to_odd((double)x))
WIDEN(odd_of_u32, any_u32, rounded_to_odd((double)x))
WIDEN(odd_of_i64, any_i64, rounded_to_odd(odd_of_i64(x)))
WIDEN(odd_of_u64, any_u64, rounded_to_odd(odd_of_u64(x)))
WIDEN(odd_of_f64, any_f64, rounded_to_odd(x))

#undef WIDEN

#define WIDEN(name, element) \
    TARGET static void AT(name)(const uint8_t *restrict source, size_t count, uint8_t *restrict target) { \
        const element *restrict from = (const element *)source; \
        any_f64 *restrict to = (any_f64 *)target; \
        for (size_t i = 0; i < count; i++) to[i] = (double)from[i]; \
    }

WIDEN(double_of_f32, any_f32)
WIDEN(double_of_i32, any_i32)
WIDEN(double_of_u32, any_u32)
WIDEN(double_of_i64, any_i64)
WIDEN(double_of_u64, any_u64)

#undef WIDEN

#define NARROW(name, element, width, mantissa, bias, ceiling, nan) \
    TARGET static void AT(name)( \
        const uint8_t *restrict source, size_t count, uint8_t *restrict target, ckernels_losses *losses) { \
        const any_u32 *restrict from = (const any_u32 *)source; \
        element *restrict to = (element *)target; \
        uint32_t overflowed = 0, underflowed = 0; \
        for (size_t i = 0; i < count; i++) { \
            const uint32_t x = from[i], magnitude = x & FLOAT_MAGNITUDE; \
            const uint32_t code = narrowed(magnitude, mantissa, bias, ceiling, nan); \
            to[i] = (element)(x >> 31 << (width - 1) | code); \
            overflowed += (uint32_t)(code >= ceiling) & (uint32_t)(magnitude < FLOAT_INFINITY); \
            underflowed += (uint32_t)(code == 0) & (uint32_t)(magnitude != 0); \
        } \
        losses->overflowed += overflowed; \
        losses->underflowed += underflowed; \
    }

NARROW(bf16_of_float, any_u16, 16, 7, 127, 0x7F80, 0x7FC0)
NARROW(e4m3_of_float, uint8_t, 8, 3, 7, 0x7F, 0x7F)
NARROW(e5m2_of_float, uint8_t, 8, 2, 15, 0x7C, 0x7E)
#ifndef HAS_F16C
NARROW(f16_of_float, any_u16, 16, 10, 15, 0x7C00, 0x7E00)
#endif

#undef NARROW

TARGET static void AT(float_of_f64)(
    const uint8_t *restrict source, size_t count, uint8_t *restrict target, ckernels_losses *losses) {
    const any_f64 *restrict from = (const any_f64 *)source;
    any_u32 *restrict to = (any_u32 *)target;
    uint64_t overflowed = 0, underflowed = 0;
    for (size_t i = 0; i < count; i++) {
        const float nearest = (float)from[i];
        const uint32_t bits = bits_of_float(nearest);
        const uint64_t magnitude = bits_of_double(from[i]) & DOUBLE_MAGNITUDE;
        const uint64_t found = bits_of_double((double)nearest) & DOUBLE_MAGNITUDE;
        overflowed += (uint64_t)(found == DOUBLE_INFINITY) & (uint64_t)(magnitude != DOUBLE_INFINITY);
        underflowed += (uint64_t)(found == 0) & (uint64_t)(magnitude != 0);
        to[i] = bits;
    }
    losses->overflowed += overflowed;
    losses->underflowed += underflowed;
}

#ifdef HAS_F16C

TARGET static void AT(float_of_f16)(const uint8_t *restrict source, size_t count, uint8_t *restrict target) {
    const any_u16 *restrict from = (const any_u16 *)source;
    any_u32 *restrict to = (any_u32 *)target;
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        const __m256 wide = _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(from + i)));
        _mm256_storeu_ps((float *)(to + i), wide);
    }
    for (; i < count; i++) to[i] = bits_of_f16(from[i]);
}

// Eight at a time; the counts are kept in vectors of 32 bits.
TARGET static void AT(f16_of_float)(
    const uint8_t *restrict source, size_t count, uint8_t *restrict target, ckernels_losses *losses) {
    const any_u32 *restrict from = (const any_u32 *)source;
    any_u16 *restrict to = (any_u16 *)target;
    // 65520 is halfway between the largest finite number and the next power of two, 2^-25 halfway to the least subnormal.
    const __m256i below_overflow = _mm256_set1_epi32(0x477FEFFF), finite = _mm256_set1_epi32(FLOAT_INFINITY - 1);
    const __m256i above_underflow = _mm256_set1_epi32(0x33000001), zero = _mm256_setzero_si256();
    __m256i large = zero, special = zero, small = zero, zeros = zero;
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        const __m256i x = _mm256_loadu_si256((const __m256i *)(from + i));
        const __m256i magnitude = _mm256_and_si256(x, _mm256_set1_epi32(FLOAT_MAGNITUDE));
        large = _mm256_sub_epi32(large, _mm256_cmpgt_epi32(magnitude, below_overflow));
        special = _mm256_sub_epi32(special, _mm256_cmpgt_epi32(magnitude, finite));
        small = _mm256_sub_epi32(small, _mm256_cmpgt_epi32(above_underflow, magnitude));
        zeros = _mm256_sub_epi32(zeros, _mm256_cmpeq_epi32(magnitude, zero));
        const __m128i codes = _mm256_cvtps_ph(_mm256_castsi256_ps(x), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
        _mm_storeu_si128((__m128i *)(to + i), codes);
    }
    uint32_t over[8], under[8];
    _mm256_storeu_si256((__m256i *)over, _mm256_sub_epi32(large, special));
    _mm256_storeu_si256((__m256i *)under, _mm256_sub_epi32(small, zeros));
    for (unsigned lane = 0; lane < 8; lane++) {
        losses->overflowed += over[lane];
        losses->underflowed += under[lane];
    }
    for (; i < count; i++) {
        const uint32_t x = from[i], magnitude = x & FLOAT_MAGNITUDE;
        const uint32_t code = narrowed(magnitude, 10, 15, 0x7C00, 0x7E00);
        to[i] = (uint16_t)(x >> 31 << 15 | code);
        losses->overflowed += code >= 0x7C00 && magnitude < FLOAT_INFINITY;
        losses->underflowed += code == 0 && magnitude != 0;
    }
}

#else

TARGET static void AT(float_of_f16)(const uint8_t *restrict source, size_t count, uint8_t *restrict target) {
    const any_u16 *restrict from = (const any_u16 *)source;
    any_u32 *restrict to = (any_u32 *)target;
    for (size_t i = 0; i < count; i++) to[i] = bits_of_f16(from[i]);
}

#endif

static const conversions AT(conversions) = {
    .nearest = {
        [CKERNELS_FLOAT16] = AT(float_of_f16),
        [CKERNELS_BFLOAT16] = AT(float_of_bf16),
        [CKERNELS_FLOAT8_E4M3] = AT(float_of_e4m3),
        [CKERNELS_FLOAT8_E5M2] = AT(float_of_e5m2),
        [CKERNELS_FLOAT8_E4M3FNUZ] = AT(float_of_e4m3fnuz),
        [CKERNELS_FLOAT8_E5M2FNUZ] = AT(float_of_e5m2fnuz),
        [CKERNELS_FLOAT8_E8M0] = AT(float_of_e8m0),
        [CKERNELS_BOOL] = AT(float_of_bool),
        [CKERNELS_INT8] = AT(float_of_i8),
        [CKERNELS_UINT8] = AT(float_of_u8),
        [CKERNELS_INT16] = AT(float_of_i16),
        [CKERNELS_UINT16] = AT(float_of_u16),
        [CKERNELS_INT32] = AT(float_of_i32),
        [CKERNELS_UINT32] = AT(float_of_u32),
        [CKERNELS_INT64] = AT(float_of_i64),
        [CKERNELS_UINT64] = AT(float_of_u64),
    },
    .odd = {
        [CKERNELS_INT32] = AT(odd_of_i32),
        [CKERNELS_UINT32] = AT(odd_of_u32),
        [CKERNELS_INT64] = AT(odd_of_i64),
        [CKERNELS_UINT64] = AT(odd_of_u64),
        [CKERNELS_FLOAT64] = AT(odd_of_f64),
    },
    .doubles = {
        [CKERNELS_FLOAT32] = AT(double_of_f32),
        [CKERNELS_INT32] = AT(double_of_i32),
        [CKERNELS_UINT32] = AT(double_of_u32),
        [CKERNELS_INT64] = AT(double_of_i64),
        [CKERNELS_UINT64] = AT(double_of_u64),
    },
    .narrow = {
        [CKERNELS_FLOAT16] = AT(f16_of_float),
        [CKERNELS_BFLOAT16] = AT(bf16_of_float),
        [CKERNELS_FLOAT8_E4M3] = AT(e4m3_of_float),
        [CKERNELS_FLOAT8_E5M2] = AT(e5m2_of_float),
    },
    .float_of_f64 = AT(float_of_f64),
};
