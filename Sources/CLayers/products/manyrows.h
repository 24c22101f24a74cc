// Products of any number of rows at one level and one type of weights. Included once for each, with TARGET the attributes of a
// function of the level, AT(name) its name there, WEIGHT the type of a weight, QUARTER(address) four of them in binary32, PART
// the type of a register, PART_LANES its lanes, and TALL the rows of the largest tile, an even number.
//
// Weights are turned into panels, of which each input is two registers of outputs: so the numbers of a sum are added one after
// the other, in one lane, and no row knows how many others there are.

// Panels of `inputs` by PANEL outputs, from `outputs` rows of w; what is missing is zero.
TARGET static void AT(turn)(const WEIGHT *w, ptrdiff_t w_stride, size_t outputs, size_t inputs, float *panel) {
    enum { PANEL = 2 * PART_LANES };
    if (outputs < PANEL) memset(panel, 0, inputs * PANEL * sizeof(float));
    size_t j = 0;
    for (; j + 4 <= outputs; j += 4) {
        const WEIGHT *const from = w + (ptrdiff_t)j * w_stride;
        size_t k = 0;
        for (; k + 4 <= inputs; k += 4) {
            const quarter_f32 a = QUARTER(from + k), b = QUARTER(from + w_stride + k);
            const quarter_f32 c = QUARTER(from + 2 * w_stride + k), d = QUARTER(from + 3 * w_stride + k);
            const quarter_f32 ab = __builtin_shufflevector(a, b, 0, 4, 1, 5), cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
            const quarter_f32 ef = __builtin_shufflevector(a, b, 2, 6, 3, 7), gh = __builtin_shufflevector(c, d, 2, 6, 3, 7);
            const quarter_f32 turned[4] = {
                __builtin_shufflevector(ab, cd, 0, 1, 4, 5), __builtin_shufflevector(ab, cd, 2, 3, 6, 7),
                __builtin_shufflevector(ef, gh, 0, 1, 4, 5), __builtin_shufflevector(ef, gh, 2, 3, 6, 7)};
            UNROLL for (int a = 0; a < 4; a++) memcpy(panel + (k + a) * PANEL + j, &turned[a], sizeof turned[a]);
        }
        for (; k < inputs; k++)
            for (int a = 0; a < 4; a++) panel[k * PANEL + j + a] = WIDE(from[a * w_stride + (ptrdiff_t)k]);
    }
    for (; j < outputs; j++)
        for (size_t k = 0; k < inputs; k++) panel[k * PANEL + j] = WIDE(w[(ptrdiff_t)j * w_stride + (ptrdiff_t)k]);
}

// COUNT rows of sums, whose first numbers are in `sums`.
#define TILE(COUNT) \
    do { \
        PART sums[COUNT][2]; \
        float edge[COUNT][PANEL]; \
        if (outputs == PANEL) { \
            UNROLL for (int a = 0; a < COUNT; a++) memcpy(sums[a], y + (ptrdiff_t)(i + a) * y_stride, sizeof sums[a]); \
        } else { \
            memset(edge, 0, sizeof edge); \
            for (int a = 0; a < COUNT; a++) memcpy(edge[a], y + (ptrdiff_t)(i + a) * y_stride, outputs * sizeof(float)); \
            UNROLL for (int a = 0; a < COUNT; a++) memcpy(sums[a], edge[a], sizeof sums[a]); \
        } \
        const float *const from = x + (ptrdiff_t)i * x_stride; \
        for (size_t k = 0; k < inputs; k++) { \
            PART ws[2]; \
            memcpy(ws, panel + k * PANEL, sizeof ws); \
            UNROLL for (int a = 0; a < COUNT; a++) { \
                const PART xs = from[a * x_stride + (ptrdiff_t)k] - (PART){0}; \
                sums[a][0] = xs * ws[0] + sums[a][0]; \
                sums[a][1] = xs * ws[1] + sums[a][1]; \
            } \
        } \
        if (outputs == PANEL) { \
            UNROLL for (int a = 0; a < COUNT; a++) memcpy(y + (ptrdiff_t)(i + a) * y_stride, sums[a], sizeof sums[a]); \
        } else { \
            UNROLL for (int a = 0; a < COUNT; a++) memcpy(edge[a], sums[a], sizeof sums[a]); \
            for (int a = 0; a < COUNT; a++) memcpy(y + (ptrdiff_t)(i + a) * y_stride, edge[a], outputs * sizeof(float)); \
        } \
    } while (0)

// y[i][j] += sum over k of x[i][k] panel[k][j], one k after the other.
TARGET static void AT(add_panel)(const float *x, ptrdiff_t x_stride, size_t rows, const float *panel, size_t inputs,
                                 size_t outputs, float *y, ptrdiff_t y_stride) {
    enum { PANEL = 2 * PART_LANES };
    size_t i = 0;
    for (; i + TALL <= rows; i += TALL) TILE(TALL);
    for (; i + TALL / 2 <= rows; i += TALL / 2) TILE(TALL / 2);
    for (; i < rows; i++) TILE(1);
}

TARGET static void AT(many_rows)(const float *x, ptrdiff_t x_stride, size_t rows, const WEIGHT *w, ptrdiff_t w_stride,
                                 size_t inputs, size_t first, size_t end, float *y, ptrdiff_t y_stride, float *panel) {
    enum { PANEL = 2 * PART_LANES };
    for (size_t i = 0; i < rows; i += BLOCK_ROWS) {
        const size_t height = rows - i < BLOCK_ROWS ? rows - i : BLOCK_ROWS;
        for (size_t k = 0; k < inputs; k += CLAYERS_PANEL_INPUTS) {
            const size_t length = inputs - k < CLAYERS_PANEL_INPUTS ? inputs - k : CLAYERS_PANEL_INPUTS;
            for (size_t j = first; j < end; j += PANEL) {
                const size_t outputs = end - j < PANEL ? end - j : PANEL;
                AT(turn)(w + (ptrdiff_t)j * w_stride + (ptrdiff_t)k, w_stride, outputs, length, panel);
                AT(add_panel)(x + (ptrdiff_t)i * x_stride + (ptrdiff_t)k, x_stride, height, panel, length, outputs,
                              y + (ptrdiff_t)i * y_stride + (ptrdiff_t)j, y_stride);
            }
        }
    }
}

#undef TILE
