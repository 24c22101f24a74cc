#ifndef CLAYERS_DIVERGENCES_COEFFICIENTS_H
#define CLAYERS_DIVERGENCES_COEFFICIENTS_H

// Polynomials, ascending: Chebyshev interpolations by scripts/make-divergence-coefficients.py, with their largest relative
// errors. d = log p - log q, |d| <= NEAR, t = d^2, and a term of a token is sqrt(p q) times a function of d:
//
//     KL(p || q)        t KL_EVEN(t) + d t KL_ODD(t)           d (C + s) - 2 s,  s = sinh(d / 2), C = cosh(d / 2)
//     KL(q || p)        t KL_EVEN(t) - d t KL_ODD(t)           d (s - C) + 2 s
//     chi-square p, q   t CHI_EVEN(t) + d t CHI_ODD(t)         4 s^2 (C + s)
//     chi-square q, p   t CHI_EVEN(t) - d t CHI_ODD(t)         4 s^2 (C - s)
//     Jensen-Shannon    t SHANNON(t)                           d s / 2 - C log C
//     Hellinger         t HELLINGER(t)                         2 C - 2 = (exp(d / 4) - exp(-d / 4))^2
//     |p - q|           |d SINE(t)|                            2 |s|

#define NEAR 0.5

// Where constants stand that are kept as vectors; those of 2^r begin with 1.
enum { MAGIC, POWER, SINE = POWER + 9, ARCTANGENT = SINE + 4, CONSTANTS = ARCTANGENT + 8 };

// relative error 5.1e-12
#define POWER_1 0.69314718055683244
#define POWER_2 0.24022650695888503
#define POWER_3 0.055504109063258665
#define POWER_4 0.0096181291352361396
#define POWER_5 0.0013333478473685416
#define POWER_6 0.00015403475186530786
#define POWER_7 1.5303700711365693e-05
#define POWER_8 1.325080551750225e-06
// relative error 4.7e-17
static const double KL_EVEN[] = {
    0.5,
    0.020833333333328662,
    0.00026041666681613103,
    1.550097532504111e-06,
    5.3899391870846785e-09,
};
// relative error 7.8e-18
static const double HELLINGER[] = {
    0.25,
    0.0052083333333329445,
    4.3402777790231447e-05,
    1.9376226132366561e-07,
    5.388663548095665e-10,
};
// relative error 5.2e-13
static const double CHI_EVEN[] = {
    1.0000000000005207,
    0.20833333322921047,
    0.015798614441963236,
    0.00063550339577424762,
    1.6060815065571692e-05,
};
// relative error 3.7e-13
static const double SHANNON[] = {
    0.12499999999995433,
    9.1383692300811911e-12,
    0.00010850665144888492,
    -5.4220515707874853e-06,
    3.4244253101338663e-07,
};
// relative error 9.0e-14
static const double KL_ODD[] = {
    0.083333333333325862,
    0.0020833333342899006,
    1.8601171346400779e-05,
    8.6239028219839558e-08,
};
// relative error 1.3e-10
static const double CHI_ODD[] = {
    0.4999999999333925,
    0.062500008524799672,
    0.0033852462742264252,
    0.00010701228934496503,
};
// relative error 3.3e-13
#define SINE_0 0.99999999999967115
#define SINE_1 0.041666666708762859
#define SINE_2 0.00052083249149014387
#define SINE_3 3.10558490851417e-06
// relative error 3.9e-16
#define ARCTANGENT_0 0.99999999999999967
#define ARCTANGENT_1 0.33333333333414383
#define ARCTANGENT_2 0.19999999971740717
#define ARCTANGENT_3 0.14285718031679809
#define ARCTANGENT_4 0.11110867950515543
#define ARCTANGENT_5 0.090994416032112807
#define ARCTANGENT_6 0.075278856280849252
#define ARCTANGENT_7 0.082811784886035245

#endif
