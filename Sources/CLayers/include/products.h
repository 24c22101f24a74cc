#ifndef CLAYERS_PRODUCTS_H
#define CLAYERS_PRODUCTS_H

#include <stddef.h>
#include <stdint.h>

// Products of few rows with weights, and what products of many rows need beside sgemm. Matrices are row by row, strides are
// in numbers. `level` is one of levels.h.

enum { CLAYERS_SMALL_ROWS = 16 };

// y[i][j] (+)= sum over k of x[i][k] w[j][k], + bias[j], for i < rows <= CLAYERS_SMALL_ROWS and first <= j < end.
// w is binary32 or, with `bfloat16`, that; w and bias start at column 0 of the layer. bias is null or one of the same type as
// its flag says. A sum is of 16 lanes, lane l that of k = l modulo 16 in ascending order, joined pairwise: the same for any
// number of rows, threads, and, where products are fused, for any level.
void clayers_few_rows(int level, const float *x, ptrdiff_t x_stride, int rows, const void *w, int bfloat16,
                      ptrdiff_t w_stride, size_t inputs, size_t first, size_t end, float *y, ptrdiff_t y_stride,
                      int accumulate, const void *bias, int bias_bfloat16);

enum { CLAYERS_PANEL_INPUTS = 256, CLAYERS_PANEL_NUMBERS = CLAYERS_PANEL_INPUTS * 32 };

// y[i][j] += sum over k of x[i][k] w[j][k], for i < rows, any number of them, and first <= j < end. w as above. The products
// are added to y one after the other, k ascending: the same for any number of rows, threads, and, where products are fused, for
// any level. `panel` is scratch of CLAYERS_PANEL_NUMBERS.
void clayers_many_rows(int level, const float *x, ptrdiff_t x_stride, size_t rows, const void *w, int bfloat16,
                       ptrdiff_t w_stride, size_t inputs, size_t first, size_t end, float *y, ptrdiff_t y_stride,
                       float *panel);

// target[i][j] = source[i][j], from bfloat16.
void clayers_widen(int level, const uint16_t *source, ptrdiff_t source_stride, size_t rows, size_t columns, float *target,
                   ptrdiff_t target_stride);

// y[i][j] = bias[j], or += with `accumulate`.
void clayers_add_bias(int level, const void *bias, int bfloat16, size_t rows, size_t columns, float *y, ptrdiff_t y_stride,
                      int accumulate);

// Products of bfloat16, in pairs. The length of a sum is rounded up to even with zeros.
//
// A panel holds 32 outputs: for every pair of inputs, 32 pairs. The numbers of one output are `input_stride` apart in w, the
// outputs `output_stride`. Of the panel, outputs from `outputs` on are zeros.
void clayers_pack_panel(const uint16_t *w, ptrdiff_t output_stride, ptrdiff_t input_stride, size_t outputs, size_t inputs,
                        uint16_t *panel);

// target[i][k] = x[i][k] rounded to bfloat16, to nearest, ties to even; NaN stays NaN. Odd rows end with a zero: target_stride
// is even, and at least inputs.
void clayers_round_rows(int level, const float *x, ptrdiff_t x_stride, size_t rows, size_t inputs, uint16_t *target,
                        ptrdiff_t target_stride);

// y[i][j] += sum over k of x[i][k] panel[j][k], j < outputs <= 32: a pair's second product is added first, then its first, each
// sum rounded; numbers that are not normal count as zero at level CLAYERS_AVX512_BF16 and not below.
void clayers_panel_product(int level, const uint16_t *x, ptrdiff_t x_stride, size_t rows, const uint16_t *panel,
                           size_t inputs, float *y, ptrdiff_t y_stride, size_t outputs);

// sum += x[k], in some order: reads memory as fast as it comes.
float clayers_read(int level, const float *x, size_t count);

#endif
