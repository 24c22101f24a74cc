// Few rows at one level and one type of weights. Included once for each, with TARGET the attributes of a function of the level,
// AT(name) its name there, WEIGHT the type of a weight, PART the type of a register of a sum's lanes, PARTS how many those are,
// JOIN(sum) its number, WIDE(address) a register of weights, and TALL and WIDTH the shape of the tiles.
//
// Weights come from memory once: a tile of TALL rows of w is multiplied with all rows of x, WIDTH at a time, while it lies in
// the nearest cache. The next tile is asked for evenly in the mean time. One row of x takes one row of w after the other,
// which is what memory delivers fastest.

// COUNT_W x COUNT_X sums, their accumulators in registers. `ahead` is a position in memory that will be needed soon, and moves
// by `pace` bytes for each sixteen numbers of a row; ASK is how many places of `span` bytes each are asked for.
#define TILE(COUNT_W, COUNT_X, ASK) \
    do { \
        PART sums[COUNT_W][COUNT_X][PARTS]; \
        memset(sums, 0, sizeof sums); \
        size_t k = 0; \
        for (; k + LANES <= inputs; k += LANES) { \
            UNROLL for (int part = 0; part < PARTS; part++) { \
                PART xs[COUNT_X]; \
                UNROLL for (int b = 0; b < COUNT_X; b++) \
                    memcpy(&xs[b], x + (i + b) * x_stride + k + part * PART_LANES, sizeof xs[b]); \
                UNROLL for (int a = 0; a < COUNT_W; a++) { \
                    const PART ws = WIDE(w + (ptrdiff_t)(j + a) * w_stride + k + part * PART_LANES); \
                    UNROLL for (int b = 0; b < COUNT_X; b++) sums[a][b][part] = ws * xs[b] + sums[a][b][part]; \
                } \
            } \
            UNROLL for (int a = 0; a < ASK; a++) __builtin_prefetch(ahead + a * span, 0, 3); \
            ahead += pace; \
        } \
        if (k < inputs) { \
            float x_rest[COUNT_X][LANES]; \
            memset(x_rest, 0, sizeof x_rest); \
            for (int b = 0; b < COUNT_X; b++) \
                memcpy(x_rest[b], x + (i + b) * x_stride + k, (inputs - k) * sizeof(float)); \
            UNROLL for (int a = 0; a < COUNT_W; a++) { \
                WEIGHT rest[LANES] = {0}; \
                memcpy(rest, w + (ptrdiff_t)(j + a) * w_stride + k, (inputs - k) * sizeof(WEIGHT)); \
                UNROLL for (int part = 0; part < PARTS; part++) { \
                    const PART ws = WIDE(rest + part * PART_LANES); \
                    UNROLL for (int b = 0; b < COUNT_X; b++) { \
                        PART xs; \
                        memcpy(&xs, x_rest[b] + part * PART_LANES, sizeof xs); \
                        sums[a][b][part] = ws * xs + sums[a][b][part]; \
                    } \
                } \
            } \
        } \
        UNROLL for (int a = 0; a < COUNT_W; a++) \
            UNROLL for (int b = 0; b < COUNT_X; b++) { \
                float *const target = y + (i + b) * y_stride + (ptrdiff_t)(j + a); \
                float value = JOIN(sums[a][b]); \
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
        const ptrdiff_t pace = LANES * sizeof(WEIGHT), span = 0;
        for (; j < end; j++) {
            const char *ahead = (const char *)(w + (ptrdiff_t)j * w_stride) + 4096;
            TILE(1, 1, 1);
        }
        return;
    }
    const int passes = (rows + WIDTH - 1) / WIDTH;
    const ptrdiff_t span = w_stride * (ptrdiff_t)sizeof(WEIGHT), pace = (ptrdiff_t)(LANES * sizeof(WEIGHT)) / passes;
    for (; j + TALL <= end; j += TALL) {
        const char *ahead = (const char *)(w + (ptrdiff_t)(j + TALL) * w_stride);
        int i = 0;
        for (; i + WIDTH <= rows; i += WIDTH) TILE(TALL, WIDTH, TALL);
        if (i + 2 <= rows) {
            TILE(TALL, 2, TALL);
            i += 2;
        }
        for (; i < rows; i++) TILE(TALL, 1, TALL);
    }
    const char *ahead = (const char *)(w + (ptrdiff_t)j * w_stride);
    for (; j < end; j++)
        for (int i = 0; i < rows; i++) TILE(1, 1, 0);
}

#undef TILE
