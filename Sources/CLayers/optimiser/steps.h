// Loops of the optimiser at one level. Included once for each, with TARGET the attributes of a function of the level and
// AT(name) its name there.

TARGET static void AT(adamw)(const clayers_adamw *step, float *weights, uint16_t *narrow, const float *gradients, float *m,
                             float *v, size_t count) {
    const float keep = step->keep, beta2 = step->beta2, rest1 = step->rest1, rest2 = step->rest2;
    const float length = step->step, root = step->root, epsilon = step->epsilon;
    for (size_t i = 0; i < count; i += LANES) {
        const size_t width = count - i < LANES ? count - i : LANES;
        lanes_f32 w = {0}, g = {0}, first = {0}, second = {0};
        if (width == LANES) {
            w = LOAD_F32(weights + i);
            g = LOAD_F32(gradients + i);
            first = LOAD_F32(m + i);
            second = LOAD_F32(v + i);
        } else {
            memcpy(&w, weights + i, width * sizeof(float));
            memcpy(&g, gradients + i, width * sizeof(float));
            memcpy(&first, m + i, width * sizeof(float));
            memcpy(&second, v + i, width * sizeof(float));
        }
        w = w * keep;
        first = first + rest1 * (g - first);
        second = second * beta2 + rest2 * g * g;
        w = w - length * first / (SQRT_F32(second) / root + epsilon);
        lanes_u16 rounded = {0};
        if (narrow) {
            const lanes_u32 bits = (lanes_u32)w, nan = (lanes_u32)((bits & 0x7FFFFFFF) > 0x7F800000);
            const lanes_u32 even = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16;
            rounded = __builtin_convertvector((even & ~nan) | ((bits >> 16 | 0x40) & nan), lanes_u16);
        }
        if (width == LANES) {
            STORE_F32(weights + i, w);
            STORE_F32(m + i, first);
            STORE_F32(v + i, second);
        } else {
            memcpy(weights + i, &w, width * sizeof(float));
            memcpy(m + i, &first, width * sizeof(float));
            memcpy(v + i, &second, width * sizeof(float));
        }
        if (narrow) memcpy(narrow + i, &rounded, width * sizeof(uint16_t));
    }
}

TARGET static double AT(sum_of_squares)(const float *x, size_t count) {
    lanes_f64 sums = {0};
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        const lanes_f64 wide = __builtin_convertvector(LOAD_F32(x + i), lanes_f64);
        sums += wide * wide;
    }
    double lanes[LANES];
    memcpy(lanes, &sums, sizeof lanes);
    for (size_t lane = 0; i < count; i++, lane++) lanes[lane] += (double)x[i] * (double)x[i];
    for (int half = LANES / 2; half > 0; half /= 2)
        for (int lane = 0; lane < half; lane++) lanes[lane] += lanes[lane + half];
    return lanes[0];
}

TARGET static void AT(scale)(float factor, float *x, size_t count) {
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) STORE_F32(x + i, LOAD_F32(x + i) * factor);
    for (; i < count; i++) x[i] *= factor;
}
