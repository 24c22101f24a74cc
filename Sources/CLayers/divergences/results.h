#ifndef CLAYERS_DIVERGENCES_RESULTS_H
#define CLAYERS_DIVERGENCES_RESULTS_H

#include "numbers.h"
#include "terms.h"

// What is wrong with two rows, found number by number.
clayers_row_fault clayers_row_fault_of(clayers_logits x, clayers_logits y, int64_t count);

// One row under its softmax, with u = (x - maximum) / temperature.
typedef struct {
    clayers_logits row;
    double inverse;  // 1 / temperature
    double maximum;
    int64_t largest;  // the first place of the maximum
    double tail;      // sum exp(u) but for that place
    double log_sum;   // log(1 + tail)
    double mean;      // sum p u
    double variance;  // of u under p
} softmax_side;

INLINE double exp_of(const softmax_side *side, int64_t i) {
    return exp((logit(side->row, i) - side->maximum) * side->inverse);
}

INLINE double log_probability(const softmax_side *side, int64_t i) {
    return (logit(side->row, i) - side->maximum) * side->inverse - side->log_sum;
}

// log p - log q of a token, from differences that are exact, or next to it: of the two numbers where these, and the maxima,
// are close, and else of each from its maximum, since one row may be offset by far more than the other.
INLINE double log_ratio(const softmax_side *p, const softmax_side *q, double shift, int64_t i) {
    const double x = logit(p->row, i), y = logit(q->row, i), apart = x - y, maxima = p->maximum - q->maximum;
    const int are_close = fabs(apart) <= fabs(x) / 2 && fabs(maxima) <= fabs(p->maximum) / 2;
    return (are_close ? apart - maxima : (x - p->maximum) - (y - q->maximum)) * p->inverse - shift;
}

// What is known of a row's target, and its rank where that was counted.
INLINE void describe(clayers_divergence_side *to, const softmax_side *side, int32_t target, int32_t above) {
    const double scaled = side->maximum * side->inverse, mean = scaled + side->mean;
    to->log_normaliser = scaled + side->log_sum;
    to->entropy = side->log_sum - side->mean;
    to->varentropy = side->variance;
    to->square = mean * mean + side->variance;
    to->largest = (int32_t)side->largest;
    to->target = target < 0 ? NAN : log_probability(side, target);
    to->rank = target < 0 ? 0 : above + 1;
}

// log q - log p of the target. What sum q - p is off by says what `shift` is off by, whose rounding would show in small ratios.
INLINE double target_ratio(const softmax_side *p, const softmax_side *q, double shift, double excess, int32_t target) {
    return target < 0 ? NAN : 0 - log_ratio(p, q, shift - log1p(excess), target);
}

INLINE void write_sums(clayers_divergence *to, const divergence_sums *sums) {
    const double log_2 = 0.69314718055994530942;
    to->kl_pq = sums->lacks_pq ? INFINITY : sums->kl_pq;
    to->kl_qp = sums->lacks_qp ? INFINITY : sums->kl_qp;
    to->chi_pq = sums->lacks_pq ? INFINITY : sums->chi_pq;
    to->chi_qp = sums->lacks_qp ? INFINITY : sums->chi_qp;
    // Rounding may carry what has a bound over it.
    to->jensen_shannon = sums->jensen_shannon < log_2 ? sums->jensen_shannon : log_2;
    to->total_variation = sums->variation < 2 ? sums->variation / 2 : 1;
    to->hellinger = sums->hellinger < 2 ? sqrt(sums->hellinger / 2) : 1;
    to->unsupported_pq = sums->unsupported_pq < 1 ? sums->unsupported_pq : 1;
    to->unsupported_qp = sums->unsupported_qp < 1 ? sums->unsupported_qp : 1;
}

// Writes the lists from ids in their order, and compares the `count` tokens of p's list, with the rest as one outcome.
// rest_p, rest_q: sums of exp(u) over all others.
void clayers_divergence_tops(clayers_divergence *to, const softmax_side *p, const softmax_side *q, double shift,
                             int64_t tokens, int64_t width, clayers_divergence_top top_p,
                             clayers_divergence_top top_q, double rest_p, double rest_q);

#endif
