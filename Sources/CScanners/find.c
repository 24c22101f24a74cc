// Looking up the pretokens of a text that have been seen before.
//
// Nearly all have been, so what counts is that the branches are easy to predict: then the processor has the look-ups of a
// dozen pretokens under way at once, and the time that the cache lines take to come is hidden. What remains is the number of
// instructions: some 38 for each pretoken one by one, some 20 where four share a vector.

#include "cscanners.h"

#include <string.h>

// Read 16 bytes from the n-th before the middle: what a pretoken of n bytes is filled up with. The bytes 0xFF do not occur in
// UTF-8.
static const uint8_t padding[32] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
};

typedef uint32_t four_ids __attribute__((vector_size(16)));

enum { COUNT_SHIFT = 28, ID_MASK = 0x0FFFFFFF };

// Multiply-shift hashing: the top bits of the sum.
static inline size_t home(const cscanners_cache *cache, uint64_t low, uint64_t high) {
    return (low * cache->multipliers[0] + high * cache->multipliers[1]) >> (64 - cache->log_capacity);
}

size_t cscanners_home(const cscanners_cache *cache, uint64_t low, uint64_t high) { return home(cache, low, high); }

static inline uint64_t word(const uint8_t *p) {
    uint64_t result;
    memcpy(&result, p, sizeof result);
    return result;
}

static inline int differs(const cscanners_entry *entry, uint64_t low, uint64_t high) {
    return ((entry->low ^ low) | (entry->high ^ high)) != 0;
}

// A walk over pretokens: the next begins at `start`, and its ids go to `ids`.
typedef struct {
    const uint8_t *origin;
    const uint32_t *ends;
    size_t index;
    uint32_t start;
    uint32_t *ids;
} walk;

// Looks up the pretokens before `stop`; returns 0 at one that is not there. All may be read by 16 bytes.
static inline int find_each(const cscanners_cache *cache, walk *w, size_t stop) {
    const four_ids without_count = {ID_MASK, ~0u, ~0u, ~0u};
    for (; w->index < stop; w->index++) {
        const uint8_t *p = w->origin + w->start;
        const size_t length = w->ends[w->index] - w->start;
        if (length > 15) return 0;
        const uint64_t low = word(p) | word(padding + 16 - length);
        const uint64_t high = word(p + 8) | word(padding + 24 - length);
        const size_t place = home(cache, low, high);
        const cscanners_entry *entry = &cache->entries[place];
        // Some nineteen of twenty are at home.
        for (size_t other = 1; differs(entry, low, high); other++) {
            if (other == CSCANNERS_PLACES) return 0;
            entry = &cache->entries[place ^ other];
        }
        four_ids lanes;
        memcpy(&lanes, entry->ids, sizeof lanes);
        lanes &= without_count;
        memcpy(w->ids, &lanes, sizeof lanes);
        w->ids += entry->ids[0] >> COUNT_SHIFT;
        w->start = w->ends[w->index];
    }
    return 1;
}

#if defined(__x86_64__)

#include "classes.h"

AVX512 INLINE __m512i four(const void *a, const void *b, const void *c, const void *d) {
    __m512i all = _mm512_castsi128_si512(_mm_loadu_si128(a));
    all = _mm512_mask_broadcast_i64x2(all, 0x0C, _mm_loadu_si128(b));
    all = _mm512_mask_broadcast_i64x2(all, 0x30, _mm_loadu_si128(c));
    return _mm512_mask_broadcast_i64x2(all, 0xC0, _mm_loadu_si128(d));
}

