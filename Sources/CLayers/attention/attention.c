// Attention forward and backward, blockwise: memory is linear in the length.

#include <math.h>

#include "../exponential.h"
#include "layers.h"

// Keys of a block, and queries of a tile in the backward pass; TILE are those in the forward pass, where scores and weights are
// better kept in the first cache. All are multiples of the tiles of every level.
enum { BLOCK = CLAYERS_ATTENTION_BLOCK, TILE = BLOCK / 2 };

INLINE int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
INLINE int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }
INLINE int64_t round_up(int64_t x, int64_t multiple) { return (x + multiple - 1) / multiple * multiple; }

typedef struct {
    float *turned_keys, *turned_values;   // [width, BLOCK]
    float *keys;                          // [BLOCK, padded]
    float *key_gradient, *value_gradient; // [BLOCK, padded]
    float *queries, *outputs;             // [BLOCK, padded]: times the scale; the gradient of the output
    float *weights, *scores;              // [BLOCK, BLOCK]: P, and dS
} backward_scratch;

static backward_scratch divided_scratch(float *scratch, int64_t width, int64_t padded) {
    const int64_t turned = width * BLOCK, straight = padded * BLOCK;
    backward_scratch s;
    s.turned_keys = scratch;
    s.turned_values = s.turned_keys + turned;
    s.keys = s.turned_values + turned;
    s.key_gradient = s.keys + straight;
    s.value_gradient = s.key_gradient + straight;
    s.queries = s.value_gradient + straight;
    s.outputs = s.queries + straight;
    s.weights = s.outputs + straight;
    s.scores = s.weights + BLOCK * BLOCK;
    return s;
}

int64_t clayers_attention_scratch(const clayers_attention *a, int64_t positions) {
    const int64_t width = a->head_width, padded = round_up(width, 32), group = a->query_heads / a->key_heads;
    const int64_t rows = group * round_up(positions, TILE);
    const int64_t forward = (width + padded + TILE) * BLOCK + rows * (2 * padded + 2);
    const int64_t backward = (2 * width + 5 * padded + 2 * BLOCK) * BLOCK;
    // A lane's width beyond the end may be read and written.
    return most(forward, backward) + 64;
}

#define TEMPLATE "attention/blocks.h"
#include "../each_level.h"

#define TEMPLATE "attention/forward.h"
#include "../each_level.h"

#define TEMPLATE "attention/backward.h"
#include "../each_level.h"

void clayers_attention_forward(
    int level, const clayers_attention *attention, const clayers_attention_part *part, float *scratch) {
    CALL(forward, attention, part, scratch);
}

void clayers_attention_deltas(int level, const clayers_attention *attention, int64_t from, int64_t to) {
    CALL(deltas, attention, from, to);
}

void clayers_attention_backward(
    int level, const clayers_attention *attention, const clayers_attention_part *part, float *scratch) {
    CALL(backward, attention, part, scratch, 1, 1);
}

void clayers_attention_backward_queries(
    int level, const clayers_attention *attention, const clayers_attention_part *part, float *scratch) {
    CALL(backward, attention, part, scratch, 1, 0);
}

void clayers_attention_backward_keys(
    int level, const clayers_attention *attention, const clayers_attention_part *part, float *scratch) {
    CALL(backward, attention, part, scratch, 0, 1);
}
