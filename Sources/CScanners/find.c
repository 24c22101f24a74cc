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

// What is kept of the 16 bytes at a pretoken of each length, and what is put into the top byte.
#define LOW(n) ((n) >= 8 ? ~0ull : (1ull << (8 * (n) % 64)) - 1)
#define HIGH(n) ((n) <= 8 ? 0 : (1ull << (8 * ((n) + 8) % 64)) - 1)
#define KEY(n) {LOW(n), HIGH(n), (uint64_t)(n) << 56}
static const uint64_t keys[16][3] = {
    KEY(0), KEY(1), KEY(2), KEY(3), KEY(4), KEY(5), KEY(6), KEY(7),
    KEY(8), KEY(9), KEY(10), KEY(11), KEY(12), KEY(13), KEY(14), KEY(15),
};

typedef uint32_t four_ids __attribute__((vector_size(16)));

size_t cscanners_find(
    const cscanners_cache *cache, const uint8_t *origin, uint32_t start, const uint32_t *ends, size_t pretokens,
    const uint8_t *limit, uint32_t *ids, size_t *count) {
    const four_ids without_count = {0x0FFFFFFF, ~0u, ~0u, ~0u};
    uint32_t *out = ids;
    size_t i = 0;
    for (; i < pretokens; i++) {
        const uint32_t stop = ends[i];
        const uint32_t length = stop - start;
        const uint8_t *p = origin + start;
        if (length > 15 || limit - p < 16) break;
        uint64_t low, high;
        memcpy(&low, p, 8);
        memcpy(&high, p + 8, 8);
        low &= keys[length][0];
        high = (high & keys[length][1]) | keys[length][2];
        const size_t index = home(cache, low, high);
        const cscanners_entry *entry = &cache->entries[index];
        if (((entry->low ^ low) | (entry->high ^ high)) != 0) {
            entry = &cache->entries[index ^ 1];
            if (((entry->low ^ low) | (entry->high ^ high)) != 0) break;
        }
        four_ids lanes;
        memcpy(&lanes, entry->ids, sizeof lanes);
        const uint32_t found = lanes[0] >> 28;
        lanes &= without_count;
        memcpy(out, &lanes, sizeof lanes);
        out += found;
        start = stop;
    }
    *count = (size_t)(out - ids);
    return i;
}
