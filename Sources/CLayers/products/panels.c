// Products of bfloat16 in pairs, with sums in binary32.

#include "../level.h"
#include "products.h"

enum { PANEL = 32 };

INLINE float widened(uint16_t number) {
    const uint32_t bits = (uint32_t)number << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

void clayers_pack_panel(const uint16_t *w, ptrdiff_t output_stride, ptrdiff_t input_stride, size_t outputs, size_t inputs,
                        uint16_t *panel) {
    for (size_t k = 0; k < inputs; k += 2, panel += 2 * PANEL) {
        const uint16_t *const pair = w + (ptrdiff_t)k * input_stride;
        const int whole = k + 1 < inputs;
        for (size_t j = 0; j < outputs; j++) {
            panel[2 * j] = pair[(ptrdiff_t)j * output_stride];
            panel[2 * j + 1] = whole ? pair[(ptrdiff_t)j * output_stride + input_stride] : 0;
        }
        for (size_t j = outputs; j < PANEL; j++) panel[2 * j] = panel[2 * j + 1] = 0;
    }
}

static void panel_scalar(const uint16_t *x, ptrdiff_t x_stride, size_t rows, const uint16_t *panel, size_t inputs, float *y,
                         ptrdiff_t y_stride, size_t outputs) {
    for (size_t i = 0; i < rows; i++) {
        float sums[PANEL] = {0};
        memcpy(sums, y + (ptrdiff_t)i * y_stride, outputs * sizeof(float));
        for (size_t k = 0; k < inputs; k += 2) {
            // Products of two bfloat16 are exact.
            const float first = widened(x[(ptrdiff_t)i * x_stride + (ptrdiff_t)k]);
            const float second = widened(x[(ptrdiff_t)i * x_stride + (ptrdiff_t)k + 1]);
            const uint16_t *const pairs = panel + k * PANEL;
            for (size_t j = 0; j < PANEL; j++) {
                sums[j] += second * widened(pairs[2 * j + 1]);
                sums[j] += first * widened(pairs[2 * j]);
            }
        }
        memcpy(y + (ptrdiff_t)i * y_stride, sums, outputs * sizeof(float));
    }
}

#if defined(__x86_64__)

// A tile of COUNT rows: 2 COUNT accumulators, two registers of weights, and one of a pair of x in all lanes.
#define TILE(COUNT) \
    do { \
        __m512 sums[COUNT][2]; \
        _Pragma("clang loop unroll(full)") for (int a = 0; a < COUNT; a++) { \
            const float *const from = y + (ptrdiff_t)(i + a) * y_stride; \
            sums[a][0] = _mm512_maskz_loadu_ps(low, from); \
            sums[a][1] = _mm512_maskz_loadu_ps(high, from + 16); \
        } \
        for (size_t k = 0; k < inputs; k += 2) { \
            const __m512bh w0 = (__m512bh)_mm512_loadu_si512(panel + k * PANEL); \
            const __m512bh w1 = (__m512bh)_mm512_loadu_si512(panel + k * PANEL + 32); \
            _Pragma("clang loop unroll(full)") for (int a = 0; a < COUNT; a++) { \
                int32_t pair; \
                memcpy(&pair, x + (ptrdiff_t)(i + a) * x_stride + (ptrdiff_t)k, sizeof pair); \
                const __m512bh xs = (__m512bh)_mm512_set1_epi32(pair); \
                sums[a][0] = _mm512_dpbf16_ps(sums[a][0], xs, w0); \
                sums[a][1] = _mm512_dpbf16_ps(sums[a][1], xs, w1); \
            } \
        } \
        _Pragma("clang loop unroll(full)") for (int a = 0; a < COUNT; a++) { \
            float *const to = y + (ptrdiff_t)(i + a) * y_stride; \
            _mm512_mask_storeu_ps(to, low, sums[a][0]); \
            _mm512_mask_storeu_ps(to + 16, high, sums[a][1]); \
        } \
    } while (0)

AVX512_BF16 static void panel_bf16(const uint16_t *x, ptrdiff_t x_stride, size_t rows, const uint16_t *panel, size_t inputs,
                                   float *y, ptrdiff_t y_stride, size_t outputs) {
    const uint32_t mask = outputs >= PANEL ? 0xFFFFFFFFu : (1u << outputs) - 1;
    const __mmask16 low = (__mmask16)mask, high = (__mmask16)(mask >> 16);
    size_t i = 0;
    for (; i + 12 <= rows; i += 12) TILE(12);
    for (; i + 4 <= rows; i += 4) TILE(4);
    for (; i < rows; i++) TILE(1);
}

#endif

void clayers_panel_product(int level, const uint16_t *x, ptrdiff_t x_stride, size_t rows, const uint16_t *panel,
                           size_t inputs, float *y, ptrdiff_t y_stride, size_t outputs) {
#if defined(__x86_64__)
    if (level >= CLAYERS_AVX512_BF16) {
        panel_bf16(x, x_stride, rows, panel, inputs, y, y_stride, outputs);
        return;
    }
#endif
    (void)level;
    panel_scalar(x, x_stride, rows, panel, inputs, y, y_stride, outputs);
}
