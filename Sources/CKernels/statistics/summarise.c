// Summaries of elements that fit in the nearest cache: first what their bits tell, then, of the finite ones, sums of powers.
// Other types than binary32 and binary64 are widened to one of them before.

#include "../conversions/conversions.h"
#include "blocks.h"
#include "lanes.h"

typedef struct {
    int (*whole_block_f32)(const uint8_t *source, ckernels_summary *summary);
    size_t (*finite_f32)(const uint8_t *source, size_t count, float *kept, ckernels_summary *summary);
    size_t (*finite_f64)(const uint8_t *source, size_t count, double *kept, ckernels_summary *summary);
    int (*extremes_f32)(const uint8_t *source, size_t count, uint32_t least_normal, ckernels_summary *summary);
    int (*extremes_f64)(const uint8_t *source, size_t count, uint64_t least_normal, ckernels_summary *summary);
    void (*power_sums_f32)(const uint8_t *source, size_t count, double scale, ckernels_summary *summary);
    void (*power_sums_f64)(const uint8_t *source, size_t count, double scale, ckernels_summary *summary);
    void (*scaled_power_sums_f64)(const uint8_t *source, size_t count, double scale, ckernels_summary *summary);
} summaries;

#define TARGET
#define AT(name) name##_scalar
#include "summaries.h"
#undef AT
#undef TARGET

#if defined(__x86_64__)
#define TARGET AVX2
#define AT(name) name##_avx2
#include "summaries.h"
#undef AT
#undef TARGET
#endif

static const summaries *summaries_at(int level) {
#if defined(__x86_64__)
    if (level >= CKERNELS_AVX2) return &summaries_avx2;
#else
    (void)level;
#endif
    return &summaries_scalar;
}

// The bits, as binary32, of the least number of the type that is normal. Whole numbers have none that is not, but zero.
static uint32_t least_normal(int type) {
    switch (type) {
    case CKERNELS_FLOAT32: case CKERNELS_BFLOAT16: return 0x00800000;
    case CKERNELS_FLOAT16: case CKERNELS_FLOAT8_E5M2: return (127 - 14) << 23;
    case CKERNELS_FLOAT8_E4M3: return (127 - 6) << 23;
    case CKERNELS_FLOAT8_E4M3FNUZ: return (127 - 7) << 23;
    case CKERNELS_FLOAT8_E5M2FNUZ: return (127 - 15) << 23;
    default: return 1;
    }
}

// Counts zeros and subnormal numbers of binary32, where it is known that there are any.
static void count_small_f32(const uint8_t *source, size_t count, ckernels_summary *summary) {
    const any_u32 *const from = (const any_u32 *)source;
    uint32_t zeros = 0, small = 0;
    for (size_t i = 0; i < count; i++) {
        const uint32_t magnitude = from[i] & FLOAT_MAGNITUDE;
        zeros += magnitude == 0;
        small += magnitude < 0x00800000;
    }
    summary->zeros = zeros;
    summary->subnormals = small - zeros;
}

static void summarise_f32(
    const summaries *loops, const uint8_t *source, size_t count, uint32_t least, ckernels_summary *summary) {
    float kept[CKERNELS_BLOCK];
    if (!loops->extremes_f32(source, count, least, summary)) {
        count = loops->finite_f32(source, count, kept, summary);
        if (count == 0) return;
        source = (const uint8_t *)kept;
        loops->extremes_f32(source, count, least, summary);
    }
    summary->finite = count;
    loops->power_sums_f32(source, count, 1, summary);
}

static void summarise_f64(
    const summaries *loops, const uint8_t *source, size_t count, uint64_t least, ckernels_summary *summary) {
    double kept[CKERNELS_BLOCK];
    if (!loops->extremes_f64(source, count, least, summary)) {
        count = loops->finite_f64(source, count, kept, summary);
        if (count == 0) return;
        source = (const uint8_t *)kept;
        loops->extremes_f64(source, count, least, summary);
    }
    summary->finite = count;
    const double high = summary->maximum, low = -summary->minimum;
    const double largest = high > low ? high : low;
    int64_t exponent = (int64_t)(bits_of_double(largest) >> 52) - 1023;
    if (largest == 0 || (exponent >= -100 && exponent <= 200)) {
        loops->power_sums_f64(source, count, 1, summary);
        return;
    }
    // Both the power of two and its inverse have to be normal numbers.
    exponent = exponent > 1000 ? 1000 : exponent < -1000 ? -1000 : exponent;
    summary->exponent = exponent;
    loops->scaled_power_sums_f64(source, count, double_of_bits((uint64_t)(1023 - exponent) << 52), summary);
}

void ckernels_summarise(int level, int type, const uint8_t *source, size_t count, ckernels_summary *summary) {
    memset(summary, 0, sizeof *summary);
    if (count == 0 || count > CKERNELS_BLOCK || type < 0 || type >= CKERNELS_TYPES) return;
    const summaries *const loops = summaries_at(level);
    const conversions *const widenings = conversions_at(level);
    if (type == CKERNELS_FLOAT32) {
        if (count == CKERNELS_BLOCK && loops->whole_block_f32(source, summary)) {
            if (summary->subnormals != 0) count_small_f32(source, count, summary);
            return;
        }
        summarise_f32(loops, source, count, least_normal(type), summary);
    } else if (type < CKERNELS_INT32) {
        uint8_t floats[4 * CKERNELS_BLOCK] __attribute__((aligned(64)));
        widenings->nearest[type](source, count, floats);
        summarise_f32(loops, floats, count, least_normal(type), summary);
    } else if (type == CKERNELS_FLOAT64) {
        summarise_f64(loops, source, count, 1ull << 52, summary);
    } else {
        uint8_t doubles[8 * CKERNELS_BLOCK] __attribute__((aligned(64)));
        widenings->doubles[type](source, count, doubles);
        summarise_f64(loops, doubles, count, 1, summary);
    }
}
