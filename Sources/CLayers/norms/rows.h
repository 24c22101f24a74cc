TARGET static void AT(rms_norm)(
    int64_t rows, int64_t heads, int64_t width, const float *input, int64_t input_stride, const float *weight, float epsilon,
    float *output, int64_t output_stride, float *inverse_roots) {
    for (int64_t row = 0; row < rows; row++) {
        for (int64_t head = 0; head < heads; head++) {
            const float *const x = input + row * input_stride + head * width;
            float *const y = output + row * output_stride + head * width;
            AT(vec) sums[4] = {{0}};
            int64_t i = 0;
            for (; i + 4 * LANES <= width; i += 4 * LANES) {
#pragma clang loop unroll(full)
                for (int j = 0; j < 4; j++) sums[j] += AT(load)(x + i + j * LANES) * AT(load)(x + i + j * LANES);
            }
            float sum = AT(total)((sums[0] + sums[1]) + (sums[2] + sums[3]));
            for (; i < width; i++) sum += x[i] * x[i];
            const float root = 1 / sqrtf(sum / (float)width + epsilon);
            inverse_roots[row * heads + head] = root;
            for (i = 0; i < width; i++) y[i] = x[i] * root * weight[i];
        }
    }
}

TARGET static void AT(rms_norm_backward)(
    int64_t rows, int64_t heads, int64_t width, const float *input, int64_t input_stride, const float *weight,
    const float *inverse_roots, const float *output_gradient, int64_t output_gradient_stride, float *input_gradient,
    int64_t input_gradient_stride, int accumulate, float *weight_gradient) {
    for (int64_t row = 0; row < rows; row++) {
        for (int64_t head = 0; head < heads; head++) {
            const float *const x = input + row * input_stride + head * width;
            const float *const g = output_gradient + row * output_gradient_stride + head * width;
            float *const dx = input_gradient + row * input_gradient_stride + head * width;
            const float root = inverse_roots[row * heads + head];
            AT(vec) sums[4] = {{0}};
            int64_t i = 0;
            for (; i + 4 * LANES <= width; i += 4 * LANES) {
#pragma clang loop unroll(full)
                for (int j = 0; j < 4; j++)
                    sums[j] += AT(load)(x + i + j * LANES) * AT(load)(weight + i + j * LANES) * AT(load)(g + i + j * LANES);
            }
            float sum = AT(total)((sums[0] + sums[1]) + (sums[2] + sums[3]));
            for (; i < width; i++) sum += x[i] * weight[i] * g[i];
            const float factor = sum / (float)width * root * root;
            // Before the input's gradient, which may be where the output's is.
            if (weight_gradient)
                for (i = 0; i < width; i++) weight_gradient[i] += g[i] * x[i] * root;
            if (accumulate)
                for (i = 0; i < width; i++) dx[i] += root * (weight[i] * g[i] - x[i] * factor);
            else
                for (i = 0; i < width; i++) dx[i] = root * (weight[i] * g[i] - x[i] * factor);
        }
    }
}

TARGET static void AT(add)(const float *x, float *y, int64_t count) {
    for (int64_t i = 0; i < count; i++) y[i] += x[i];
}

TARGET static void AT(add_rows)(int64_t rows, int64_t columns, const float *x, int64_t stride, float *sums) {
    enum { ROWS_OF_BLOCK = 64, COLUMNS_OF_BLOCK = 64 };
    for (int64_t first = 0; first < columns; first += COLUMNS_OF_BLOCK) {
        const int64_t count = columns - first < COLUMNS_OF_BLOCK ? columns - first : COLUMNS_OF_BLOCK;
        for (int64_t from = 0; from < rows; from += ROWS_OF_BLOCK) {
            const int64_t to = rows - from < ROWS_OF_BLOCK ? rows : from + ROWS_OF_BLOCK;
            float block[COLUMNS_OF_BLOCK] = {0};
            for (int64_t row = from; row < to; row++)
                for (int64_t i = 0; i < count; i++) block[i] += x[row * stride + first + i];
            for (int64_t i = 0; i < count; i++) sums[first + i] += block[i];
        }
    }
}
