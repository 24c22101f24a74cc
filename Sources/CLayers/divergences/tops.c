// What the most probable tokens of two rows have in common.

#include "results.h"

static int64_t write_logs(const softmax_side *side, int64_t width, clayers_divergence_top top) {
    int64_t count = 0;
    for (int64_t i = 0; i < width; i++) {
        top.logs[i] = top.ids[i] < 0 ? -INFINITY : (float)log_probability(side, top.ids[i]);
        count += top.ids[i] >= 0;
    }
    return count;
}

// Whether a token is among the `count` listed ones of p, the last of which is given.
INLINE int is_among(const softmax_side *p, int64_t i, int32_t last, int is_full) {
    const double x = logit(p->row, i), least = logit(p->row, last);
    return is_full ? x > least || (x == least && i <= last) : x > -INFINITY;
}

// log of the sum of exp(u) over tokens that are not listed; where that sum is no normal number, from their own maximum.
static double log_of_rest(const softmax_side *side, const softmax_side *p, int64_t tokens, int32_t last, int is_full,
                          double rest) {
    if (rest > 1e-280) return log(rest);
    double most = -INFINITY, sum = 0;
    for (int64_t i = 0; i < tokens; i++)
        if (logit(side->row, i) > most && !is_among(p, i, last, is_full)) most = logit(side->row, i);
    if (most == -INFINITY) return -INFINITY;
    for (int64_t i = 0; i < tokens; i++)
        if (!is_among(p, i, last, is_full)) sum += exp((logit(side->row, i) - most) * side->inverse);
    return (most - side->maximum) * side->inverse + log(sum);
}

void clayers_divergence_tops(clayers_divergence *to, const softmax_side *p, const softmax_side *q, double shift,
                             int64_t tokens, int64_t width, clayers_divergence_top top_p,
                             clayers_divergence_top top_q, double rest_p, double rest_q) {
    const int64_t count = write_logs(p, width, top_p), other = write_logs(q, width, top_q);
    divergence_sums sums = {0};
    double mass_p = 0, mass_q = 0;
    int32_t common = 0;
    for (int64_t i = 0; i < count; i++) {
        const int32_t id = top_p.ids[i];
        const double log_p = log_probability(p, id), log_q = log_probability(q, id);
        mass_p += exp(log_p);
        mass_q += exp(log_q);
        add_terms(&sums, log_p, log_q, log_ratio(p, q, shift, id));
        for (int64_t j = 0; j < other; j++) common += top_q.ids[j] == id;
    }
    const int32_t last = top_p.ids[count - 1];
    const double log_rest_p = log_of_rest(p, p, tokens, last, count == width, rest_p) - p->log_sum;
    const double log_rest_q = log_of_rest(q, p, tokens, last, count == width, rest_q) - q->log_sum;
    double d = log_rest_p - log_rest_q;
    // Where the lists differ by less than what is outside them, its change follows from theirs with less rounding.
    if (sums.variation < exp(log_rest_p) && sums.variation < exp(log_rest_q)) d = -log1p(-sums.excess / exp(log_rest_p));
    add_terms(&sums, log_rest_p, log_rest_q, d);
    to->top_kl = sums.lacks_pq ? INFINITY : sums.kl_pq;
    to->top_mass_p = mass_p < 1 ? mass_p : 1;
    to->top_mass_q = mass_q < 1 ? mass_q : 1;
    to->top_overlap = common;
}
