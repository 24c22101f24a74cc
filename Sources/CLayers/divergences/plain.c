// The statistics of two rows from their definitions, for tests to compare with.

#include "results.h"

// Neumaier's sum: what rounding takes from it is kept beside it.
typedef struct {
    double sum, lost;
} exact_sum;

INLINE void add(exact_sum *to, double number) {
    const double sum = to->sum + number;
    to->lost += fabs(to->sum) >= fabs(number) ? (to->sum - sum) + number : (number - sum) + to->sum;
    to->sum = sum;
}

INLINE double total(exact_sum sum) { return sum.sum + sum.lost; }

clayers_row_fault clayers_row_fault_of(clayers_logits x, clayers_logits y, int64_t count) {
    int any[2] = {0, 0};
    for (int64_t i = 0; i < count; i++) {
        for (int side = 0; side < 2; side++) {
            const double number = logit(side ? y : x, i);
            if (isnan(number)) return (clayers_row_fault){CLAYERS_ROW_NAN, side, i};
            if (number == INFINITY) return (clayers_row_fault){CLAYERS_ROW_INFINITE, side, i};
            any[side] |= number != -INFINITY;
        }
    }
    if (!any[0] || !any[1]) return (clayers_row_fault){CLAYERS_ROW_EMPTY, any[0] != 0, 0};
    return (clayers_row_fault){CLAYERS_ROW_GOOD, 0, 0};
}

static softmax_side side_of(clayers_logits row, int64_t count, double temperature) {
    softmax_side side = {.row = row, .inverse = 1 / temperature, .maximum = -INFINITY};
    for (int64_t i = 0; i < count; i++) {
        if (logit(row, i) > side.maximum) {
            side.maximum = logit(row, i);
            side.largest = i;
        }
    }
    exact_sum tail = {0}, mean = {0}, variance = {0};
    for (int64_t i = 0; i < count; i++) {
        const double u = (logit(row, i) - side.maximum) * side.inverse, e = exp(u);
        if (i != side.largest) add(&tail, e);
        if (e > 0) add(&mean, e * u);
    }
    side.tail = total(tail);
    side.log_sum = log1p(side.tail);
    side.mean = total(mean) / (1 + side.tail);
    for (int64_t i = 0; i < count; i++) {
        const double u = (logit(row, i) - side.maximum) * side.inverse, e = exp(u);
        if (e > 0) add(&variance, e * (u - side.mean) * (u - side.mean));
    }
    side.variance = total(variance) / (1 + side.tail);
    return side;
}

static divergence_sums sums_of(const softmax_side *p, const softmax_side *q, double shift, int64_t count) {
    enum { SUMS = 10 };
    exact_sum sums[SUMS] = {{0}};
    divergence_sums result = {0};
    for (int64_t i = 0; i < count; i++) {
        divergence_sums one = {0};
        add_terms(&one, log_probability(p, i), log_probability(q, i), log_ratio(p, q, shift, i));
        const double parts[SUMS] = {one.kl_pq, one.kl_qp, one.jensen_shannon, one.variation, one.hellinger,
                                    one.chi_pq, one.chi_qp, one.excess, one.unsupported_pq, one.unsupported_qp};
        for (int k = 0; k < SUMS; k++) {
            if (isinf(parts[k])) sums[k].sum = INFINITY;
            if (!isinf(sums[k].sum)) add(&sums[k], parts[k]);
        }
        result.lacks_pq |= one.lacks_pq;
        result.lacks_qp |= one.lacks_qp;
    }
    result.kl_pq = total(sums[0]);
    result.kl_qp = total(sums[1]);
    result.jensen_shannon = total(sums[2]);
    result.variation = total(sums[3]);
    result.hellinger = total(sums[4]);
    result.chi_pq = total(sums[5]);
    result.chi_qp = total(sums[6]);
    result.excess = total(sums[7]);
    result.unsupported_pq = total(sums[8]);
    result.unsupported_qp = total(sums[9]);
    return result;
}

static int32_t above(const softmax_side *side, int64_t count, int32_t target) {
    int32_t found = 0;
    for (int64_t i = 0; target >= 0 && i < count; i++) found += logit(side->row, i) > logit(side->row, target);
    return found;
}

// The ids of the largest numbers, by insertion.
static void rank(const softmax_side *side, int64_t count, int64_t width, int32_t *ids) {
    for (int64_t i = 0; i < width; i++) ids[i] = -1;
    for (int64_t i = 0; i < count; i++) {
        const double number = logit(side->row, i);
        int64_t place = width;
        if (number == -INFINITY) continue;
        while (place > 0 && (ids[place - 1] < 0 || number > logit(side->row, ids[place - 1]))) place--;
        if (place == width) continue;
        memmove(ids + place + 1, ids + place, (size_t)(width - place - 1) * sizeof *ids);
        ids[place] = (int32_t)i;
    }

}

static double rest(const softmax_side *side, int64_t count, int64_t width, const int32_t *ids) {
    exact_sum sum = {0};
    for (int64_t i = 0; i < count; i++) {
        int is_listed = 0;
        for (int64_t j = 0; j < width; j++) is_listed |= ids[j] == i;
        if (!is_listed) add(&sum, exp((logit(side->row, i) - side->maximum) * side->inverse));
    }
    return total(sum);
}

clayers_row_fault clayers_divergence_row_plain(clayers_logits x, clayers_logits y,
                                               const clayers_divergence_settings *settings, void *scratch,
                                               clayers_divergence *result, clayers_divergence_top top_p,
                                               clayers_divergence_top top_q) {
    (void)scratch;
    const int64_t count = settings->count, width = settings->width;
    const clayers_row_fault fault = clayers_row_fault_of(x, y, count);
    if (fault.kind != CLAYERS_ROW_GOOD) return fault;
    const softmax_side p = side_of(x, count, settings->temperature), q = side_of(y, count, settings->temperature);
    double shift = p.log_sum - q.log_sum;
    divergence_sums sums = sums_of(&p, &q, shift, count);
    if (sums.variation < 1e-3) {
        // Where the rows are next to equal, the rounding of the normalisers shows in |d|: sum q - p says how much it is.
        shift -= log1p(sums.excess);
        sums = sums_of(&p, &q, shift, count);
    }
    write_sums(result, &sums);
    result->target_ratio = target_ratio(&p, &q, shift, sums.excess, settings->target);
    describe(&result->p, &p, settings->target, above(&p, count, settings->target));
    describe(&result->q, &q, settings->target, above(&q, count, settings->target));
    rank(&p, count, width, top_p.ids);
    rank(&q, count, width, top_q.ids);
    clayers_divergence_tops(result, &p, &q, shift, count, width, top_p, top_q, rest(&p, count, width, top_p.ids),
                            rest(&q, count, width, top_p.ids));
    return fault;
}
