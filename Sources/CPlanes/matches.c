// Repetitions among elements, and runs among bytes.

#include "planes.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

// After so many elements in a row that repeat nothing some are skipped, more and more: noise costs little.
enum { PATIENCE_LOG = 6 };

// How many of the places inside a repetition are taken note of, from its end on.
enum { SEEN_INSIDE = 2 };

// The symbol of a length, 3...LONGEST, in deflate.
INLINE unsigned length_symbol(unsigned length) {
    const unsigned above = length - 3;
    if (above < 8) return above;
    if (length == LONGEST) return 28;
    const unsigned extra = 29 - (unsigned)__builtin_clz(above);
    return 4 * extra + (above >> extra);
}

// The symbol of a distance, 1...FARTHEST.
INLINE unsigned distance_symbol(unsigned distance) {
    const unsigned above = distance - 1;
    if (above < 4) return above;
    const unsigned extra = 30 - (unsigned)__builtin_clz(above);
    return 2 * extra + (above >> extra);
}

// Appends a repetition, in pieces none of which is shorter than 4.
INLINE sequence *append(sequence *next, size_t literals, size_t length, size_t distance) {
    const uint8_t symbol = (uint8_t)distance_symbol((unsigned)distance);
    for (; length > LONGEST; literals = 0) {
        const size_t piece = length >= LONGEST + 4 ? LONGEST : length - 4;
        *next++ = (sequence){
            (uint16_t)literals, (uint16_t)piece, (uint16_t)distance, (uint8_t)length_symbol((unsigned)piece), symbol};
        length -= piece;
    }
    *next++ = (sequence){
        (uint16_t)literals, (uint16_t)length, (uint16_t)distance, (uint8_t)length_symbol((unsigned)length), symbol};
    return next;
}

INLINE size_t hash(const uint8_t *p, size_t size) {
    const uint64_t first = 0x9E3779B97F4A7C15, second = 0xC2B2AE3D27D4EB4F, third = 0x165667B19E3779F9;
    uint64_t sum;
    switch (size) {
    case 1: sum = (load32(p) ^ (uint64_t)load32(p + 2) << 32) * first; break;
    case 2: sum = load64(p) * first + load32(p + 8) * second; break;
    case 4: sum = load64(p) * first + load64(p + 8) * second + load64(p + 16) * third; break;
    default:
        sum = 0;
        for (unsigned i = 0; i < SHORTEST; i++) sum = (sum ^ sum >> 29 ^ load64(p + 8 * i)) * first;
    }
    return sum >> (64 - MATCH_LOG);
}

// How many bytes are equal from the start, at most `limit`.
INLINE size_t equal_bytes(const uint8_t *a, const uint8_t *b, size_t limit) {
    size_t count = 0;
#if defined(__SSE2__)
    for (; count + 64 <= limit; count += 64) {
        uint64_t equal = 0;
        for (unsigned i = 0; i < 64; i += 16) {
            const __m128i x = _mm_loadu_si128((const __m128i *)(a + count + i));
            const __m128i y = _mm_loadu_si128((const __m128i *)(b + count + i));
            equal |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(x, y)) << i;
        }
        if (equal != UINT64_MAX) return count + (size_t)__builtin_ctzll(~equal);
    }
#endif
    for (; count + 8 <= limit; count += 8) {
        const uint64_t difference = load64(a + count) ^ load64(b + count);
        if (difference != 0) return count + zero_bytes(difference);
    }
    while (count < limit && a[count] == b[count]) count++;
    return count;
}

INLINE size_t find(
    const uint8_t *elements, const size_t size, size_t from, size_t to, match_table *table, sequence *sequences) {
    sequence *next = sequences;
    size_t index = from, literals = from;
    while (index + SHORTEST <= to) {
        const uint8_t *here = elements + index * size;
        uint16_t *place = &table->places[hash(here, size)];
        const size_t distance = (uint16_t)(index - *place);
        *place = (uint16_t)index;
        if (distance - 1 >= FARTHEST || distance > index || memcmp(here, here - distance * size, SHORTEST * size) != 0) {
            index += 1 + ((index - literals) >> PATIENCE_LOG);
            continue;
        }
        size_t start = index;
        index += SHORTEST;
        index += equal_bytes(elements + index * size, elements + (index - distance) * size, (to - index) * size) / size;
        while (start > literals && start > distance
            && memcmp(elements + (start - 1) * size, elements + (start - 1 - distance) * size, size) == 0) {
            start--;
        }
        next = append(next, start - literals, index - start, distance);
        literals = index;
        // The places inside: those near its ends are the likely starts of others.
        const size_t last = index + SHORTEST <= to ? index : to - SHORTEST + 1;
        for (size_t inside = last > start + SEEN_INSIDE ? last - SEEN_INSIDE : start + 1; inside < last; inside++) {
            table->places[hash(elements + inside * size, size)] = (uint16_t)inside;
        }
    }
    *next++ = (sequence){(uint16_t)(to - literals)};
    return (size_t)(next - sequences);
}

size_t find_matches(
    const uint8_t *elements, size_t size, size_t from, size_t to, match_table *table, sequence *sequences) {
    switch (size) {
    case 1: return find(elements, 1, from, to, table, sequences);
    case 2: return find(elements, 2, from, to, table, sequences);
    case 4: return find(elements, 4, from, to, table, sequences);
    case 8: return find(elements, 8, from, to, table, sequences);
    default: *sequences = (sequence){(uint16_t)(to - from)}; return 1;
    }
}

size_t find_runs(const uint8_t *bytes, size_t count, sequence *sequences) {
    sequence *next = sequences;
    size_t literals = 0, index = 1;
    while (index + 8 <= count) {
        const uint64_t difference = load64(bytes + index) ^ load64(bytes + index - 1);
        // The lowest four bytes that all repeat the one before, in the word that begins here.
        if ((uint32_t)difference != 0) {
            index += 4 - ((unsigned)__builtin_clz((uint32_t)difference) >> 3);
            continue;
        }
        const size_t length = equal_bytes(bytes + index, bytes + index - 1, count - index);
        next = append(next, index - literals, length, 1);
        index += length;
        literals = index;
        index += 1;
    }
    *next++ = (sequence){(uint16_t)(count - literals)};
    return (size_t)(next - sequences);
}
