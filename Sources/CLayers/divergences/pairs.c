// Two rows of logits compared: a pass over the rows that leaves, for each token, sqrt(p q) and log p - log q up to constants of
// a block, and a pass over what it left.

#include "pairs.h"

#include <float.h>

#include "../level.h"
#include "ranking.h"

#pragma STDC FP_CONTRACT ON

#define TEMPLATE "divergences/sums.h"
#include "../each_level.h"

#define TYPED(name, ...) (row->is_wide ? CALL(name##_f64, __VA_ARGS__) : CALL(name##_f32, __VA_ARGS__))

// Two rows, and memory for what is known of them.
typedef struct {
    clayers_logits sides[2];
    int64_t count, blocks, width;
    double inverse, k, floor;
    int is_wide;  // numbers are widened to binary64, and not to binary32
    double *roots, *ratios, *widened[2], *ranked;
    block_sums *sums;
    int32_t *ids;
    uint8_t *is_listed;
} pair_of_rows;

INLINE int64_t padded(int64_t count) { return (count + 31) / 32 * 32; }

INLINE int64_t length_of(const pair_of_rows *row, int64_t block) {
    const int64_t rest = row->count - block * BLOCK;
    return rest < BLOCK ? rest : BLOCK;
}

static void *take(char **from, size_t bytes) {
    void *const memory = *from;
    *from += (bytes + 63) / 64 * 64;
    return memory;
}

// With no memory it says how much there has to be.
static size_t lay_out(pair_of_rows *row, char *memory) {
    char *const start = memory;
    const size_t blocks = (size_t)row->blocks;
    row->roots = take(&memory, blocks * BLOCK * sizeof(double));
    row->ratios = take(&memory, blocks * BLOCK * sizeof(double));
    for (int side = 0; side < 2; side++) row->widened[side] = take(&memory, BLOCK * sizeof(double));
    row->ranked = take(&memory, (size_t)row->width * sizeof(double));
    row->sums = take(&memory, blocks * sizeof(block_sums));
    row->ids = take(&memory, BLOCK * sizeof(int32_t));
    row->is_listed = take(&memory, blocks);
    return (size_t)(memory - start);
}

size_t clayers_divergence_scratch(int64_t count, int64_t width) {
    pair_of_rows row = {.count = count, .blocks = (count + BLOCK - 1) / BLOCK, .width = width};
    static char nothing[1];
    return lay_out(&row, nothing);
}

// The numbers of a block, widened and padded with -infinity unless they can be used where they are.
static const void *numbers_of(int level, const pair_of_rows *row, int side, int64_t block, int copies) {
    const clayers_logits from = row->sides[side];
    const int64_t start = block * BLOCK, length = length_of(row, block);
    const char *const numbers = (const char *)from.numbers + (size_t)start * size_of_logit(from.type);
    double *const wide = row->widened[side];
    float *const narrow = (float *)wide;
    const int fits = from.type == (row->is_wide ? CLAYERS_LOGITS_F64 : CLAYERS_LOGITS_F32);
    if (fits && !copies && length == padded(length)) return numbers;
    if (fits) {
        memcpy(wide, numbers, (size_t)length * size_of_logit(from.type));
    } else if (row->is_wide) {
        for (int64_t i = 0; i < length; i++) wide[i] = logit(from, start + i);
    } else if (from.type == CLAYERS_LOGITS_BF16) {
        CALL(widen_bf16, (const uint16_t *)numbers, length, narrow);
    } else {
        CALL(widen_f16, (const uint16_t *)numbers, length, narrow);
    }
    for (int64_t i = length; i < padded(length); i++) {
        if (row->is_wide)
            wide[i] = -INFINITY;
        else
            narrow[i] = -INFINITY;
    }
    return wide;
}

