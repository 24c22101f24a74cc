// Vector arithmetic at one level. Included once for each, with TARGET the attributes of a function of the level and AT(name)
// its name there.

TARGET static void AT(accumulate)(const uint8_t *source, float factor, uint8_t *target, size_t count) {
    const any_f32 *const x = (const any_f32 *)source;
    any_f32 *const y = (any_f32 *)target;
    for (size_t i = 0; i < count; i++) {
        const float product = factor * x[i];
        y[i] = y[i] + product;
    }
}

TARGET static void AT(scale)(float factor, uint8_t *target, size_t count) {
    any_f32 *const y = (any_f32 *)target;
    for (size_t i = 0; i < count; i++) y[i] = y[i] * factor;
}

TARGET static void AT(subtract)(const uint8_t *first, const uint8_t *second, uint8_t *target, size_t count) {
    const any_f32 *const a = (const any_f32 *)first, *const b = (const any_f32 *)second;
    any_f32 *const y = (any_f32 *)target;
    for (size_t i = 0; i < count; i++) y[i] = a[i] - b[i];
}

TARGET static double AT(dot)(const uint8_t *first, const uint8_t *second, size_t count) {
    four_f64 sums[2] = {0};
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        four_f32 a[2], b[2];
        memcpy(a, first + 4 * i, sizeof a);
        memcpy(b, second + 4 * i, sizeof b);
        sums[0] += __builtin_convertvector(a[0], four_f64) * __builtin_convertvector(b[0], four_f64);
        sums[1] += __builtin_convertvector(a[1], four_f64) * __builtin_convertvector(b[1], four_f64);
    }
    double lanes[LANES];
    memcpy(lanes, sums, sizeof lanes);
    for (size_t lane = 0; i < count; i++, lane++)
        lanes[lane] += (double)((const any_f32 *)first)[i] * (double)((const any_f32 *)second)[i];
    return total(lanes);
}
