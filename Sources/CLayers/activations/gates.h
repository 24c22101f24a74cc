// The vectors from `place` on: whole, or the rest of a row with ones behind.
TARGET INLINE AT(vec) AT(some)(const float *from, int64_t count) {
    if (count >= LANES) return AT(load)(from);
    float lanes[LANES];
    for (int64_t i = 0; i < LANES; i++) lanes[i] = i < count ? from[i] : 1;
    return AT(load)(lanes);
}

TARGET INLINE void AT(put)(float *to, AT(vec) x, int64_t count) {
    if (count >= LANES) {
        AT(store)(to, x);
        return;
    }
    float lanes[LANES];
    AT(store)(lanes, x);
    for (int64_t i = 0; i < count; i++) to[i] = lanes[i];
}

TARGET static void AT(gated_unit)(const float *gate, const float *up, float *output, int64_t count) {
    for (int64_t i = 0; i < count; i += LANES) {
        const AT(vec) g = AT(some)(gate + i, count - i), u = AT(some)(up + i, count - i);
        AT(put)(output + i, g / (1 + AT(exponential)(-g)) * u, count - i);
    }
}

TARGET static void AT(gated_unit_backward)(
    const float *gate, const float *up, const float *output_gradient, float *gate_gradient, float *up_gradient, int64_t count) {
    for (int64_t i = 0; i < count; i += LANES) {
        const AT(vec) g = AT(some)(gate + i, count - i), u = AT(some)(up + i, count - i);
        const AT(vec) d = AT(some)(output_gradient + i, count - i);
        const AT(vec) share = 1 / (1 + AT(exponential)(-g));
        AT(put)(gate_gradient + i, d * u * share * (1 + g * (1 - share)), count - i);
        AT(put)(up_gradient + i, d * g * share, count - i);
    }
}

TARGET static void AT(widen)(const uint16_t *source, float *target, int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        const uint32_t bits = (uint32_t)source[i] << 16;
        memcpy(target + i, &bits, sizeof bits);
    }
}
