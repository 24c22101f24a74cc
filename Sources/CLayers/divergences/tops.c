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

void clayers_divergence_tops(clayers_divergence *to, const softmax_side *p, const softmax_side *q, double shift,
                             int64_t width, clayers_divergence_top top_p, clayers_divergence_top top_q, double rest_p,
                             double rest_q) {
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
    const double log_rest_p = log(rest_p) - p->log_sum, log_rest_q = log(rest_q) - q->log_sum;
    double d = log_rest_p - log_rest_q;
    // Where the lists differ by less than what is outside them, its change follows from theirs with less rounding.
    if (sums.variation < exp(log_rest_p) && sums.variation < exp(log_rest_q)) d = -log1p(-sums.excess / exp(log_rest_p));
    add_terms(&sums, log_rest_p, log_rest_q, d);
    to->top_kl = sums.lacks_pq ? INFINITY : sums.kl_pq;
    to->top_mass_p = mass_p < 1 ? mass_p : 1;
    to->top_mass_q = mass_q < 1 ? mass_q : 1;
    to->top_overlap = common;
}
