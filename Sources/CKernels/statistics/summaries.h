// Summaries at one level. Included once for each, with TARGET the attributes of a function of the level and AT(name) its
// name there.

// What is neither infinite nor NaN, of elements of which some are.
TARGET static size_t AT(finite_f32)(const uint8_t *source, size_t count, float *kept, ckernels_summary *summary) {
    const any_f32 *const from = (const any_f32 *)source;
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        const uint32_t bits = bits_of_float(from[i]), magnitude = bits & FLOAT_MAGNITUDE;
        kept[n] = from[i];
        n += magnitude < FLOAT_INFINITY;
        summary->nans += magnitude > FLOAT_INFINITY;
        summary->positive_infinities += bits == FLOAT_INFINITY;
        summary->negative_infinities += bits == (FLOAT_INFINITY | 0x80000000u);
    }
    return n;
}

TARGET static size_t AT(finite_f64)(const uint8_t *source, size_t count, double *kept, ckernels_summary *summary) {
    const any_f64 *const from = (const any_f64 *)source;
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        const uint64_t bits = bits_of_double(from[i]), magnitude = bits & DOUBLE_MAGNITUDE;
        kept[n] = from[i];
        n += magnitude < DOUBLE_INFINITY;
        summary->nans += magnitude > DOUBLE_INFINITY;
        summary->positive_infinities += bits == DOUBLE_INFINITY;
        summary->negative_infinities += bits == (DOUBLE_INFINITY | 1ull << 63);
    }
    return n;
}

// Extremes, zeros, and what is smaller than `least_normal`. Returns 0, with nothing told, if an element is not finite.
//
// The bits of floats are ordered as integers are, those of negative ones downwards: the largest signed integer is the
// maximum unless all are negative, and so on.
TARGET static int AT(extremes_f32)(
    const uint8_t *source, size_t count, uint32_t least_normal, ckernels_summary *summary) {
    eight_i32 signed_max;
    eight_u32 unsigned_max, unsigned_min, small = {0};
    const eight_u32 magnitude_bits = (eight_u32){0} + FLOAT_MAGNITUDE;
    const eight_i32 least = (eight_i32){0} + (int32_t)least_normal;
    const any_u32 *const from = (const any_u32 *)source;
    signed_max = (eight_i32){0} + (int32_t)from[0];
    unsigned_max = unsigned_min = (eight_u32){0} + from[0];
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        eight_u32 bits;
        memcpy(&bits, from + i, sizeof bits);
        const eight_i32 magnitude = (eight_i32)(bits & magnitude_bits);
        signed_max = __builtin_elementwise_max(signed_max, (eight_i32)bits);
        unsigned_max = __builtin_elementwise_max(unsigned_max, bits);
        unsigned_min = __builtin_elementwise_min(unsigned_min, bits);
        small -= (eight_u32)(magnitude < least);
    }
    int32_t highest_signed = signed_max[0];
    uint32_t highest = unsigned_max[0], lowest = unsigned_min[0];
    for (size_t lane = 0; lane < LANES; lane++) {
        highest_signed = signed_max[lane] > highest_signed ? signed_max[lane] : highest_signed;
        highest = unsigned_max[lane] > highest ? unsigned_max[lane] : highest;
        lowest = unsigned_min[lane] < lowest ? unsigned_min[lane] : lowest;
    }
    uint64_t zero_count = 0, small_count = 0;
    for (size_t lane = 0; lane < LANES; lane++) small_count += small[lane];
    // Mostly nothing is that small, and then zeros need not be looked for.
    if (small_count != 0) {
        for (size_t j = 0; j < i; j++) zero_count += (from[j] & FLOAT_MAGNITUDE) == 0;
    }
    for (; i < count; i++) {
        const uint32_t bits = from[i];
        highest_signed = (int32_t)bits > highest_signed ? (int32_t)bits : highest_signed;
        highest = bits > highest ? bits : highest;
        lowest = bits < lowest ? bits : lowest;
        zero_count += (bits & FLOAT_MAGNITUDE) == 0;
        small_count += (bits & FLOAT_MAGNITUDE) < least_normal;
    }
    if (highest_signed >= FLOAT_INFINITY || highest >= (FLOAT_INFINITY | 0x80000000u)) return 0;
    summary->maximum = float_of_bits(highest_signed >= 0 ? (uint32_t)highest_signed : lowest);
    summary->minimum = float_of_bits(highest >> 31 != 0 ? highest : lowest);
    summary->zeros = zero_count;
    summary->subnormals = small_count - zero_count;
    return 1;
}

