// Looking up the pretokens of a text that have been seen before.
//
// Nearly all have been, so what counts is that the branches are easy to predict: then the processor has the look-ups of a
// dozen pretokens under way at once, and the time that the cache lines take to come is hidden.

#include "cscanners.h"

#include <string.h>

static inline __attribute__((always_inline)) size_t home(const cscanners_cache *cache, uint64_t low, uint64_t high) {
    const unsigned __int128 product =
        (unsigned __int128)(low ^ 0x9E3779B97F4A7C15u) * (high ^ cache->seed);
    return ((uint64_t)(product >> 64) ^ (uint64_t)product) & cache->mask;
}

size_t cscanners_home(const cscanners_cache *cache, uint64_t low, uint64_t high) { return home(cache, low, high); }

// Read 16 bytes from the n-th before the middle: what a pretoken of n bytes is filled up with. The bytes 0xFF do not occur in
// UTF-8.
static const uint8_t padding[32] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
};

typedef uint32_t four_ids __attribute__((vector_size(16)));

static inline uint64_t word(const uint8_t *p) {
    uint64_t result;
    memcpy(&result, p, sizeof result);
    return result;
}

static inline int differs(const cscanners_entry *entry, uint64_t low, uint64_t high) {
    return ((entry->low ^ low) | (entry->high ^ high)) != 0;
}

size_t cscanners_find(
    const cscanners_cache *cache, const uint8_t *origin, uint32_t start, const uint32_t *ends, size_t pretokens,
    const uint8_t *limit, uint32_t *ids, size_t *count) {
    // In variables: for all that the compiler knows the ids could be stored over them.
    const cscanners_cache table = *cache;
    const four_ids without_count = {0x0FFFFFFF, ~0u, ~0u, ~0u};
    uint32_t *out = ids;
    size_t readable = pretokens;
    while (readable > 0 && limit - origin - (readable > 1 ? ends[readable - 2] : start) < 16) readable--;
    size_t i = 0;
    for (; i < readable; i++) {
        const uint8_t *p = origin + start;
        const size_t length = ends[i] - start;
        if (length > 15) break;
        const uint64_t low = word(p) | word(padding + 16 - length);
        const uint64_t high = word(p + 8) | word(padding + 24 - length);
        const size_t place = home(&table, low, high);
        const cscanners_entry *entry = &table.entries[place];
        if (differs(entry, low, high)) {
            entry = &table.entries[place ^ 1];
            if (differs(entry, low, high)) break;
        }
        four_ids lanes;
        memcpy(&lanes, entry->ids, sizeof lanes);
        lanes &= without_count;
        // Four places are there for every pretoken.
        memcpy(out, &lanes, sizeof lanes);
        out += entry->ids[0] >> 28;
        start = ends[i];
    }
    *count = (size_t)(out - ids);
    return i;
}
