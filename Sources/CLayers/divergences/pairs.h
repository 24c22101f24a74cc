#ifndef CLAYERS_DIVERGENCES_PAIRS_H
#define CLAYERS_DIVERGENCES_PAIRS_H

#include "coefficients.h"
#include "results.h"

enum { BLOCK = 1024 };  // pairs that are looked at together, in the cache next to the processor
enum { CHUNK = 128 };   // pairs that go from one loop to the next together
enum { FAR_VECTORS = 64 };
enum { MIXED = 8 };    // vectors of a block from which on branches cost more than they spare
enum { NEAR_SUMS = 11 };
enum { FAR_KL_PQ, FAR_KL_QP, FAR_CHI_PQ, FAR_CHI_QP, FAR_SHANNON, FAR_VARIATION, FAR_HELLINGER, FAR_EXCESS, FAR_SUMS };

// What the first pass leaves of a block; [0] is x, [1] is y. The sums are those of e, e z and e z^2 about the block's maximum.
typedef struct {
    double most[2], sum[2], first[2], second[2];
    double scale[2];  // exp of the block's maximum less the row's
    int is_extreme;  // whether a number is so far below the maximum that its half-exponential is no normal number
} block_sums;

// Tokens that vectors do not take.
typedef struct {
    const softmax_side *p, *q;
    double shift;
    int64_t count;
    divergence_sums *sums;
} pair_context;

static void add_lone(const pair_context *context, int64_t i) {
    if (i >= context->count) return;
    const double x = logit(context->p->row, i), y = logit(context->q->row, i);
    if (x == -INFINITY && y == -INFINITY) return;
    const double log_p = log_probability(context->p, i), log_q = log_probability(context->q, i);
    // Then no term, p^2 / q and q^2 / p included, is a number above zero.
    if (2 * log_p - log_q < -800 && 2 * log_q - log_p < -800 && log_p < -800 && log_q < -800) return;
    add_terms(context->sums, log_p, log_q, log_ratio(context->p, context->q, context->shift, i));
}

static double lone_excess(const pair_context *context, int64_t i) {
    if (i >= context->count) return 0;
    const double log_p = log_probability(context->p, i), log_q = log_probability(context->q, i);
    const double d = log_ratio(context->p, context->q, context->shift, i);
    return fabs(d) < 1 ? exp(log_p) * expm1(-d) : exp(log_q) - exp(log_p);
}

#endif