// Looks up four pretokens at a time; returns at four of which one is not there, or elsewhere than at home or next to it.
AVX512 INLINE void find_fours(const cscanners_cache *cache, walk *walked, size_t stop) {
    walk w = *walked;
    const uint8_t *entries = (const uint8_t *)cache->entries;
    const __m512i positions =
        _mm512_broadcast_i32x4(_mm_set_epi8(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0));
    // Spreads the lowest byte of each of four numbers over the bytes of its lane.
    const __m512i spread = _mm512_inserti64x4(
        _mm512_castsi256_si512(_mm256_set_m128i(_mm_set1_epi8(4), _mm_setzero_si128())),
        _mm256_set_m128i(_mm_set1_epi8(12), _mm_set1_epi8(8)), 1);
    const __m512i multipliers = _mm512_broadcast_i64x2(
        _mm_set_epi64x((int64_t)cache->multipliers[1], (int64_t)cache->multipliers[0]));
    const __m512i without_count = _mm512_broadcast_i32x4(_mm_set_epi32(-1, -1, -1, ID_MASK));
    const __m128i shift = _mm_cvtsi32_si128(64 - (int)cache->log_capacity);

    while (w.index + 4 <= stop) {
        const uint32_t *const ends = w.ends + w.index;
        const uint8_t *const p = w.origin;
        const __m128i four_ends = _mm_loadu_si128((const __m128i *)ends);
        const __m128i starts = _mm_insert_epi32(_mm_slli_si128(four_ends, 4), (int)w.start, 0);
        // A key of 16 bytes is none that is kept.
        const __m128i lengths = _mm_min_epu32(_mm_sub_epi32(four_ends, starts), _mm_set1_epi32(16));
        const __m512i spread_lengths = _mm512_shuffle_epi8(_mm512_broadcast_i32x4(lengths), spread);
        const __m512i keys = _mm512_mask_mov_epi8(
            four(p + w.start, p + ends[0], p + ends[1], p + ends[2]),
            _mm512_cmple_epu8_mask(spread_lengths, positions), _mm512_set1_epi8(-1));

        const __m512i products = _mm512_mullo_epi64(keys, multipliers);
        const __m512i sums = _mm512_add_epi64(products, _mm512_shuffle_epi32(products, _MM_PERM_BADC));
        uint64_t offsets[8];
        _mm512_storeu_si512(offsets, _mm512_slli_epi64(_mm512_srl_epi64(sums, shift), 5));
        const uint8_t *a = entries + offsets[0], *b = entries + offsets[2];
        const uint8_t *c = entries + offsets[4], *d = entries + offsets[6];
        unsigned differ = _mm512_cmpneq_epi64_mask(keys, four(a, b, c, d));
        if (__builtin_expect(differ != 0, 0)) {
            // Two bits for each key; those that differ are tried next to their homes, 32 bytes away.
            differ |= differ >> 1;
            a = entries + (offsets[0] ^ (differ << 5 & 32));
            b = entries + (offsets[2] ^ (differ << 3 & 32));
            c = entries + (offsets[4] ^ (differ << 1 & 32));
            d = entries + (offsets[6] ^ (differ >> 1 & 32));
            if (_mm512_cmpneq_epi64_mask(keys, four(a, b, c, d)) != 0) break;
        }
        const __m512i ids = four(a + 16, b + 16, c + 16, d + 16);
        const __mmask16 present = (__mmask16)~_mm512_movepi32_mask(ids);
        _mm512_storeu_si512(w.ids, _mm512_maskz_compress_epi32(present, _mm512_and_si512(ids, without_count)));
        w.ids += __builtin_popcount(present);
        w.start = ends[3];
        w.index += 4;
    }
    *walked = w;
}

AVX512 static void find_avx512(const cscanners_cache *cache, walk *w, size_t stop) {
    do {
        find_fours(cache, w, stop);
    } while (w->index < stop && find_each(cache, w, w->index + 4 < stop ? w->index + 4 : stop));
}

#endif

size_t cscanners_find(
    int level, const cscanners_cache *cache, const uint8_t *origin, uint32_t start, const uint32_t *ends, size_t pretokens,
    const uint8_t *limit, uint32_t *ids, size_t *count) {
    while (pretokens > 0 && limit - origin - (pretokens > 1 ? ends[pretokens - 2] : start) < 16) pretokens--;
    // A copy: for all that the compiler knows the ids could be stored over it.
    const cscanners_cache table = *cache;
    walk w = {origin, ends, 0, start, ids};
    switch (level) {
#if defined(__x86_64__)
    case CSCANNERS_AVX512: find_avx512(&table, &w, pretokens); break;
#endif
    default: find_each(&table, &w, pretokens);
    }
    *count = (size_t)(w.ids - ids);
    return w.index;
}
