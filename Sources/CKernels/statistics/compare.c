// Comparisons of two tensors, element by element.

#include "../conversions/conversions.h"
#include "lanes.h"

// Bins of distances behind those of numbers.
enum { BOTH_NAN = CKERNELS_DISTANCES, ONE_NAN, DISTANCE_BINS };

typedef void distance_binning(
    const uint8_t *restrict first, const uint8_t *restrict second, size_t count, uint8_t *restrict bins);

typedef struct {
    void (*compare_f32)(const uint8_t *first, const uint8_t *second, size_t count, ckernels_comparison *comparison);
    void (*compare_f64)(const uint8_t *first, const uint8_t *second, size_t count, ckernels_comparison *comparison);
    void (*count_exact)(
        const uint8_t *restrict source, size_t count, uint64_t *restrict bfloat16, uint64_t *restrict float16);
    distance_binning *distances_32, *distances_f16, *distances_bf16;
} comparisons;

#define TARGET
#define AT(name) name##_scalar
#include "comparisons.h"
#undef AT
#undef TARGET

#if defined(__x86_64__)
#define TARGET AVX2
#define AT(name) name##_avx2
#include "comparisons.h"
#undef AT
#undef TARGET
#endif

static const comparisons *comparisons_at(int level) {
#if defined(__x86_64__)
    if (level >= CKERNELS_AVX2) return &comparisons_avx2;
#else
    (void)level;
#endif
    return &comparisons_scalar;
}

// The elements as binary32, in `buffer` unless they are that already.
static const uint8_t *floats(
    const conversions *loops, int type, const uint8_t *source, size_t count, uint8_t *buffer) {
    if (type == CKERNELS_FLOAT32) return source;
    loops->nearest[type](source, count, buffer);
    return buffer;
}

// The elements as binary64; `buffer` has room for twice as many floats.
static const uint8_t *doubles(
    const conversions *loops, int type, const uint8_t *source, size_t count, uint8_t *buffer) {
    if (type == CKERNELS_FLOAT64) return source;
    if (loops->doubles[type] != NULL) {
        loops->doubles[type](source, count, buffer);
        return buffer;
    }
    uint8_t between[4 * CKERNELS_BLOCK];
    loops->nearest[type](source, count, between);
    loops->doubles[CKERNELS_FLOAT32](between, count, buffer);
    return buffer;
}

void ckernels_compare(
    int level, int first_type, const uint8_t *first, int second_type, const uint8_t *second, size_t count,
    ckernels_comparison *comparison) {
    memset(comparison, 0, sizeof *comparison);
    if (count > CKERNELS_BLOCK || first_type < 0 || first_type >= CKERNELS_TYPES || second_type < 0
        || second_type >= CKERNELS_TYPES)
        return;
    const conversions *const widenings = conversions_at(level);
    uint8_t buffers[2][8 * CKERNELS_BLOCK] __attribute__((aligned(64)));
    if (first_type < CKERNELS_INT32 && second_type < CKERNELS_INT32) {
        const uint8_t *const a = floats(widenings, first_type, first, count, buffers[0]);
        const uint8_t *const b = floats(widenings, second_type, second, count, buffers[1]);
        comparisons_at(level)->compare_f32(a, b, count, comparison);
    } else {
        const uint8_t *const a = doubles(widenings, first_type, first, count, buffers[0]);
        const uint8_t *const b = doubles(widenings, second_type, second, count, buffers[1]);
        comparisons_at(level)->compare_f64(a, b, count, comparison);
    }
}

void ckernels_count_exact(int level, const uint8_t *source, size_t count, uint64_t *bfloat16, uint64_t *float16) {
    const size_t piece = 1u << 24;
    for (size_t i = 0; i < count; i += piece)
        comparisons_at(level)->count_exact(
            source + 4 * i, count - i < piece ? count - i : piece, bfloat16, float16);
}

void ckernels_count_distances(
    int level, int type, const uint8_t *first, const uint8_t *second, size_t count, uint64_t *bins, uint64_t *both_nan,
    uint64_t *one_nan) {
    const comparisons *const loops = comparisons_at(level);
    distance_binning *const binning = type == CKERNELS_FLOAT32 ? loops->distances_32
        : type == CKERNELS_FLOAT16 ? loops->distances_f16 : type == CKERNELS_BFLOAT16 ? loops->distances_bf16 : NULL;
    if (binning == NULL) return;
    const size_t size = element_size(type);
    for (size_t i = 0; i < count; i += CKERNELS_BLOCK) {
        const size_t part = count - i < CKERNELS_BLOCK ? count - i : CKERNELS_BLOCK;
        uint8_t distances[CKERNELS_BLOCK];
        binning(first + i * size, second + i * size, part, distances);
        // Eight tables, for most distances are alike, and an addition waits for the one before it in the same place.
        uint32_t tables[8][DISTANCE_BINS] = {{0}};
        size_t k = 0;
        for (; k + 8 <= part; k += 8)
            for (size_t table = 0; table < 8; table++) tables[table][distances[k + table]]++;
        for (; k < part; k++) tables[0][distances[k]]++;
        for (size_t table = 0; table < 8; table++) {
            for (size_t bin = 0; bin < CKERNELS_DISTANCES; bin++) bins[bin] += tables[table][bin];
            *both_nan += tables[table][BOTH_NAN];
            *one_nan += tables[table][ONE_NAN];
        }
    }
}
