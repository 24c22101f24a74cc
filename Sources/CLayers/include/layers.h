#ifndef CLAYERS_LAYERS_H
#define CLAYERS_LAYERS_H

#include <stddef.h>
#include <stdint.h>

#include "levels.h"

// Matrices are rows of binary32, `stride` numbers apart. A function with a level uses no more of the processor than it.

// Causal attention with grouped queries, of sequences packed end to end. A token at position p of its sequence sees the
// positions max(0, p - window + 1) ... p. Query head h reads key head h / (query_heads / key_heads).
typedef struct {
    int64_t tokens;                            // of all sequences
    int64_t query_heads, key_heads, head_width;
    int64_t window;                            // at least 1
    float scale;                               // of the products of queries and keys
    const float *queries, *keys, *values;      // [tokens, heads * head_width]
    int64_t query_stride, key_stride, value_stride;
    float *output;                             // [tokens, query_heads * head_width]
    int64_t output_stride;
    float *log_sums;                           // [query_heads, tokens]: log of the sum of the exponentials
    // The rest for the backward pass alone.
    float *deltas;                             // [query_heads, tokens]: products of output and its gradient
    const float *output_gradient;
    int64_t output_gradient_stride;
    float *query_gradient, *key_gradient, *value_gradient;
    int64_t query_gradient_stride, key_gradient_stride, value_gradient_stride;
} clayers_attention;

// A part of the work that no other touches: one key head (and its query heads) of one sequence.
typedef struct {
    int64_t start, length;  // the sequence among the tokens
    int64_t key_head;
    int64_t from, to;       // queries or keys of the sequence; from is a multiple of clayers_attention_block
} clayers_attention_part;

// Multiples of this many positions may begin a part.
enum { CLAYERS_ATTENTION_BLOCK = 96 };

// Numbers of scratch that a forward part of at most `positions` queries, or any backward part, needs.
int64_t clayers_attention_scratch(const clayers_attention *attention, int64_t positions);

// Queries from ..< to: output and log_sums.
void clayers_attention_forward(
    int level, const clayers_attention *attention, const clayers_attention_part *part, float *scratch);

// deltas of the tokens from ..< to, which the backward parts read.
void clayers_attention_deltas(int level, const clayers_attention *attention, int64_t from, int64_t to);

// All gradients of a key head of a sequence, or those of some of its queries, or those of some of its keys and values: the same
// bits, however the work is cut. Gradients are overwritten.
void clayers_attention_backward(
    int level, const clayers_attention *attention, const clayers_attention_part *part, float *scratch);
void clayers_attention_backward_queries(
    int level, const clayers_attention *attention, const clayers_attention_part *part, float *scratch);
void clayers_attention_backward_keys(
    int level, const clayers_attention *attention, const clayers_attention_part *part, float *scratch);

// Attention of one token over keys and values in pages.
typedef struct {
    int64_t query_heads, key_heads, head_width;
    float scale;
    int64_t page_length;          // tokens in a page
    int64_t page_size;            // numbers of a page, all layers of it
    int64_t chunk_pages;          // pages in a chunk of memory
    float *const *chunks;
    int64_t layer_offset;         // in a page: keys [key_heads][page_length][head_width], then values
} clayers_pages;

// Tokens of one run: what clayers_decode_run looks at.
enum { CLAYERS_RUN = 256 };

// The tokens from ..< to, at most CLAYERS_RUN of them, seen by the query heads of one key head. For each of these heads:
// partial gets the sum of the values weighted by e^(score - largest), [head_width], then the largest score, then the sum of the
// weights.
void clayers_decode_run(
    int level, const clayers_pages *pages, const int32_t *table, const float *query, int64_t key_head, int64_t from, int64_t to,
    float *partial);

// Joins the runs of one head, `stride` numbers apart, into output [head_width].
void clayers_decode_join(int64_t head_width, int64_t runs, const float *partials, int64_t stride, float *output);

// y = x r w with r = 1 / sqrt(mean of x^2 + epsilon), for `heads` vectors of `width` side by side in each row; r goes to
// inverse_roots [rows, heads].
void clayers_rms_norm(
    int level, int64_t rows, int64_t heads, int64_t width, const float *input, int64_t input_stride, const float *weight,
    float epsilon, float *output, int64_t output_stride, float *inverse_roots);

// input_gradient += d/dx = r (w g - x r^2 mean of x w g), or = where it does not accumulate, and it may then be where the output's
// gradient is; weight_gradient [width] += d/dw = sum of g x r unless it is NULL.
void clayers_rms_norm_backward(
    int level, int64_t rows, int64_t heads, int64_t width, const float *input, int64_t input_stride, const float *weight,
    const float *inverse_roots, const float *output_gradient, int64_t output_gradient_stride, float *input_gradient,
    int64_t input_gradient_stride, int accumulate, float *weight_gradient);

// Turns the pairs (i, i + width / 2) of each head by the angles of the row's position; back where `sign` is -1.
void clayers_rotate(
    int level, int64_t rows, int64_t heads, int64_t width, float *vectors, int64_t stride, const int32_t *positions,
    const float *cosines, int64_t cosine_stride, const float *sines, int64_t sine_stride, float sign);

// output = gate / (1 + e^-gate) * up.
void clayers_gated_unit(int level, const float *gate, const float *up, float *output, int64_t count);

// The gradients of gate and up; they may be where any of the inputs are.
void clayers_gated_unit_backward(
    int level, const float *gate, const float *up, const float *output_gradient, float *gate_gradient, float *up_gradient,
    int64_t count);

// y += x.
void clayers_add(int level, const float *x, float *y, int64_t count);

// sums [columns] += the sum of the rows, in blocks of 64 of them.
void clayers_add_rows(int level, int64_t rows, int64_t columns, const float *x, int64_t stride, float *sums);

// target = source, widened from the upper halves of binary32.
void clayers_widen_row(int level, const uint16_t *source, float *target, int64_t count);

#endif