// The first pass; 0 where there is a number that is none.
static int weigh_blocks(int level, pair_of_rows *row, int32_t target, int32_t *above) {
    double targets[2];
    const int64_t steps[2] = {(int64_t)size_of_logit(row->sides[0].type), (int64_t)size_of_logit(row->sides[1].type)};
    for (int side = 0; side < 2; side++) {
        targets[side] = target < 0 ? INFINITY : logit(row->sides[side], target);
        above[side] = 0;
    }
    for (int64_t block = 0; block < row->blocks; block++) {
        block_sums *const sums = &row->sums[block];
        const int64_t start = block * BLOCK, length = length_of(row, block), all = padded(length);
        const void *numbers[2];
        double maxima[2];
        sums->is_extreme = 0;
        for (int side = 0; side < 2; side++) {
            double least;
            numbers[side] = numbers_of(level, row, side, block, 0);
            TYPED(extremes, numbers[side], length, &least, &sums->most[side]);
            if (sums->most[side] == INFINITY) return 0;
            maxima[side] = sums->most[side] == -INFINITY ? 0 : sums->most[side];
            sums->is_extreme |= !(least - maxima[side] > row->floor);
            if (sums->most[side] > targets[side])
                above[side] += row->is_wide ? CALL(above_f64, numbers[side], length, targets[side])
                                            : CALL(above_f32, numbers[side], length, (float)targets[side]);
        }
        double *const roots = row->roots + block * BLOCK, *const ratios = row->ratios + block * BLOCK;
        const char *ahead[2];
        for (int side = 0; side < 2; side++)
            ahead[side] = (const char *)row->sides[side].numbers + (start + BLOCK) * steps[side];
        TYPED(weigh, numbers[0], numbers[1], all, maxima, row->k, row->floor, roots, ratios, sums, ahead, steps);
        if (isnan(sums->first[0]) || isnan(sums->first[1])) return 0;
        for (int64_t i = length; i < all; i++) {
            roots[i] = 0;
            ratios[i] = ratios[length - 1];
        }
    }
    return 1;
}

// The ids of the largest numbers, the largest first.
static void rank(int level, const pair_of_rows *row, int side, int32_t *ids) {
    ranking found = {row->ranked, ids, 0, row->width};
    const double lowest = row->is_wide ? -DBL_MAX : -FLT_MAX;
    // The largest numbers of as many blocks are so many candidates: all others are below the least of these.
    for (int64_t block = 0; block < row->blocks; block++) offer(&found, row->sums[block].most[side], (int32_t)block);
    double bound = found.count < found.width ? lowest : found.numbers[0];
    if (bound < lowest) bound = lowest;
    found.count = 0;
    for (int64_t block = 0; block < row->blocks; block++) {
        if (row->sums[block].most[side] < bound) continue;
        if (found.count == found.width && row->sums[block].most[side] <= found.numbers[0]) continue;
        const void *const numbers = numbers_of(level, row, side, block, 0);
        const int64_t length = length_of(row, block), start = block * BLOCK;
        const int64_t candidates =
            row->is_wide ? CALL(at_least_f64, numbers, length, bound, (int32_t)start, row->ids)
                         : CALL(at_least_f32, numbers, length, (float)bound, (int32_t)start, row->ids);
        for (int64_t i = 0; i < candidates; i++) offer(&found, logit(row->sides[side], row->ids[i]), row->ids[i]);
        if (found.count == found.width && found.numbers[0] > bound) bound = found.numbers[0];
    }
    settle(&found);
}

// The sum of exp(u) of the tokens of a block that are not listed.
static double unlisted_of(int level, const pair_of_rows *row, int index, int64_t block, const int32_t *ids) {
    double *const numbers = (double *)numbers_of(level, row, index, block, 1);
    const block_sums *const sums = &row->sums[block];
    for (int64_t i = 0; i < row->width && ids[i] >= 0; i++) {
        if (ids[i] / BLOCK != block) continue;
        if (row->is_wide)
            numbers[ids[i] % BLOCK] = -INFINITY;
        else
            ((float *)numbers)[ids[i] % BLOCK] = -INFINITY;
    }
    return TYPED(weight, (const void *)numbers, padded(length_of(row, block)), sums->most[index], row->k, row->floor);
}

