// Sums over a block of pairs at one level. Included once for each level; TYPED includes what depends on the type of logits.
// Vectors of `wide` have WIDE numbers of binary64.

#define WIDE (LANES / 2)
#if LANES == 4
#define SPLAT(x) {x, x}
#elif LANES == 8
#define SPLAT(x) {x, x, x, x}
#else
#define SPLAT(x) {x, x, x, x, x, x, x, x}
#endif

typedef double AT(wide) __attribute__((vector_size(8 * WIDE)));
typedef int64_t AT(wide_mask) __attribute__((vector_size(8 * WIDE)));
typedef double AT(wide_memory) __attribute__((vector_size(8 * WIDE), aligned(8), may_alias));
typedef float AT(narrow) __attribute__((vector_size(4 * WIDE)));
typedef float AT(narrow_memory) __attribute__((vector_size(4 * WIDE), aligned(4), may_alias));

TARGET INLINE AT(wide) AT(all)(double x) { return x - (AT(wide)){0}; }

TARGET INLINE AT(wide) AT(keep)(AT(wide_mask) which, AT(wide) x) { return (AT(wide))(which & (AT(wide_mask))x); }

TARGET INLINE AT(wide) AT(either)(AT(wide_mask) which, AT(wide) yes, AT(wide) no) {
    return (AT(wide))((which & (AT(wide_mask))yes) | (~which & (AT(wide_mask))no));
}

TARGET INLINE AT(wide) AT(size)(AT(wide) x) { return (AT(wide))((AT(wide_mask))x & INT64_MAX); }

TARGET INLINE int AT(any)(AT(wide_mask) which) { return __builtin_reduce_or(which) != 0; }

// Always in the same order: halves joined, down to one number.
TARGET INLINE double AT(sum)(AT(wide) x) {
    double lanes[WIDE];
    memcpy(lanes, &x, sizeof lanes);
    for (int width = WIDE / 2; width > 0; width /= 2)
        for (int i = 0; i < width; i++) lanes[i] += lanes[i + width];
    return lanes[0];
}

// Coefficients as vectors in memory: instructions take them from there, and registers stay free.
static const AT(wide) AT(constants)[CONSTANTS] = {
    SPLAT(0x1.8p52), SPLAT(1.0), SPLAT(POWER_1), SPLAT(POWER_2), SPLAT(POWER_3), SPLAT(POWER_4), SPLAT(POWER_5),
    SPLAT(POWER_6), SPLAT(POWER_7), SPLAT(POWER_8), SPLAT(SINE_0), SPLAT(SINE_1), SPLAT(SINE_2), SPLAT(SINE_3),
    SPLAT(ARCTANGENT_0), SPLAT(ARCTANGENT_1), SPLAT(ARCTANGENT_2), SPLAT(ARCTANGENT_3),
    SPLAT(ARCTANGENT_4), SPLAT(ARCTANGENT_5), SPLAT(ARCTANGENT_6), SPLAT(ARCTANGENT_7),
};

// What keeps the compiler from seeing that they are constants.
TARGET INLINE const AT(wide) * AT(held_constants)(void) {
    const AT(wide) *held = AT(constants);
    __asm__("" : "+r"(held));
    return held;
}

// 2 to the z for z from -1022 to 1000: a whole power times a polynomial for what is left, within 2e-12 of it; 1 for zero. NaN
// gives anything.
TARGET INLINE AT(wide) AT(power)(AT(wide) z, const AT(wide) * c) {
    const AT(wide) shifted = z + c[MAGIC];
    const AT(wide) r = z - (shifted - c[MAGIC]);
    const AT(wide) square = r * r;
    AT(wide) even = square * c[POWER + 8] + c[POWER + 6], odd = square * c[POWER + 7] + c[POWER + 5];
    even = even * square + c[POWER + 4];
    odd = odd * square + c[POWER + 3];
    even = even * square + c[POWER + 2];
    odd = odd * square + c[POWER + 1];
    const AT(wide) p = odd * r + (even * square + c[POWER]);
    return (AT(wide))((AT(wide_mask))p + ((AT(wide_mask))shifted << 52));
}

TARGET INLINE double AT(polynomial_at)(const AT(wide) * moments, const double *coefficients, int count) {
    double value = 0;
    for (int k = count - 1; k >= 0; k--) value += AT(sum)(moments[k]) * coefficients[k];
    return value;
}

