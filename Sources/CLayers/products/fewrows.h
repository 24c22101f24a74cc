// Few rows at one level and one type of weights. Included once for each, with TARGET the attributes of a function of the level,
// AT(name) its name there, WEIGHT the type of a weight and WIDE(address) its sixteen lanes, and the shape of the tiles.
//
// Weights come from memory once: a tile of TALL rows of w is multiplied with all rows of x, WIDTH at a time, while it lies in
// the nearest cache.

// COUNT_W x COUNT_X sums, their accumulators in registers.
#define TILE(COUNT_W, COUNT_X, AHEAD) \
    do { \
        lanes_f32 sums[COUNT_W][COUNT_X]; \
        memset(sums, 0, sizeof sums); \
        size_t k = 0; \
        for (; k + LANES <= inputs; k += LANES) { \
            lanes_f32 xs[COUNT_X]; \
            _Pragma("clang loop unroll(full)") for (int b = 0; b < COUNT_X; b++) xs[b] = LOAD_F32(x + (i + b) * x_stride + k); \
            _Pragma("clang loop unroll(full)") for (int a = 0; a < COUNT_W; a++) { \
                if (AHEAD) __builtin_prefetch((const char *)(w + (ptrdiff_t)(j + a) * w_stride + k) + AHEAD, 0, 3); \
                const lanes_f32 ws = WIDE(w + (ptrdiff_t)(j + a) * w_stride + k); \
                _Pragma("clang loop unroll(full)") for (int b = 0; b < COUNT_X; b++) sums[a][b] = ws * xs[b] + sums[a][b]; \
            } \
        } \
        if (k < inputs) { \
            lanes_f32 xs[COUNT_X]; \
            memset(xs, 0, sizeof xs); \
            _Pragma("clang loop unroll(full)") for (int b = 0; b < COUNT_X; b++) \
                memcpy(&xs[b], x + (i + b) * x_stride + k, (inputs - k) * sizeof(float)); \
            _Pragma("clang loop unroll(full)") for (int a = 0; a < COUNT_W; a++) { \
                WEIGHT rest[LANES] = {0}; \
                memcpy(rest, w + (ptrdiff_t)(j + a) * w_stride + k, (inputs - k) * sizeof(WEIGHT)); \
                const lanes_f32 ws = WIDE(rest); \
                _Pragma("clang loop unroll(full)") for (int b = 0; b < COUNT_X; b++) sums[a][b] = ws * xs[b] + sums[a][b]; \
            } \
        } \
        _Pragma("clang loop unroll(full)") for (int a = 0; a < COUNT_W; a++) \
            _Pragma("clang loop unroll(full)") for (int b = 0; b < COUNT_X; b++) { \
                float *const target = y + (i + b) * y_stride + (ptrdiff_t)(j + a); \
                float value = JOIN_F32(sums[a][b]); \
                if (bias) value += bias_bfloat16 ? widened(((const uint16_t *)bias)[j + a]) : ((const float *)bias)[j + a]; \
                *target = accumulate ? *target + value : value; \
            } \
    } while (0)

TARGET static void AT(few_rows)(const float *x, ptrdiff_t x_stride, int rows, const WEIGHT *w, ptrdiff_t w_stride,
                                size_t inputs, size_t first, size_t end, float *y, ptrdiff_t y_stride, int accumulate,
                                const void *bias, int bias_bfloat16) {
    size_t j = first;
    if (rows == 1) {
        const int i = 0;
        for (; j + SINGLE <= end; j += SINGLE) TILE(SINGLE, 1, 1024);
    }
    for (; j + TALL <= end; j += TALL) {
        int i = 0;
        for (; i + WIDTH <= rows; i += WIDTH) TILE(TALL, WIDTH, 0);
        for (; i + 2 <= rows; i += 2) TILE(TALL, 2, 0);
        for (; i < rows; i++) TILE(TALL, 1, 0);
    }
    for (; j < end; j++)
        for (int i = 0; i < rows; i++) TILE(1, 1, 0);
}

#undef TILE