// The sum of exp(u) of all tokens but those listed.
static double rest_of(int level, const pair_of_rows *row, const softmax_side *side, int index, const int32_t *ids) {
    double all = 0, listed = 0, rest = 0;
    for (int64_t block = 0; block < row->blocks; block++)
        if (row->sums[block].scale[index] > 0) all += row->sums[block].sum[index] * row->sums[block].scale[index];
    for (int64_t i = 0; i < row->width && ids[i] >= 0; i++) listed += exp_of(side, ids[i]);
    if (all - listed > all / 64) return all - listed;
    // The difference has lost digits: blocks with a listed token are summed anew without it.
    memset(row->is_listed, 0, (size_t)row->blocks);
    for (int64_t i = 0; i < row->width && ids[i] >= 0; i++) row->is_listed[ids[i] / BLOCK] = 1;
    for (int64_t block = 0; block < row->blocks; block++) {
        const block_sums *const sums = &row->sums[block];
        if (sums->scale[index] == 0) continue;
        rest += sums->scale[index] * (row->is_listed[block] ? unlisted_of(level, row, index, block, ids) : sums->sum[index]);
    }
    return rest;
}

static double exact_variance(const pair_of_rows *row, const softmax_side *side) {
    double sum = 0;
    for (int64_t i = 0; i < row->count; i++) {
        const double u = (logit(side->row, i) - side->maximum) * side->inverse;
        if (u > -745) sum += exp(u) * (u - side->mean) * (u - side->mean);
    }
    return sum / (1 + side->tail);
}

// rest: the sum of exp(u) of the tokens that are not among the row's own most probable ones.
static softmax_side side_of(int level, const pair_of_rows *row, int index, const int32_t *ids, double *rest) {
    softmax_side side = {.row = row->sides[index], .inverse = row->inverse, .largest = ids[0]};
    side.maximum = logit(side.row, ids[0]);
    for (int64_t block = 0; block < row->blocks; block++)
        row->sums[block].scale[index] = exp((row->sums[block].most[index] - side.maximum) * row->inverse);
    *rest = rest_of(level, row, &side, index, ids);
    // Without the largest, whose 1 would hide what is much smaller.
    side.tail = *rest;
    for (int64_t i = 1; i < row->width && ids[i] >= 0; i++)
        side.tail += exp_of(&side, ids[i]);
    side.log_sum = log1p(side.tail);
    const double unit = 2 * 0.69314718055994530942;
    double first = 0, second = 0;
    for (int64_t block = 0; block < row->blocks; block++) {
        const block_sums *const sums = &row->sums[block];
        const double scale = sums->scale[index];
        if (scale == 0) continue;
        const double below = (sums->most[index] - side.maximum) * row->inverse;
        const double mean = sums->first[index] * unit, square = sums->second[index] * unit * unit;
        first += scale * (mean + below * sums->sum[index]);
        second += scale * (square + 2 * below * mean + below * below * sums->sum[index]);
    }
    side.mean = first / (1 + side.tail);
    const double mean_square = side.mean * side.mean;
    side.variance = second / (1 + side.tail) - mean_square;
    if (side.variance < 1e-4 * mean_square) side.variance = exact_variance(row, &side);
    return side;
}

typedef struct {
    double shift, scale;
    int is_lone;     // no token of the block is for vectors
    int is_nothing;  // no token has a probability
} block_place;

static block_place place_of(const pair_of_rows *row, const pair_context *context, int64_t block) {
    const block_sums *const sums = &row->sums[block];
    const softmax_side *const p = context->p, *const q = context->q;
    const double below_p = sums->most[0] - p->maximum, below_q = sums->most[1] - q->maximum;
    block_place place = {.is_nothing = sums->most[0] == -INFINITY && sums->most[1] == -INFINITY};
    const double middle = (below_p + below_q) * row->inverse / 2;
    place.is_lone = sums->is_extreme || !(middle > -300);
    place.shift = context->shift - (below_p - below_q) * row->inverse;
    place.scale = exp(middle - (p->log_sum + q->log_sum) / 2);
    return place;
}

