#ifndef CLAYERS_DIVERGENCES_TERMS_H
#define CLAYERS_DIVERGENCES_TERMS_H

#include <math.h>

#include "../level.h"

// The sums over tokens that divergences consist of. None has a negative term, and d = log p - log q = 0 gives zeros.
typedef struct {
    double kl_pq, kl_qp, jensen_shannon;
    double variation;         // sum |p - q|
    double hellinger;         // sum (sqrt p - sqrt q)^2
    double chi_pq, chi_qp;
    double excess;            // sum q - p, which is zero but for rounding
    double unsupported_pq, unsupported_qp;
    int lacks_pq, lacks_qp;   // whether a token has no probability under q, or under p, alone
} divergence_sums;

// exp(-d) - 1 + d, for |d| <= 1.
INLINE double kl_term(double d) {
    double sum = 0;
    for (int k = 20; k >= 2; k--) sum = (sum * -d + 1) / k;
    return sum * d * d;
}

// Adds the terms of a token with these log-probabilities, d apart; both may be -infinity.
static void add_terms(divergence_sums *to, double log_p, double log_q, double d) {
    const double p = exp(log_p), q = exp(log_q);
    const double log_2 = 0.69314718055994530942;
    if (log_p == -INFINITY && log_q == -INFINITY) return;
    if (log_p == -INFINITY || log_q == -INFINITY) {
        const double alone = log_q == -INFINITY ? p : q;
        to->variation += alone;
        to->hellinger += alone;
        to->jensen_shannon += alone * (log_2 / 2);
        to->excess += q - p;
        if (log_q == -INFINITY) {
            to->lacks_pq = 1;
            to->unsupported_pq += p;
            to->kl_qp += p;
            to->chi_qp += p;
        } else {
            to->lacks_qp = 1;
            to->unsupported_qp += q;
            to->kl_pq += q;
            to->chi_pq += q;
        }
        return;
    }
    if (fabs(d) <= 1) {
        const double step = expm1(-d), half = expm1(-d / 2), s = sinh(d / 2), quarter = sinh(d / 4);
        to->kl_pq += p * kl_term(d);
        to->kl_qp += q * kl_term(-d);
        to->jensen_shannon += p * exp(-d / 2) * (d / 2 * s - cosh(d / 2) * log1p(2 * quarter * quarter));
        to->variation += p * fabs(step);
        to->excess += p * step;
        to->hellinger += p * half * half;
        to->chi_pq += p * (4 * s * s);
        to->chi_qp += p * step * step;
        return;
    }
    const double far = fabs(d), a = exp(-far), rest = -expm1(-far), large = d > 0 ? p : q;
    const double forth = large * (far - rest), back = large * (rest - a * far);
    const double chi = exp((d > 0 ? log_p : log_q) + far) * rest * rest, inverse = large * rest * rest;
    const double half = -expm1(-far / 2);
    to->kl_pq += d > 0 ? forth : back;
    to->kl_qp += d > 0 ? back : forth;
    to->chi_pq += d > 0 ? chi : inverse;
    to->chi_qp += d > 0 ? inverse : chi;
    to->jensen_shannon += large / 2 * ((1 + a) * (log_2 - log1p(a)) - a * far);
    to->variation += large * rest;
    to->excess += q - p;
    to->hellinger += large * half * half;
}

#endif
