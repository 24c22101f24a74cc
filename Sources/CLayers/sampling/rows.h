// Functions over rows of logits, for one level: SAMPLING_NAME(name) names them, SAMPLING_TARGET is their attribute.
// Vectors of a fixed width, which the compiler lowers to whatever the level has: the same operations in the same order.

SAMPLING_TARGET static int64_t SAMPLING_NAME(maximum)(const float *x, int64_t n, float *maximum) {
    f8 most = (f8){} - INFINITY;
    i8 odd = {};
    int64_t i = 0;
    for (; i + 8 <= n; i += 8) {
        f8 v;
        memcpy(&v, x + i, sizeof v);
        // False for NaN and for +infinity alone.
        odd |= ~(v < INFINITY);
        most = (f8)(((i8)v & (v > most)) | ((i8)most & ~(v > most)));
    }
    float best = -INFINITY;
    int32_t any = 0;
    for (int lane = 0; lane < 8; lane++) {
        if (most[lane] > best) best = most[lane];
        any |= odd[lane];
    }
    for (; i < n; i++) {
        any |= !(x[i] < INFINITY);
        if (x[i] > best) best = x[i];
    }
    if (any) return -1;
    *maximum = best;
    int64_t place = 0;
    while (x[place] != best) place++;
    return place;
}

// exp of numbers that are not positive: Cephes' expf, without fused products.
SAMPLING_TARGET INLINE void SAMPLING_NAME(exponential)(const float *differences, float *result) {
    f8 x;
    memcpy(&x, differences, sizeof x);
    i8 far = x < -87.0f;
    x = (f8)((i8)x & ~far);
    i8 power = __builtin_convertvector(x * 1.44269504f - 0.5f, i8);
    f8 whole = __builtin_convertvector(power, f8);
    f8 r = x - whole * 0.693359375f;
    r = r - whole * -2.12194440e-4f;
    f8 y = r * 1.9875691500e-4f + 1.3981999507e-3f;
    y = y * r + 8.3334519073e-3f;
    y = y * r + 4.1665795894e-2f;
    y = y * r + 1.6666665459e-1f;
    y = y * r + 5.0000001201e-1f;
    y = y * (r * r) + r + 1.0f;
    y = y * (f8)((power + 127) << 23);
    y = (f8)((i8)y & ~far);
    memcpy(result, &y, sizeof y);
}

// Eight weights, added to the sum.
SAMPLING_TARGET INLINE void SAMPLING_NAME(weigh)(const float *x, float maximum, float *weights, d8 *sum) {
    f8 v;
    memcpy(&v, x, sizeof v);
    v = v - maximum;
    float part[8];
    memcpy(part, &v, sizeof v);
    SAMPLING_NAME(exponential)(part, part);
    memcpy(&v, part, sizeof v);
    *sum += __builtin_convertvector(v, d8);
    if (weights) memcpy(weights, part, sizeof part);
}

SAMPLING_TARGET static double SAMPLING_NAME(weights)(const float *x, int64_t n, float maximum, float *weights,
                                                      double *sums) {
    double total = 0;
    for (int64_t block = 0; block * CLAYERS_SAMPLING_BLOCK < n; block++) {
        const int64_t start = block * CLAYERS_SAMPLING_BLOCK;
        const int64_t end = start + CLAYERS_SAMPLING_BLOCK < n ? start + CLAYERS_SAMPLING_BLOCK : n;
        d8 sum = {};
        int64_t i = start;
        for (; i + 8 <= end; i += 8) SAMPLING_NAME(weigh)(x + i, maximum, weights ? weights + i : 0, &sum);
        if (i < end) {
            float rest[8], part[8];
            for (int lane = 0; lane < 8; lane++) rest[lane] = i + lane < end ? x[i + lane] : -INFINITY;
            SAMPLING_NAME(weigh)(rest, maximum, part, &sum);
            for (int lane = 0; weights && i + lane < end; lane++) weights[i + lane] = part[lane];
        }
        const double four[4] = {sum[0] + sum[4], sum[1] + sum[5], sum[2] + sum[6], sum[3] + sum[7]};
        const double whole = (four[0] + four[2]) + (four[1] + four[3]);
        if (sums) sums[block] = whole;
        total += whole;
    }
    return total;
}

SAMPLING_TARGET static void SAMPLING_NAME(divide)(const float *x, int64_t n, float divisor, float *y) {
    for (int64_t i = 0; i < n; i++) y[i] = x[i] / divisor;
}

SAMPLING_TARGET static int64_t SAMPLING_NAME(at_least)(const float *x, int64_t n, float threshold, int32_t *out) {
    int64_t count = 0;
    int64_t i = 0;
    for (; i + 8 <= n; i += 8) {
        f8 v;
        memcpy(&v, x + i, sizeof v);
        const i8 above = v >= threshold;
        int64_t any[4];
        memcpy(any, &above, sizeof any);
        // Few tokens are ever kept: most eights are passed over whole.
        if (!((any[0] | any[1]) | (any[2] | any[3]))) continue;
        for (int lane = 0; lane < 8; lane++)
            if (above[lane]) out[count++] = (int32_t)(i + lane);
    }
    for (; i < n; i++)
        if (x[i] >= threshold) out[count++] = (int32_t)i;
    return count;
}
