// Conversions of elements. Between two types for which there is no loop, binary32 stands in between, some pages at a time so
// that it stays in the nearest cache. What is not exactly a binary32 is rounded to odd there, so that only the second
// rounding counts.

#include "conversions.h"

#include "elements.h"

#define TARGET
#define AT(name) name##_scalar
#include "loops.h"
#undef AT
#undef TARGET

#if defined(__x86_64__)
#define TARGET AVX2
#define HAS_F16C
#define AT(name) name##_avx2
#include "loops.h"
#undef AT
#undef HAS_F16C
#undef TARGET
#endif

const conversions *conversions_at(int level) {
#if defined(__x86_64__)
    if (level >= CKERNELS_AVX2) return &conversions_avx2;
#else
    (void)level;
#endif
    return &conversions_scalar;
}

enum {
    BETWEEN = 2048,     // elements
    PIECE = 1 << 24,    // elements; the loops count with 32 bits
};

static void convert_piece(
    const conversions *loops, int from, int to, const uint8_t *source, uint8_t *target, size_t count,
    ckernels_losses *losses) {
    if (to == CKERNELS_FLOAT32) {
        if (from == CKERNELS_FLOAT64) loops->float_of_f64(source, count, target, losses);
        else loops->nearest[from](source, count, target);
        return;
    }
    if (to == CKERNELS_FLOAT64 && loops->doubles[from] != NULL) {
        loops->doubles[from](source, count, target);
        return;
    }
    if (from == CKERNELS_FLOAT32) {
        loops->narrow[to](source, count, target, losses);
        return;
    }
    widening *const widen = loops->odd[from] != NULL ? loops->odd[from] : loops->nearest[from];
    const size_t from_size = element_size(from), to_size = element_size(to);
    uint8_t between[4 * BETWEEN] __attribute__((aligned(64)));
    for (size_t i = 0; i < count; i += BETWEEN) {
        const size_t part = count - i < BETWEEN ? count - i : BETWEEN;
        widen(source + i * from_size, part, between);
        uint8_t *const written = target + i * to_size;
        if (to == CKERNELS_FLOAT64) loops->doubles[CKERNELS_FLOAT32](between, part, written);
        else loops->narrow[to](between, part, written, losses);
    }
}

int ckernels_convert(
    int level, int from, int to, const uint8_t *source, uint8_t *target, size_t count, ckernels_losses *losses) {
    const conversions *const loops = conversions_at(level);
    if (from < 0 || from >= CKERNELS_TYPES || to < 0 || to >= CKERNELS_TYPES) return 0;
    const size_t from_size = element_size(from), to_size = element_size(to);
    if (from == to) {
        if (count != 0) memcpy(target, source, count * to_size);
        return 1;
    }
    if (to != CKERNELS_FLOAT32 && to != CKERNELS_FLOAT64 && loops->narrow[to] == NULL) return 0;
    for (size_t i = 0; i < count; i += PIECE) {
        const size_t part = count - i < PIECE ? count - i : PIECE;
        convert_piece(loops, from, to, source + i * from_size, target + i * to_size, part, losses);
    }
    return 1;
}