// Adds the terms of tokens with 1/2 < |d| <= 600, from the larger probability of the two. They are taken in two loops, so that
// many of the long chains of dependent operations are under way at a time.
TARGET static __attribute__((noinline)) void AT(add_far)(const AT(wide) * roots, const AT(wide) * ratios, int count,
                                                         AT(wide) * sums) {
    const AT(wide) *const c = AT(held_constants)();
    AT(wide) halves[FAR_VECTORS];
    for (int i = 0; i < count; i++) halves[i] = AT(power)(AT(size)(ratios[i]) * -0.72134752044448170368, c);
    for (int i = 0; i < count; i++) {
        const AT(wide) d = ratios[i], far = AT(size)(d), half = halves[i], a = half * half;
        const AT(wide) inverse = 1.0 / (a * (2.0 + a)), upwards = inverse * (2.0 + a);
        const AT(wide) t = a * a * inverse, square = t * t, fourth = square * square;
        // log(1 + a) = 2 artanh(a / (2 + a))
        const AT(wide) low = square * c[ARCTANGENT + 1] + c[ARCTANGENT];
        const AT(wide) middle = square * c[ARCTANGENT + 3] + c[ARCTANGENT + 2];
        const AT(wide) high = square * c[ARCTANGENT + 5] + c[ARCTANGENT + 4];
        const AT(wide) higher = square * c[ARCTANGENT + 7] + c[ARCTANGENT + 6];
        const AT(wide) log_1_a = (t + t) * ((fourth * fourth) * (fourth * higher + high) + (fourth * middle + low));
        const AT(wide) large = roots[i] * half * upwards, rest = 1.0 - a, step = 1.0 - half;
        const AT(wide) forth = large * (far - rest), back = large * (rest - a * far);
        const AT(wide) shrunk = large * rest * rest, grown = shrunk * upwards;
        const AT(wide_mask) is_p = d > 0.0;
        sums[FAR_KL_PQ] += AT(either)(is_p, forth, back);
        sums[FAR_KL_QP] += AT(either)(is_p, back, forth);
        sums[FAR_CHI_PQ] += AT(either)(is_p, grown, shrunk);
        sums[FAR_CHI_QP] += AT(either)(is_p, shrunk, grown);
        sums[FAR_SHANNON] += large * 0.5 * ((1.0 + a) * (0.69314718055994530942 - log_1_a) - a * far);
        const AT(wide) moved = large * rest;
        sums[FAR_VARIATION] += moved;
        sums[FAR_EXCESS] += AT(either)(is_p, -moved, moved);
        sums[FAR_HELLINGER] += large * step * step;
    }
}

// Adds a block's sums, times its scale: for |d| <= 1/2 those of sqrt(p q) times powers of d, of which all divergences but the
// total variation are combinations, and for others the terms themselves. What is beyond both is added token by token.
//
// Returns how many vectors held a token with |d| > 1/2. Where `is_mixed` says that many do, these are set aside without a
// branch, which the processor could not foresee; the result is the same.
TARGET INLINE int AT(add_pairs)(const double *roots, const double *ratios, int64_t count, double inverse, double shift,
                                double scale, AT(wide) * sums, const pair_context *context, int64_t start, int is_mixed) {
    const AT(wide) bound = AT(all)(NEAR), *const c = AT(held_constants)();
    AT(wide) even0 = {0}, even1 = {0}, even2 = {0}, even3 = {0}, even4 = {0};
    AT(wide) odd0 = {0}, odd1 = {0}, odd2 = {0}, odd3 = {0}, variation = {0}, moved = {0};
    AT(wide) far_sums[FAR_SUMS] = {0}, far_roots[FAR_VECTORS], far_ratios[FAR_VECTORS];
    int fars = 0, taken = 0;
    for (int64_t i = 0; i < count; i += WIDE) {
        AT(wide) g = *(const AT(wide) *)(roots + i);
        AT(wide) d = *(const AT(wide) *)(ratios + i) * inverse - shift;
        const AT(wide_mask) away = AT(size)(d) > bound;
        if (is_mixed || __builtin_expect(AT(any)(away), 0)) {
            const AT(wide_mask) beyond = away & ((g < 0x1p-1000) | (AT(size)(d) > 600.0));
            if (__builtin_expect(AT(any)(beyond), 0))
                for (int lane = 0; lane < WIDE; lane++)
                    if (beyond[lane]) add_lone(context, start + i + lane);
            far_roots[fars] = AT(keep)(away & ~beyond, g);
            far_ratios[fars] = AT(keep)(away & ~beyond, d);
            fars += is_mixed ? AT(any)(away) : 1;
            if (fars == FAR_VECTORS) {
                AT(add_far)(far_roots, far_ratios, fars, far_sums);
                taken += fars;
                fars = 0;
            }
            g = AT(keep)(~away, g);
            d = AT(keep)(~away, d);
        }
        const AT(wide) t = d * d, odd = g * d;
        AT(wide) even = g * t;
        AT(wide) sine = t * c[SINE + 3] + c[SINE + 2];
        sine = sine * t + c[SINE + 1];
        sine = sine * t + c[SINE];
        const AT(wide) step = odd * sine;
        variation += AT(size)(step);
        moved += step;
        even0 += even;
        odd0 += even * d;
        even = even * t;
        even1 += even;
        odd1 += even * d;
        even = even * t;
        even2 += even;
        odd2 += even * d;
        even = even * t;
        even3 += even;
        odd3 += even * d;
        even4 += even * t;
    }
    const AT(wide) moments[NEAR_SUMS] = {even0, even1, even2, even3, even4, odd0, odd1, odd2, odd3, variation, moved};
    for (int k = 0; k < NEAR_SUMS; k++) sums[k] += moments[k] * scale;
    if (fars > 0) AT(add_far)(far_roots, far_ratios, fars, far_sums);
    taken += fars;
    for (int k = 0; taken > 0 && k < FAR_SUMS; k++) sums[NEAR_SUMS + k] += far_sums[k] * scale;
    return taken;
}

