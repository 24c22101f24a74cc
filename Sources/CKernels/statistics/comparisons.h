// Comparisons at one level. Included once for each, with TARGET the attributes of a function of the level and AT(name) its
// name there.

typedef struct {
    four_f64 dot[2], first[2], second[2], squares[2], magnitudes[2], largest[2];
} AT(pair_sums);

TARGET INLINE void AT(add_four)(AT(pair_sums) *sums, size_t half, const four_f64 *first, const four_f64 *second) {
    const four_f64 a = *first, b = *second, d = a - b;
    const four_f64 magnitude = (four_f64)((four_i64)d & ((four_i64){0} + (int64_t)DOUBLE_MAGNITUDE));
    const four_i64 larger = magnitude > sums->largest[half];
    sums->dot[half] += a * b;
    sums->first[half] += a * a;
    sums->second[half] += b * b;
    sums->squares[half] += d * d;
    sums->magnitudes[half] += magnitude;
    sums->largest[half] = (four_f64)(((four_i64)magnitude & larger) | ((four_i64)sums->largest[half] & ~larger));
}

// Eight pairs; those that are not finite become zeros, and what all have to add is told as masks.
TARGET INLINE void AT(eight_f32)(
    AT(pair_sums) *sums, const uint8_t *first, const uint8_t *second, eight_i32 *changed, eight_i32 *nonfinite) {
    eight_f32 a, b;
    memcpy(&a, first, sizeof a);
    memcpy(&b, second, sizeof b);
    const eight_i32 magnitude_bits = (eight_i32){0} + FLOAT_MAGNITUDE, infinity = (eight_i32){0} + FLOAT_INFINITY;
    const eight_i32 finite =
        (((eight_i32)a & magnitude_bits) < infinity) & (((eight_i32)b & magnitude_bits) < infinity);
    *changed -= (a != b) & ~((a != a) & (b != b));
    *nonfinite -= ~finite;
    a = (eight_f32)((eight_i32)a & finite);
    b = (eight_f32)((eight_i32)b & finite);
    const four_f64 low_a = __builtin_convertvector(__builtin_shufflevector(a, a, 0, 1, 2, 3), four_f64);
    const four_f64 low_b = __builtin_convertvector(__builtin_shufflevector(b, b, 0, 1, 2, 3), four_f64);
    const four_f64 high_a = __builtin_convertvector(__builtin_shufflevector(a, a, 4, 5, 6, 7), four_f64);
    const four_f64 high_b = __builtin_convertvector(__builtin_shufflevector(b, b, 4, 5, 6, 7), four_f64);
    AT(add_four)(sums, 0, &low_a, &low_b);
    AT(add_four)(sums, 1, &high_a, &high_b);
}

TARGET INLINE void AT(four_of_f64)(
    AT(pair_sums) *sums, size_t half, const uint8_t *first, const uint8_t *second, four_i64 *changed,
    four_i64 *nonfinite) {
    four_f64 a, b;
    memcpy(&a, first, sizeof a);
    memcpy(&b, second, sizeof b);
    const four_i64 magnitude_bits = (four_i64){0} + (int64_t)DOUBLE_MAGNITUDE;
    const four_i64 infinity = (four_i64){0} + (int64_t)DOUBLE_INFINITY;
    const four_i64 finite = (((four_i64)a & magnitude_bits) < infinity) & (((four_i64)b & magnitude_bits) < infinity);
    *changed -= (a != b) & ~((a != a) & (b != b));
    *nonfinite -= ~finite;
    a = (four_f64)((four_i64)a & finite);
    b = (four_f64)((four_i64)b & finite);
    AT(add_four)(sums, half, &a, &b);
}

TARGET INLINE void AT(finish_pairs)(const AT(pair_sums) *sums, ckernels_comparison *comparison) {
    double lanes[LANES];
#define TOTAL(field) (memcpy(lanes, sums->field, sizeof lanes), total(lanes))
    comparison->dot = TOTAL(dot);
    comparison->first_squares = TOTAL(first);
    comparison->second_squares = TOTAL(second);
    comparison->difference_squares = TOTAL(squares);
    comparison->difference_magnitudes = TOTAL(magnitudes);
#undef TOTAL
    memcpy(lanes, sums->largest, sizeof lanes);
    for (size_t lane = 0; lane < LANES; lane++)
        if (lanes[lane] > comparison->largest_difference) comparison->largest_difference = lanes[lane];
}

// What is left over at the end is filled up with zeros, which add nothing.
TARGET static void AT(compare_f32)(
    const uint8_t *first, const uint8_t *second, size_t count, ckernels_comparison *comparison) {
    AT(pair_sums) sums = {0};
    eight_i32 changed = {0}, nonfinite = {0};
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) AT(eight_f32)(&sums, first + 4 * i, second + 4 * i, &changed, &nonfinite);
    if (i < count) {
        uint8_t a[32] = {0}, b[32] = {0};
        memcpy(a, first + 4 * i, 4 * (count - i));
        memcpy(b, second + 4 * i, 4 * (count - i));
        AT(eight_f32)(&sums, a, b, &changed, &nonfinite);
    }
    AT(finish_pairs)(&sums, comparison);
    for (size_t lane = 0; lane < LANES; lane++) {
        comparison->changed += (uint64_t)changed[lane];
        comparison->nonfinite += (uint64_t)nonfinite[lane];
    }
}

