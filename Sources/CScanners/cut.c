// Cutting text where no token reaches across, by a table of all pairs of neighbouring bytes.
//
// One look-up and one store for each byte, and no branch that depends on where words end: those would be guessed wrongly
// once for each word.

#include "cscanners.h"

enum { BLOCK = 8, STRETCH = 64 };

size_t cscanners_cut(
    const uint8_t *pairs, const uint8_t *origin, const uint8_t *start, const uint8_t *end, uint32_t *ends,
    size_t capacity) {
    // A stretch without a cut must not outgrow the distances.
    const uint8_t *stop = end;
    if ((size_t)(end - start) > STRETCH * capacity) stop = start + STRETCH * capacity;

    size_t count = 0;
    const uint8_t *p = start + 1;
    while (stop - p >= BLOCK && capacity - count >= BLOCK) {
        const uint8_t *left = p - 1;
        const uint32_t base = (uint32_t)(p - origin);
        uint8_t seen = 0;
        for (unsigned i = 0; i < BLOCK; i++) {
            const uint8_t found = pairs[left[i] | left[i + 1] << 8];
            ends[count] = base + i;
            count += found & CSCANNERS_CUT;
            seen |= found;
        }
        if ((seen & CSCANNERS_UNKNOWN) != 0) {
            while ((pairs[p[-1] | p[0] << 8] & CSCANNERS_UNKNOWN) == 0) p++;
            break;
        }
        p += BLOCK;
    }
    // What was told of a scalar by its first bytes holds when all of them have been seen.
    if (p < end) {
        while ((*p & 0xC0) == 0x80) p--;
        while (count > 0 && ends[count - 1] >= (uint32_t)(p - origin)) count--;
    }
    return count;
}
