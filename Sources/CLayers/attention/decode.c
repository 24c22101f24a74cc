// Attention of one new token of each rollout over its cached keys and values.

#include <math.h>

#include "../exponential.h"
#include "layers.h"

typedef float four_in_memory __attribute__((vector_size(16), aligned(4), may_alias));

INLINE const float *page_of(const clayers_pages *pages, int32_t page) {
    return pages->chunks[page / pages->chunk_pages] + (page % pages->chunk_pages) * pages->page_size + pages->layer_offset;
}

#define TEMPLATE "attention/runs.h"
#include "../each_level.h"

void clayers_decode_run(
    int level, const clayers_pages *pages, const int32_t *table, const float *query, int64_t key_head, int64_t from, int64_t to,
    float *partial) {
    CALL(decode_run, pages, table, query, key_head, from, to, partial);
}

void clayers_decode_join(int64_t head_width, int64_t runs, const float *partials, int64_t stride, float *output) {
    float largest = partials[head_width], sum = 0;
    for (int64_t r = 1; r < runs; r++) {
        const float other = partials[r * stride + head_width];
        if (other > largest) largest = other;
    }
    for (int64_t i = 0; i < head_width; i++) output[i] = 0;
    for (int64_t r = 0; r < runs; r++) {
        const float *const partial = partials + r * stride;
        const float factor = exponential(partial[head_width] - largest);
        sum += partial[head_width + 1] * factor;
        for (int64_t i = 0; i < head_width; i++) output[i] += partial[i] * factor;
    }
    const float factor = 1 / sum;
    for (int64_t i = 0; i < head_width; i++) output[i] *= factor;
}