TARGET static int AT(extremes_f64)(
    const uint8_t *source, size_t count, uint64_t least_normal, ckernels_summary *summary) {
    const any_f64 *const from = (const any_f64 *)source;
    const four_i64 magnitude_bits = (four_i64){0} + (int64_t)DOUBLE_MAGNITUDE;
    const four_i64 infinity = (four_i64){0} + (int64_t)DOUBLE_INFINITY, least = (four_i64){0} + (int64_t)least_normal;
    four_f64 highest = (four_f64){0} + from[0], lowest = highest;
    four_i64 zeros = {0}, small = {0}, special = {0};
    size_t i = 0;
    for (; i + 4 <= count; i += 4) {
        four_f64 x;
        memcpy(&x, from + i, sizeof x);
        const four_i64 magnitude = (four_i64)x & magnitude_bits;
        const four_i64 above = x > highest, below = x < lowest;
        highest = (four_f64)(((four_i64)x & above) | ((four_i64)highest & ~above));
        lowest = (four_f64)(((four_i64)x & below) | ((four_i64)lowest & ~below));
        zeros -= magnitude == 0;
        small -= magnitude < least;
        special |= magnitude >= infinity;
    }
    double maximum = highest[0], minimum = lowest[0];
    int64_t zero_count = 0, small_count = 0, any_special = 0;
    for (size_t lane = 0; lane < 4; lane++) {
        maximum = highest[lane] > maximum ? highest[lane] : maximum;
        minimum = lowest[lane] < minimum ? lowest[lane] : minimum;
        zero_count += zeros[lane];
        small_count += small[lane];
        any_special |= special[lane];
    }
    for (; i < count; i++) {
        const uint64_t magnitude = bits_of_double(from[i]) & DOUBLE_MAGNITUDE;
        maximum = from[i] > maximum ? from[i] : maximum;
        minimum = from[i] < minimum ? from[i] : minimum;
        zero_count += magnitude == 0;
        small_count += magnitude < least_normal;
        any_special |= magnitude >= DOUBLE_INFINITY;
    }
    if (any_special != 0) return 0;
    summary->maximum = maximum;
    summary->minimum = minimum;
    summary->zeros = (uint64_t)zero_count;
    summary->subnormals = (uint64_t)(small_count - zero_count);
    return 1;
}

#define ADD_FOUR(half, x) \
    do { \
        const four_f64 value = (x), d = value - pivots, d2 = d * d; \
        first[half] += d; \
        second[half] += d2; \
        third[half] += d2 * d; \
        fourth[half] += d2 * d2; \
        magnitudes[half] += (four_f64)((four_i64)value & magnitude_bits); \
    } while (0)

// The sums of finite elements, each times `scale` where they are of binary64. The pivot is the median of nine of them: near
// enough to the mean wherever the deviation is small against it, and seldom an element that is far from all others.
#define POWER_SUMS(name, element, load, scaled) \
    TARGET static void AT(name)(const uint8_t *source, size_t count, double scale, ckernels_summary *summary) { \
        const element *const from = (const element *)source; \
        (void)scale; \
        double samples[9]; \
        for (size_t i = 0; i < 9; i++) samples[i] = scaled((double)from[i * count / 9]); \
        const double pivot = median_of_nine(samples); \
        const four_f64 pivots = (four_f64){0} + pivot; \
        const four_i64 magnitude_bits = (four_i64){0} + (int64_t)DOUBLE_MAGNITUDE; \
        four_f64 first[2] = {0}, second[2] = {0}, third[2] = {0}, fourth[2] = {0}, magnitudes[2] = {0}; \
        size_t i = 0; \
        for (; i + LANES <= count; i += LANES) { \
            load low, high; \
            memcpy(&low, from + i, sizeof low); \
            memcpy(&high, from + i + 4, sizeof high); \
            ADD_FOUR(0, scaled(__builtin_convertvector(low, four_f64))); \
            ADD_FOUR(1, scaled(__builtin_convertvector(high, four_f64))); \
        } \
        lane_sums sums; \
        memcpy(sums.first, first, sizeof first); \
        memcpy(sums.second, second, sizeof second); \
        memcpy(sums.third, third, sizeof third); \
        memcpy(sums.fourth, fourth, sizeof fourth); \
        memcpy(sums.magnitudes, magnitudes, sizeof magnitudes); \
        for (size_t lane = 0; i < count; i++, lane++) add_element(&sums, lane, scaled((double)from[i]), pivot); \
        finish(&sums, count, pivot, summary); \
    }

#define UNSCALED(x) (x)
#define SCALED(x) ((x) * scale)
POWER_SUMS(power_sums_f32, any_f32, four_f32, UNSCALED)
POWER_SUMS(power_sums_f64, any_f64, four_f64, UNSCALED)
POWER_SUMS(scaled_power_sums_f64, any_f64, four_f64, SCALED)
#undef UNSCALED
#undef SCALED
#undef POWER_SUMS
#undef ADD_FOUR