// The second pass.
static divergence_sums compare(int level, const pair_of_rows *row, const softmax_side *p, const softmax_side *q, double shift) {
    divergence_sums result = {0};
    const pair_context context = {p, q, shift, row->count, &result};
    // What the last block was, the next is likely to be.
    int is_mixed = 0;
    // Room for the widest vectors.
    double sums[(NEAR_SUMS + FAR_SUMS) * 8] __attribute__((aligned(64))) = {0};
    for (int64_t block = 0; block < row->blocks; block++) {
        const block_place place = place_of(row, &context, block);
        const int64_t start = block * BLOCK, length = length_of(row, block);
        if (place.is_nothing) continue;
        if (place.is_lone)
            for (int64_t i = 0; i < length; i++) add_lone(&context, start + i);
        else if (is_mixed)
            is_mixed = CALL(add_mixed_block, row->roots + start, row->ratios + start, padded(length), row->inverse,
                            place.shift, place.scale, (void *)sums, &context, start) > MIXED;
        else
            is_mixed = CALL(add_block, row->roots + start, row->ratios + start, padded(length), row->inverse, place.shift,
                            place.scale, (void *)sums, &context, start) > MIXED;
    }
    CALL(join, (const void *)sums, &result);
    return result;
}

// Sum q - p, which rounding of the normalisers makes.
static double excess_of(int level, const pair_of_rows *row, const softmax_side *p, const softmax_side *q, double shift) {
    const pair_context context = {p, q, shift, row->count, NULL};
    double excess = 0;
    for (int64_t block = 0; block < row->blocks; block++) {
        const block_place place = place_of(row, &context, block);
        const int64_t start = block * BLOCK, length = length_of(row, block);
        if (place.is_nothing) continue;
        if (place.is_lone)
            for (int64_t i = 0; i < length; i++) excess += lone_excess(&context, start + i);
        else
            excess += CALL(excess_of_block, row->roots + start, row->ratios + start, padded(length), row->inverse,
                           place.shift, place.scale, &context, start);
    }
    return excess;
}

clayers_row_fault clayers_divergence_row(int level, clayers_logits x, clayers_logits y,
                                         const clayers_divergence_settings *settings, void *scratch,
                                         clayers_divergence *result, clayers_divergence_top top_p,
                                         clayers_divergence_top top_q) {
    pair_of_rows row = {.sides = {x, y}, .count = settings->count, .width = settings->width};
    const clayers_row_fault good = {CLAYERS_ROW_GOOD, 0, 0};
    row.blocks = (row.count + BLOCK - 1) / BLOCK;
    row.inverse = 1 / settings->temperature;
    row.k = 0.72134752044448170368 * row.inverse;
    row.floor = -1021 / row.k;
    row.is_wide = x.type == CLAYERS_LOGITS_F64 || y.type == CLAYERS_LOGITS_F64;
    lay_out(&row, scratch);
    int32_t above[2];
    if (!weigh_blocks(level, &row, settings->target, above)) return clayers_row_fault_of(x, y, row.count);
    rank(level, &row, 0, top_p.ids);
    rank(level, &row, 1, top_q.ids);
    if (top_p.ids[0] < 0 || top_q.ids[0] < 0) return clayers_row_fault_of(x, y, row.count);
    double rest_p, rest_q;
    const softmax_side p = side_of(level, &row, 0, top_p.ids, &rest_p), q = side_of(level, &row, 1, top_q.ids, &rest_q);
    rest_q = rest_of(level, &row, &q, 1, top_p.ids);
    double shift = p.log_sum - q.log_sum;
    divergence_sums sums = compare(level, &row, &p, &q, shift);
    if (sums.variation > 0 && sums.variation < 1e-4 && !sums.lacks_pq && !sums.lacks_qp) {
        // Where the rows are next to equal, the rounding of the normalisers shows in |d|.
        shift -= log1p(excess_of(level, &row, &p, &q, shift));
        sums = compare(level, &row, &p, &q, shift);
    }
    write_sums(result, &sums);
    result->target_ratio = target_ratio(&p, &q, shift, sums.excess, settings->target);
    describe(&result->p, &p, settings->target, above[0]);
    describe(&result->q, &q, settings->target, above[1]);
    clayers_divergence_tops(result, &p, &q, shift, row.count, row.width, top_p, top_q, rest_p, rest_q);
    return good;
}
