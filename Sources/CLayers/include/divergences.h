#ifndef CLAYERS_DIVERGENCES_H
#define CLAYERS_DIVERGENCES_H

#include <stddef.h>
#include <stdint.h>

// Two rows of logits x and y compared: p = softmax(x / temperature), q = softmax(y / temperature), all in nats and binary64.

enum { CLAYERS_LOGITS_F16 = 0, CLAYERS_LOGITS_BF16 = 1, CLAYERS_LOGITS_F32 = 2, CLAYERS_LOGITS_F64 = 3 };

// A row, at any address that suits its type.
typedef struct {
    const void *numbers;
    int type;
} clayers_logits;

enum { CLAYERS_ROW_GOOD = 0, CLAYERS_ROW_NAN = 1, CLAYERS_ROW_INFINITE = 2, CLAYERS_ROW_EMPTY = 3 };

// What is wrong with a pair of rows: the first column with a NaN or +infinity, x before y; or a row of nothing but -infinity.
typedef struct {
    int kind;
    int is_y;
    int64_t column;
} clayers_row_fault;

// What the softmax of one row is.
typedef struct {
    double log_normaliser;  // log sum exp(x / temperature)
    double entropy;
    double varentropy;
    double square;  // sum p (x / temperature)^2
    double target;  // log p of the target; NaN without one
    int32_t rank;   // 1 and how many logits are above the target's; 0 without one
    int32_t largest;
} clayers_divergence_side;

typedef struct {
    clayers_divergence_side p, q;
    double kl_pq, kl_qp, jensen_shannon, total_variation, chi_pq, chi_qp, hellinger;
    double unsupported_pq, unsupported_qp;
    double target_ratio;  // log q - log p of the target; NaN without one
    double top_kl, top_mass_p, top_mass_q;
    int32_t top_overlap;
} clayers_divergence;

// The most probable tokens of a row, the lowest of equal ones first: `width` ids, -1 where there are fewer, and log p.
typedef struct {
    int32_t *ids;
    float *logs;
} clayers_divergence_top;

typedef struct {
    int64_t count;  // columns of both rows, from 1 to 2^24
    double temperature;
    int64_t width;   // of the lists of tokens, at least 1
    int32_t target;  // -1 for none
} clayers_divergence_settings;

// Bytes of scratch that a call needs.
size_t clayers_divergence_scratch(int64_t count, int64_t width);

// All statistics of two rows; `result` and the lists are only written where nothing is wrong. scratch: at an address that is
// a multiple of 64.
clayers_row_fault clayers_divergence_row(int level, clayers_logits x, clayers_logits y,
                                         const clayers_divergence_settings *settings, void *scratch,
                                         clayers_divergence *result, clayers_divergence_top top_p,
                                         clayers_divergence_top top_q);

// The same from the definitions, number by number.
clayers_row_fault clayers_divergence_row_plain(clayers_logits x, clayers_logits y,
                                               const clayers_divergence_settings *settings, void *scratch,
                                               clayers_divergence *result, clayers_divergence_top top_p,
                                               clayers_divergence_top top_q);

#endif
