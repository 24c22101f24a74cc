// Products of small matrices that lie in a thread's scratch, in tiles of ROWS x 2 vectors that stay in registers.

#define ROWS (LANES == 16 ? 12 : 6)
#define COLUMNS (2 * LANES)

// A tile of C (+)= A B over `depth`; A's numbers are row_step apart from row to row and depth_step along the depth.
TARGET INLINE void AT(tile)(
    int64_t depth, const float *a, int64_t row_step, int64_t depth_step, const float *b, int64_t b_stride, float *c,
    int64_t c_stride, int accumulate) {
    AT(vec) sums[ROWS][2];
#pragma clang loop unroll(full)
    for (int i = 0; i < ROWS; i++) sums[i][0] = sums[i][1] = (AT(vec)){0};
    for (int64_t k = 0; k < depth; k++) {
        const AT(vec) b0 = AT(load)(b + k * b_stride), b1 = AT(load)(b + k * b_stride + LANES);
#pragma clang loop unroll(full)
        for (int i = 0; i < ROWS; i++) {
            const AT(vec) x = AT(splat)(a[i * row_step + k * depth_step]);
            sums[i][0] += x * b0;
            sums[i][1] += x * b1;
        }
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < ROWS; i++) {
        float *const row = c + i * c_stride;
        AT(store)(row, accumulate ? AT(load)(row) + sums[i][0] : sums[i][0]);
        AT(store)(row + LANES, accumulate ? AT(load)(row + LANES) + sums[i][1] : sums[i][1]);
    }
}

// The scores' shape is a staircase: row i of a block has its columns 0 ... i + diagonal. The three products leave out what lies
// above it, as far as whole tiles allow.

// C [rows, columns] = A [rows, depth] B [depth, columns]: scores.
TARGET static void AT(multiply_to_scores)(
    int64_t rows, int64_t columns, int64_t depth, int64_t diagonal, const float *a, int64_t a_stride, const float *b,
    float *c) {
    for (int64_t j = 0; j < columns; j += COLUMNS) {
        for (int64_t i = 0; i < rows; i += ROWS) {
            if (j > i + ROWS - 1 + diagonal) continue;
            AT(tile)(depth, a + i * a_stride, a_stride, 1, b + j, BLOCK, c + i * BLOCK + j, BLOCK, 0);
        }
    }
}

// C [rows, columns] (+)= A [rows, depth] B [depth, columns] where A are scores.
TARGET static void AT(multiply_scores)(
    int64_t rows, int64_t columns, int64_t depth, int64_t diagonal, const float *a, const float *b, int64_t stride, float *c,
    int accumulate) {
    for (int64_t j = 0; j < columns; j += COLUMNS) {
        for (int64_t i = 0; i < rows; i += ROWS) {
            const int64_t limit = least(depth, i + ROWS + diagonal);
            AT(tile)(limit, a + i * BLOCK, BLOCK, 1, b + j, stride, c + i * stride + j, stride, accumulate);
        }
    }
}

// C [keys, columns] += A^T [keys, rows] B [rows, columns] where A [rows, keys] are scores.
TARGET static void AT(multiply_turned_scores)(
    int64_t keys, int64_t columns, int64_t rows, int64_t diagonal, const float *a, const float *b, int64_t stride, float *c) {
    for (int64_t j = 0; j < columns; j += COLUMNS) {
        for (int64_t i = 0; i < keys; i += ROWS) {
            const int64_t first = least(rows, most(0, i - diagonal));
            AT(tile)(
                rows - first, a + first * BLOCK + i, 1, BLOCK, b + first * stride + j, stride, c + i * stride + j, stride, 1);
        }
    }
}

// target [BLOCK rows, padded] = source [rows, width] times a factor, and zeros around it.
TARGET static void AT(copy)(
    int64_t rows, int64_t all_rows, int64_t width, int64_t padded, const float *source, int64_t stride, float factor,
    float *target) {
    for (int64_t i = 0; i < rows; i++) {
        for (int64_t j = 0; j < width; j++) target[i * padded + j] = source[i * stride + j] * factor;
        for (int64_t j = width; j < padded; j++) target[i * padded + j] = 0;
    }
    for (int64_t i = rows * padded; i < all_rows * padded; i++) target[i] = 0;
}

// target [width, BLOCK] = the transpose of source [rows, width], and zeros beside it.
TARGET static void AT(transpose)(int64_t rows, int64_t width, const float *source, int64_t stride, float *target) {
    for (int64_t j = 0; j < width; j++) {
        for (int64_t i = 0; i < rows; i++) target[j * BLOCK + i] = source[i * stride + j];
        for (int64_t i = rows; i < BLOCK; i++) target[j * BLOCK + i] = 0;
    }
}

// Sets the numbers outside of first ..< end to minus infinity, up to a whole vector.
TARGET INLINE int64_t AT(mask)(float *row, int64_t first, int64_t end) {
    const int64_t whole = (end + LANES - 1) / LANES * LANES;
    for (int64_t j = 0; j < first; j++) row[j] = -INFINITY;
    for (int64_t j = end; j < whole; j++) row[j] = -INFINITY;
    return whole;
}
