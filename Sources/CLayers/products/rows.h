// Loops over rows at one level. Included once for each, with TARGET the attributes of a function of the level and AT(name) its
// name there.

TARGET static void AT(widen)(const uint16_t *source, ptrdiff_t source_stride, size_t rows, size_t columns, float *target,
                             ptrdiff_t target_stride) {
    for (size_t i = 0; i < rows; i++) {
        const uint16_t *const from = source + (ptrdiff_t)i * source_stride;
        float *const to = target + (ptrdiff_t)i * target_stride;
        size_t j = 0;
        for (; j + LANES <= columns; j += LANES) STORE_F32(to + j, WIDEN_BF16(from + j));
        for (; j < columns; j++) to[j] = widened(from[j]);
    }
}

TARGET static void AT(add_bias)(const void *bias, int bfloat16, size_t rows, size_t columns, float *y, ptrdiff_t y_stride,
                                int accumulate) {
    for (size_t i = 0; i < rows; i++) {
        float *const to = y + (ptrdiff_t)i * y_stride;
        size_t j = 0;
        for (; j + LANES <= columns; j += LANES) {
            const lanes_f32 added = bfloat16 ? WIDEN_BF16((const uint16_t *)bias + j) : LOAD_F32((const float *)bias + j);
            STORE_F32(to + j, accumulate ? LOAD_F32(to + j) + added : added);
        }
        for (; j < columns; j++) {
            const float added = bfloat16 ? widened(((const uint16_t *)bias)[j]) : ((const float *)bias)[j];
            to[j] = accumulate ? to[j] + added : added;
        }
    }
}

TARGET static void AT(round_rows)(const float *x, ptrdiff_t x_stride, size_t rows, size_t inputs, uint16_t *target,
                                  ptrdiff_t target_stride) {
    for (size_t i = 0; i < rows; i++) {
        const float *const from = x + (ptrdiff_t)i * x_stride;
        uint16_t *const to = target + (ptrdiff_t)i * target_stride;
        size_t k = 0;
        for (; k + LANES <= inputs; k += LANES) {
            lanes_u32 bits;
            memcpy(&bits, from + k, sizeof bits);
            const lanes_u32 rounded = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16;
            const lanes_u32 nan = (lanes_u32)((bits & 0x7FFFFFFF) > 0x7F800000);
            const lanes_u16 narrow =
                __builtin_convertvector((rounded & ~nan) | ((bits >> 16 | 0x40) & nan), lanes_u16);
            memcpy(to + k, &narrow, sizeof narrow);
        }
        for (; k < inputs; k++) to[k] = rounded_bf16(from[k]);
        if (inputs & 1) to[inputs] = 0;
    }
}

TARGET static float AT(read)(const float *x, size_t count) {
    lanes_f32 sums[4] = {0};
    size_t i = 0;
    for (; i + 4 * LANES <= count; i += 4 * LANES)
        for (int a = 0; a < 4; a++) sums[a] += LOAD_F32(x + i + a * LANES);
    float sum = JOIN_F32((sums[0] + sums[1]) + (sums[2] + sums[3]));
    for (; i < count; i++) sum += x[i];
    return sum;
}
