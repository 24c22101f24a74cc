#ifndef CKERNELS_CONVERSIONS_H
#define CKERNELS_CONVERSIONS_H

#include "../level.h"

// The bytes of one element.
INLINE size_t element_size(int type) {
    switch (type) {
    case CKERNELS_FLOAT64: case CKERNELS_INT64: case CKERNELS_UINT64: return 8;
    case CKERNELS_FLOAT32: case CKERNELS_INT32: case CKERNELS_UINT32: return 4;
    case CKERNELS_FLOAT16: case CKERNELS_BFLOAT16: case CKERNELS_INT16: case CKERNELS_UINT16: return 2;
    default: return 1;
    }
}

typedef void widening(const uint8_t *restrict source, size_t count, uint8_t *restrict target);
typedef void narrowing(const uint8_t *restrict source, size_t count, uint8_t *restrict target, ckernels_losses *losses);

// The loops of one level, by type; null where there is none.
typedef struct {
    widening *nearest[CKERNELS_TYPES];  // to binary32, rounded to nearest
    widening *odd[CKERNELS_TYPES];      // to binary32, rounded to odd: only of types that may not be exact
    widening *doubles[CKERNELS_TYPES];  // to binary64
    narrowing *narrow[CKERNELS_TYPES];  // from binary32
    narrowing *float_of_f64;
} conversions;

// The loops of a level.
const conversions *conversions_at(int level);

#endif