TARGET static void AT(compare_f64)(
    const uint8_t *first, const uint8_t *second, size_t count, ckernels_comparison *comparison) {
    AT(pair_sums) sums = {0};
    four_i64 changed = {0}, nonfinite = {0};
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        AT(four_of_f64)(&sums, 0, first + 8 * i, second + 8 * i, &changed, &nonfinite);
        AT(four_of_f64)(&sums, 1, first + 8 * i + 32, second + 8 * i + 32, &changed, &nonfinite);
    }
    if (i < count) {
        uint8_t a[64] = {0}, b[64] = {0};
        memcpy(a, first + 8 * i, 8 * (count - i));
        memcpy(b, second + 8 * i, 8 * (count - i));
        AT(four_of_f64)(&sums, 0, a, b, &changed, &nonfinite);
        AT(four_of_f64)(&sums, 1, a + 32, b + 32, &changed, &nonfinite);
    }
    AT(finish_pairs)(&sums, comparison);
    for (size_t lane = 0; lane < 4; lane++) {
        comparison->changed += (uint64_t)changed[lane];
        comparison->nonfinite += (uint64_t)nonfinite[lane];
    }
}

TARGET static void AT(count_exact)(
    const uint8_t *restrict source, size_t count, uint64_t *restrict bfloat16, uint64_t *restrict float16) {
    const any_u32 *const from = (const any_u32 *)source;
    uint32_t bf16 = 0, f16 = 0;
    for (size_t i = 0; i < count; i++) {
        const uint32_t bits = from[i], magnitude = bits & FLOAT_MAGNITUDE;
        const float value = float_of_bits(magnitude);
        // Below the least normal number the sum with one half is a multiple of the least subnormal one.
        const uint32_t small = magnitude < (127 - 14) << 23, subnormal = (value + 0.5f) - 0.5f == value;
        const uint32_t in_range = (magnitude < (127 + 16) << 23) | (magnitude >= FLOAT_INFINITY);
        const uint32_t normal = ((bits & 0x1FFF) == 0) & in_range;
        bf16 += (bits & 0xFFFF) == 0;
        f16 += (small & subnormal) | (~small & normal);
    }
    *bfloat16 += bf16;
    *float16 += f16;
}

// The bin of each pair. There is no branch: the signs and what has changed are hard to predict.
#define DISTANCES(name, element, sign, infinity) \
    TARGET static void AT(name)( \
        const uint8_t *restrict first, const uint8_t *restrict second, size_t count, uint8_t *restrict bins) { \
        const element *const from = (const element *)first, *const to = (const element *)second; \
        for (size_t i = 0; i < count; i++) { \
            const uint32_t a = from[i], b = to[i]; \
            const uint32_t first_steps = a & ((sign) - 1), second_steps = b & ((sign) - 1); \
            const uint32_t first_minus = 0 - (uint32_t)((a & (sign)) != 0), second_minus = 0 - (uint32_t)((b & (sign)) != 0); \
            const int32_t x = (int32_t)((first_steps ^ first_minus) - first_minus); \
            const int32_t y = (int32_t)((second_steps ^ second_minus) - second_minus); \
            const uint32_t distance = x > y ? (uint32_t)x - (uint32_t)y : (uint32_t)y - (uint32_t)x; \
            /* The bit below the highest is cleared, so that rounding to binary32 does not reach the next power of two. */ \
            const uint32_t power = bits_of_float((float)(distance & ~(distance >> 1))) >> 23; \
            const uint32_t bin = distance == 0 ? 0 : power - 126; \
            const uint32_t nans = (uint32_t)(first_steps > (infinity)) + (uint32_t)(second_steps > (infinity)); \
            bins[i] = (uint8_t)(nans == 0 ? bin : nans == 1 ? ONE_NAN : BOTH_NAN); \
        } \
    }

DISTANCES(distances_32, any_u32, 0x80000000u, 0x7F800000u)
DISTANCES(distances_f16, any_u16, 0x8000u, 0x7C00u)
DISTANCES(distances_bf16, any_u16, 0x8000u, 0x7F80u)

#undef DISTANCES

static const comparisons AT(comparisons) = {
    .compare_f32 = AT(compare_f32),
    .compare_f64 = AT(compare_f64),
    .count_exact = AT(count_exact),
    .distances_32 = AT(distances_32),
    .distances_f16 = AT(distances_f16),
    .distances_bf16 = AT(distances_bf16),
};
