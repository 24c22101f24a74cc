// Arithmetic on vectors of binary32: bound by memory, so that the compiler's own vectors do.

#include "../statistics/lanes.h"

#define TARGET
#define AT(name) name##_scalar
#include "arithmetic.h"
#undef AT
#undef TARGET

#if defined(__x86_64__)

#define TARGET AVX2
#define AT(name) name##_avx2
#include "arithmetic.h"
#undef AT
#undef TARGET
#define CALL(name, ...) (level >= CKERNELS_AVX2 ? name##_avx2(__VA_ARGS__) : name##_scalar(__VA_ARGS__))

#else

#define CALL(name, ...) ((void)level, name##_scalar(__VA_ARGS__))

#endif

void ckernels_accumulate(int level, const uint8_t *source, float factor, uint8_t *target, size_t count) {
    CALL(accumulate, source, factor, target, count);
}

void ckernels_scale(int level, float factor, uint8_t *target, size_t count) { CALL(scale, factor, target, count); }

void ckernels_subtract(int level, const uint8_t *first, const uint8_t *second, uint8_t *target, size_t count) {
    CALL(subtract, first, second, target, count);
}

double ckernels_dot(int level, const uint8_t *first, const uint8_t *second, size_t count) {
    // The rounding of a long sum grows with its length, so it is made of shorter ones.
    double sum = 0;
    for (size_t i = 0; i < count; i += CKERNELS_BLOCK) {
        const size_t part = count - i < CKERNELS_BLOCK ? count - i : CKERNELS_BLOCK;
        sum += CALL(dot, first + 4 * i, second + 4 * i, part);
    }
    return sum;
}