TARGET static int AT(add_block)(const double *roots, const double *ratios, int64_t count, double inverse, double shift,
                                double scale, AT(wide) * sums, const pair_context *context, int64_t start) {
    return AT(add_pairs)(roots, ratios, count, inverse, shift, scale, sums, context, start, 0);
}

TARGET static int AT(add_mixed_block)(const double *roots, const double *ratios, int64_t count, double inverse, double shift,
                                      double scale, AT(wide) * sums, const pair_context *context, int64_t start) {
    return AT(add_pairs)(roots, ratios, count, inverse, shift, scale, sums, context, start, 1);
}

// Sum q - p over a block, where it is next to nothing.
TARGET static double AT(excess_of_block)(const double *roots, const double *ratios, int64_t count, double inverse,
                                         double shift, double scale, const pair_context *context, int64_t start) {
    const AT(wide) *const c = AT(held_constants)();
    AT(wide) sum = {0};
    double lone = 0;
    for (int64_t i = 0; i < count; i += WIDE) {
        AT(wide) g = *(const AT(wide) *)(roots + i);
        AT(wide) d = *(const AT(wide) *)(ratios + i) * inverse - shift;
        const AT(wide_mask) away = AT(size)(d) > NEAR;
        if (__builtin_expect(AT(any)(away), 0)) {
            for (int lane = 0; lane < WIDE; lane++)
                if (away[lane]) lone += lone_excess(context, start + i + lane);
            g = AT(keep)(~away, g);
            d = AT(keep)(~away, d);
        }
        const AT(wide) t = d * d;
        AT(wide) sine = t * c[SINE + 3] + c[SINE + 2];
        sine = sine * t + c[SINE + 1];
        sine = sine * t + c[SINE];
        sum -= g * d * sine;
    }
    return AT(sum)(sum) * scale + lone;
}

// The sums of divergences from those of all blocks.
TARGET static void AT(join)(const AT(wide) * sums, divergence_sums *to) {
    const AT(wide) *const odd = sums + 5, *const far = sums + NEAR_SUMS;
    const double kl = AT(polynomial_at)(sums, KL_EVEN, 5), kl_odd = AT(polynomial_at)(odd, KL_ODD, 4);
    const double chi = AT(polynomial_at)(sums, CHI_EVEN, 5), chi_odd = AT(polynomial_at)(odd, CHI_ODD, 4);
    to->kl_pq += kl + kl_odd + AT(sum)(far[FAR_KL_PQ]);
    to->kl_qp += kl - kl_odd + AT(sum)(far[FAR_KL_QP]);
    to->chi_pq += chi + chi_odd + AT(sum)(far[FAR_CHI_PQ]);
    to->chi_qp += chi - chi_odd + AT(sum)(far[FAR_CHI_QP]);
    to->jensen_shannon += AT(polynomial_at)(sums, SHANNON, 5) + AT(sum)(far[FAR_SHANNON]);
    to->hellinger += AT(polynomial_at)(sums, HELLINGER, 5) + AT(sum)(far[FAR_HELLINGER]);
    to->variation += AT(sum)(sums[9]) + AT(sum)(far[FAR_VARIATION]);
    to->excess += AT(sum)(far[FAR_EXCESS]) - AT(sum)(sums[10]);
}

TARGET static void AT(widen_bf16)(const uint16_t *from, int64_t count, float *to) {
    for (int64_t i = 0; i < count; i++) to[i] = widened_bf16(from[i]);
}

TARGET static void AT(widen_f16)(const uint16_t *from, int64_t count, float *to) {
    for (int64_t i = 0; i < count; i++) to[i] = widened_f16(from[i]);
}

#define NUMBER float
#define NUMBER_MASK int32_t
#define ON(name) AT(name##_f32)
#define LOAD_WIDE(from) __builtin_convertvector(*(const AT(narrow_memory) *)(from), AT(wide))
#include "blocks.h"
#undef NUMBER
#undef NUMBER_MASK
#undef ON
#undef LOAD_WIDE

#define NUMBER double
#define NUMBER_MASK int64_t
#define ON(name) AT(name##_f64)
#define LOAD_WIDE(from) (*(const AT(wide_memory) *)(from))
#include "blocks.h"
#undef NUMBER
#undef NUMBER_MASK
#undef ON
#undef LOAD_WIDE

#undef SPLAT
#undef WIDE