TARGET INLINE void AT(widen)(four_f64 *sums, const eight_f32 *x) {
    sums[0] += __builtin_convertvector(__builtin_shufflevector(*x, *x, 0, 1, 2, 3), four_f64);
    sums[1] += __builtin_convertvector(__builtin_shufflevector(*x, *x, 4, 5, 6, 7), four_f64);
}

// The loop of a block: `is_plain` where the pivot is zero and the scale one.
TARGET INLINE void AT(scan_block_f32)(
    const any_u32 *from, const block_frame *frame, const int is_plain, block_extremes *extremes, lane_sums *lanes) {
    const eight_f32 pivots = (eight_f32){0} + frame->pivot, scales = (eight_f32){0} + frame->scale;
    const eight_u32 magnitude_bits = (eight_u32){0} + FLOAT_MAGNITUDE;
    eight_i32 signed_max = (eight_i32){0} + (int32_t)from[0];
    eight_u32 unsigned_max = (eight_u32){0} + from[0], least = magnitude_bits;
    four_f64 sums[5][2] = {{{0}}};
    for (size_t i = 0; i < CKERNELS_BLOCK; i += GROUP * LANES) {
        eight_f32 first = {0}, second = {0}, third = {0}, fourth = {0}, magnitudes = {0};
        for (size_t k = 0; k < GROUP; k += QUAD) {
            eight_f32 d[QUAD], d2[QUAD], magnitude[QUAD];
#pragma clang loop unroll(full)
            for (size_t j = 0; j < QUAD; j++) {
                eight_u32 bits;
                memcpy(&bits, from + i + LANES * (k + j), sizeof bits);
                signed_max = __builtin_elementwise_max(signed_max, (eight_i32)bits);
                unsigned_max = __builtin_elementwise_max(unsigned_max, bits);
                least = __builtin_elementwise_min(least, bits & magnitude_bits);
                magnitude[j] = (eight_f32)(bits & magnitude_bits);
                d[j] = is_plain ? (eight_f32)bits : ((eight_f32)bits - pivots) * scales;
                d2[j] = d[j] * d[j];
            }
            first += (d[0] + d[1]) + (d[2] + d[3]);
            second += (d2[0] + d2[1]) + (d2[2] + d2[3]);
            third += (d2[0] * d[0] + d2[1] * d[1]) + (d2[2] * d[2] + d2[3] * d[3]);
            fourth += (d2[0] * d2[0] + d2[1] * d2[1]) + (d2[2] * d2[2] + d2[3] * d2[3]);
            magnitudes += (magnitude[0] + magnitude[1]) + (magnitude[2] + magnitude[3]);
        }
        AT(widen)(sums[0], &first);
        AT(widen)(sums[1], &second);
        AT(widen)(sums[2], &third);
        AT(widen)(sums[3], &fourth);
        AT(widen)(sums[4], &magnitudes);
    }
    *extremes = (block_extremes){signed_max[0], unsigned_max[0], least[0]};
    for (size_t lane = 1; lane < LANES; lane++) {
        extremes->signed_max = signed_max[lane] > extremes->signed_max ? signed_max[lane] : extremes->signed_max;
        extremes->unsigned_max =
            unsigned_max[lane] > extremes->unsigned_max ? unsigned_max[lane] : extremes->unsigned_max;
        extremes->least = least[lane] < extremes->least ? least[lane] : extremes->least;
    }
    memcpy(lanes, sums, sizeof *lanes);
}

// Extremes and sums in one loop over a whole block, in binary32: sixteen vectors at a time, whose sums are widened and added as
// binary64. Returns 0, with nothing told, for what is not finite and where that is not precise enough.
TARGET static int AT(whole_block_f32)(const uint8_t *source, ckernels_summary *summary) {
    const block_frame frame = block_frame_of((const any_f32 *)source);
    block_extremes extremes;
    lane_sums lanes;
    if (frame.pivot == 0 && frame.scale == 1) {
        AT(scan_block_f32)((const any_u32 *)source, &frame, 1, &extremes, &lanes);
    } else {
        AT(scan_block_f32)((const any_u32 *)source, &frame, 0, &extremes, &lanes);
    }
    return finish_block(&extremes, &frame, &lanes, summary);
}

static const summaries AT(summaries) = {
    .whole_block_f32 = AT(whole_block_f32),
    .finite_f32 = AT(finite_f32),
    .finite_f64 = AT(finite_f64),
    .extremes_f32 = AT(extremes_f32),
    .extremes_f64 = AT(extremes_f64),
    .power_sums_f32 = AT(power_sums_f32),
    .power_sums_f64 = AT(power_sums_f64),
    .scaled_power_sums_f64 = AT(scaled_power_sums_f64),
};
