// The output head: what is left of a row of logits once the product is done.

#include <math.h>

#include "../lanes.h"
#include "exponent.h"
#include "head.h"

#define SELECT(mask, yes, no) (((mask) & (yes)) | (~(mask) & (no)))
// The lanes joined in binary64, in ascending order of halves.
#define TOTAL(vector) \
    ({ \
        lanes_f64 wide_ = __builtin_convertvector((vector), lanes_f64); \
        ((wide_[0] + wide_[8]) + (wide_[4] + wide_[12])) + ((wide_[2] + wide_[10]) + (wide_[6] + wide_[14])) \
            + (((wide_[1] + wide_[9]) + (wide_[5] + wide_[13])) + ((wide_[3] + wide_[11]) + (wide_[7] + wide_[15]))); \
    })
#define ANY(mask) \
    ({ \
        int64_t words_[8]; \
        memcpy(words_, &(mask), sizeof words_); \
        (words_[0] | words_[1] | words_[2] | words_[3] | words_[4] | words_[5] | words_[6] | words_[7]) != 0; \
    })

#define TEMPLATE "head/softmaxrows.h"
#include "../each_level.h"

clayers_row clayers_softmax_row(int level, const float *logits, size_t count, float scale) {
    return CALL(softmax_row, logits, count, scale);
}

void clayers_softmax_gradient(int level, float *logits, size_t count, float scale, const clayers_row *row, size_t target,
                              float a, float b) {
    CALL(softmax_gradient, logits, count, scale, row, target, a, b);
}
