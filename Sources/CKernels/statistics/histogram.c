// Histograms of bit patterns. A processor adds to one bin some three billion times a second, if the bins in use stay in the
// nearest cache, and they do: the weights of a tensor have a few thousand patterns of 16 bits.

#include "../conversions/conversions.h"

void ckernels_count_bytes(const uint8_t *source, size_t count, uint64_t *bins) {
    // Four tables, for an addition that waits for the one before it takes longer.
    uint32_t tables[4][256];
    while (count > 0) {
        const size_t part = count < 1u << 30 ? count : 1u << 30;
        memset(tables, 0, sizeof tables);
        size_t i = 0;
        for (; i + 8 <= part; i += 8) {
            uint64_t x;
            memcpy(&x, source + i, sizeof x);
            tables[0][x & 0xFF]++;
            tables[1][x >> 8 & 0xFF]++;
            tables[2][x >> 16 & 0xFF]++;
            tables[3][x >> 24 & 0xFF]++;
            tables[0][x >> 32 & 0xFF]++;
            tables[1][x >> 40 & 0xFF]++;
            tables[2][x >> 48 & 0xFF]++;
            tables[3][x >> 56]++;
        }
        for (; i < part; i++) tables[0][source[i]]++;
        for (size_t bin = 0; bin < 256; bin++)
            bins[bin] += (uint64_t)tables[0][bin] + tables[1][bin] + tables[2][bin] + tables[3][bin];
        source += part;
        count -= part;
    }
}

// `size` is that of an element in bytes.
INLINE void count_halves(const uint8_t *source, size_t count, size_t size, uint64_t *bins) {
    for (size_t i = 0; i < count; i++) bins[*(const any_u16 *)(source + i * size + size - 2)]++;
}

// A NaN whose upper half is that of an infinity goes to the bin of the quiet NaN of its sign. That there are any is rare,
// so it is looked for only where such a half has been seen.
static void count_f32(const uint8_t *source, size_t count, uint64_t *bins) {
    const uint64_t before = bins[0x7F80] + bins[0xFF80];
    count_halves(source, count, 4, bins);
    if (bins[0x7F80] + bins[0xFF80] == before) return;
    for (size_t i = 0; i < count; i++) {
        const uint32_t bits = ((const any_u32 *)source)[i];
        if ((bits & 0x7FFF0000) != 0x7F800000 || (bits & 0xFFFF) == 0) continue;
        bins[bits >> 16]--;
        bins[bits >> 16 | 0x40]++;
    }
}

static void count_f64(const uint8_t *source, size_t count, uint64_t *bins) {
    const uint64_t before = bins[0x7FF0] + bins[0xFFF0];
    count_halves(source, count, 8, bins);
    if (bins[0x7FF0] + bins[0xFFF0] == before) return;
    for (size_t i = 0; i < count; i++) {
        const uint64_t bits = ((const any_u64 *)source)[i];
        if ((bits & 0x7FFF000000000000) != DOUBLE_INFINITY || (bits & 0xFFFFFFFFFFFF) == 0) continue;
        bins[bits >> 48]--;
        bins[bits >> 48 | 8]++;
    }
}

void ckernels_count_upper_halves(int level, int type, const uint8_t *source, size_t count, uint64_t *bins) {
    if (type < 0 || type >= CKERNELS_TYPES) return;
    const size_t size = element_size(type);
    if (size == 2) count_halves(source, count, 2, bins);
    if (size < 4) return;
    uint8_t doubles[8 * CKERNELS_BLOCK] __attribute__((aligned(64)));
    for (size_t i = 0; i < count; i += CKERNELS_BLOCK) {
        const size_t part = count - i < CKERNELS_BLOCK ? count - i : CKERNELS_BLOCK;
        const uint8_t *const from = source + i * size;
        if (type == CKERNELS_FLOAT32) {
            count_f32(from, part, bins);
        } else if (type == CKERNELS_FLOAT64) {
            count_f64(from, part, bins);
        } else {
            conversions_at(level)->doubles[type](from, part, doubles);
            count_f64(doubles, part, bins);
        }
    }
}
