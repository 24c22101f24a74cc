#ifndef CLAYERS_DIVERGENCES_NUMBERS_H
#define CLAYERS_DIVERGENCES_NUMBERS_H

#include <math.h>

#include "../level.h"
#include "divergences.h"

INLINE size_t size_of_logit(int type) {
    return type == CLAYERS_LOGITS_F64 ? 8 : type == CLAYERS_LOGITS_F32 ? 4 : 2;
}

INLINE float widened_bf16(uint16_t bits) {
    const uint32_t wide = (uint32_t)bits << 16;
    float number;
    memcpy(&number, &wide, sizeof number);
    return number;
}

INLINE float widened_f16(uint16_t bits) {
    const uint32_t sign = (uint32_t)(bits & 0x8000) << 16, rest = bits & 0x7FFF;
    uint32_t wide;
    float number;
    if (rest >= 0x7C00) {
        wide = 0x7F800000 | (rest << 13);
    } else {
        // The exponent is moved by a product, which normalises numbers that are subnormal in binary16.
        wide = rest << 13;
        memcpy(&number, &wide, sizeof number);
        number *= 0x1p112f;
        memcpy(&wide, &number, sizeof number);
    }
    wide |= sign;
    memcpy(&number, &wide, sizeof number);
    return number;
}

// A number of a row, widened.
INLINE double logit(clayers_logits row, int64_t i) {
    switch (row.type) {
    case CLAYERS_LOGITS_F16: return widened_f16(((const uint16_t *)row.numbers)[i]);
    case CLAYERS_LOGITS_BF16: return widened_bf16(((const uint16_t *)row.numbers)[i]);
    case CLAYERS_LOGITS_F32: return ((const float *)row.numbers)[i];
    default: return ((const double *)row.numbers)[i];
    }
}

#endif
