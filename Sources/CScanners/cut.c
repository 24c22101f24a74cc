// Cutting text where no token reaches across, by a table of all pairs of neighbouring bytes.
//
// One load and one store for each byte, and no branch that depends on where words end: those would be guessed wrongly once
// for each word.

#include "cscanners.h"

enum { BLOCK = 8 };

size_t cscanners_cut(
    const uint8_t *pairs, const uint8_t *origin, const uint8_t *start, const uint8_t *end, uint32_t *ends,
    size_t capacity) {
    size_t count = 0;
    const uint8_t *p = start + 1;
    while (end - p >= BLOCK && capacity - count >= BLOCK) {
        const uint8_t *left = p - 1;
        const uint32_t base = (uint32_t)(p - origin);
        uint8_t seen = 0;
        for (unsigned i = 0; i < BLOCK; i++) {
            const uint8_t found = pairs[left[i] | left[i + 1] << 8];
            ends[count] = base + i;
            count += found & CSCANNERS_CUT;
            seen |= found;
        }
        p += BLOCK;
        if ((seen & CSCANNERS_UNKNOWN) == 0) continue;
        // What ends before the scalar that holds the unknown pair, or begins with its second byte, is right.
        const uint8_t *unknown = p - BLOCK;
        while ((pairs[unknown[-1] | unknown[0] << 8] & CSCANNERS_UNKNOWN) == 0) unknown++;
        while ((*unknown & 0xC0) == 0x80) unknown--;
        const uint32_t limit = (uint32_t)(unknown - origin);
        while (count > 0 && ends[count - 1] >= limit) count--;
        break;
    }
    return count;
}
