TARGET static void AT(rotate)(
    int64_t rows, int64_t heads, int64_t width, float *vectors, int64_t stride, const int32_t *positions, const float *cosines,
    int64_t cosine_stride, const float *sines, int64_t sine_stride, float sign) {
    const int64_t half = width / 2;
    for (int64_t row = 0; row < rows; row++) {
        const float *const cosine = cosines + positions[row] * cosine_stride;
        const float *const sine = sines + positions[row] * sine_stride;
        for (int64_t head = 0; head < heads; head++) {
            float *const first = vectors + row * stride + head * width, *const second = first + half;
            int64_t i = 0;
            for (; i + LANES <= half; i += LANES) {
                const AT(vec) c = AT(load)(cosine + i), s = AT(load)(sine + i) * sign;
                const AT(vec) x = AT(load)(first + i), y = AT(load)(second + i);
                AT(store)(first + i, x * c - y * s);
                AT(store)(second + i, y * c + x * s);
            }
            for (; i < half; i++) {
                const float c = cosine[i], s = sine[i] * sign, x = first[i], y = second[i];
                first[i] = x * c - y * s;
                second[i] = y * c + x * s;
            }
        }
    }
}
