// Vectors of LANES numbers at one level. Included once for each level, with TARGET the attributes of a function of the level and
// AT(name) its name there. The compiler's own vectors, so that one text serves every processor.

typedef float AT(vec) __attribute__((vector_size(4 * LANES)));
typedef int32_t AT(ivec) __attribute__((vector_size(4 * LANES)));
typedef uint32_t AT(uvec) __attribute__((vector_size(4 * LANES)));
// The same at any address of a number.
typedef float AT(memory) __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

TARGET INLINE AT(vec) AT(load)(const float *from) { return *(const AT(memory) *)from; }

TARGET INLINE void AT(store)(float *to, AT(vec) x) { *(AT(memory) *)to = x; }

// Less zero, and not plus zero, is x itself to the compiler too.
TARGET INLINE AT(vec) AT(splat)(float x) { return x - (AT(vec)){0}; }

TARGET INLINE AT(vec) AT(select)(AT(ivec) which, AT(vec) yes, AT(vec) no) {
    return (AT(vec))((which & (AT(ivec))yes) | (~which & (AT(ivec))no));
}

// The second where either is not a number.
TARGET INLINE AT(vec) AT(larger)(AT(vec) a, AT(vec) b) { return AT(select)(a > b, a, b); }

// Four sums of every fourth lane.
TARGET INLINE four_lanes AT(fold)(AT(vec) x) {
#if LANES == 4
    return x;
#elif LANES == 8
    return __builtin_shufflevector(x, x, 0, 1, 2, 3) + __builtin_shufflevector(x, x, 4, 5, 6, 7);
#else
    const eight_lanes y =
        __builtin_shufflevector(x, x, 0, 1, 2, 3, 4, 5, 6, 7) + __builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15);
    return __builtin_shufflevector(y, y, 0, 1, 2, 3) + __builtin_shufflevector(y, y, 4, 5, 6, 7);
#endif
}

// The sum of all lanes, in halves: always in the same order.
TARGET INLINE float AT(total)(AT(vec) x) {
    const four_lanes y = AT(fold)(x);
    return (y[0] + y[2]) + (y[1] + y[3]);
}

// The sums of four vectors, the same bits as each one's total.
TARGET INLINE four_lanes AT(totals)(AT(vec) a, AT(vec) b, AT(vec) c, AT(vec) d) {
    const four_lanes w = AT(fold)(a), x = AT(fold)(b), y = AT(fold)(c), z = AT(fold)(d);
    const four_lanes first = __builtin_shufflevector(w, x, 0, 4, 1, 5) + __builtin_shufflevector(w, x, 2, 6, 3, 7);
    const four_lanes second = __builtin_shufflevector(y, z, 0, 4, 1, 5) + __builtin_shufflevector(y, z, 2, 6, 3, 7);
    return __builtin_shufflevector(first, second, 0, 1, 4, 5) + __builtin_shufflevector(first, second, 2, 3, 6, 7);
}

TARGET INLINE float AT(largest)(AT(vec) x) {
    float lanes[LANES];
    memcpy(lanes, &x, sizeof lanes);
#pragma clang loop unroll(full)
    for (int width = LANES / 2; width > 0; width /= 2)
        for (int i = 0; i < width; i++) lanes[i] = lanes[i] > lanes[i + width] ? lanes[i] : lanes[i + width];
    return lanes[0];
}

// e^r for |r| <= ln 2 / 2 and the n of 2^n e^r = e^x, as a number beside 1.5 2^23: the first step of both functions below. With
// n = round(x log2 e) and r = x - n ln 2, where ln 2 is in two parts, so that r is exact; e^r is the polynomial of Cephes' expf.
TARGET INLINE AT(vec) AT(fraction_of_exponential)(AT(vec) x, AT(vec) * shifted) {
    const AT(vec) magic = AT(splat)(12582912.0f);
    *shifted = x * 1.44269504088896341f + magic;
    const AT(vec) n = *shifted - magic;
    AT(vec) r = x - n * 0.693359375f;
    r = r + n * 2.12194440e-4f;
    AT(vec) p = r * 1.9875691500e-4f + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * (r * r) + r;
    return p + 1.0f;
}

// e to the x: within 1.1 units in the last place where the result is normal. Infinity above 88.72, zero below -103.97, and not
// a number stays it.
TARGET INLINE AT(vec) AT(exponential)(AT(vec) x) {
    const AT(vec) low = AT(splat)(-105.0f), high = AT(splat)(89.5f);
    AT(vec) shifted;
    x = AT(select)(x < low, low, x);
    x = AT(select)(x > high, high, x);
    const AT(vec) p = AT(fraction_of_exponential)(x, &shifted);
    // In two steps, as 2^n alone may be beyond the normal numbers. Unsigned, as n is anything where x is not a number.
    const AT(ivec) power = (AT(ivec))((AT(uvec))shifted - (AT(uvec))AT(splat)(12582912.0f));
    const AT(ivec) half = power >> 1;
    const AT(vec) first = (AT(vec))((AT(uvec))(half + 127) << 23);
    const AT(vec) second = (AT(vec))((AT(uvec))(power - half + 127) << 23);
    return p * first * second;
}

// e to the x where x is at most 88, the faster form for softmax: the same bits down to x = -87, and zero below.
TARGET INLINE AT(vec) AT(exponential_normal)(AT(vec) x) {
    AT(vec) shifted;
    const AT(vec) p = AT(fraction_of_exponential)(x, &shifted);
    const AT(vec) scale = (AT(vec))(((AT(uvec))shifted - (AT(uvec))AT(splat)(12582912.0f) + 127) << 23);
    const AT(ivec) nothing = x < AT(splat)(-87.0f);
    return (AT(vec))(~nothing & (AT(ivec))(p * scale));
}
