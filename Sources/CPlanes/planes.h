#ifndef CPLANES_PLANES_H
#define CPLANES_PLANES_H

// What the parts of CPlanes share.

#include <string.h>

#include "cplanes.h"

#define INLINE static inline __attribute__((always_inline))

enum {
    SEGMENT = 1 << 15,  // elements whose planes are one block each
    SHORTEST = 6,       // elements that are looked for where they repeat
    LONGEST = 258,      // what deflate repeats at once
    FARTHEST = 1 << 15,  // the distance in elements that deflate can say
};

// Some elements as they are, then some, at most LONGEST, that repeat those at a distance; there are none of these at the end.
typedef struct {
    uint16_t literals;
    uint16_t length;
    uint16_t distance;
    // The symbols of both, less those before the first of them.
    uint8_t length_symbol;
    uint8_t distance_symbol;
} sequence;

// At most so many sequences are a segment.
enum { SEQUENCES = SEGMENT / 4 + 2 };

INLINE uint64_t load64(const uint8_t *p) {
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return word;
}

INLINE uint32_t load32(const uint8_t *p) {
    uint32_t word;
    memcpy(&word, p, sizeof word);
    return word;
}

// How many bytes from the lowest on are zero, of a word that is not: the first in memory are the lowest, where the byte order
// is little endian, which all else here takes for granted too.
INLINE unsigned zero_bytes(uint64_t word) { return (unsigned)__builtin_ctzll(word) >> 3; }

enum { MATCH_LOG = 14 };

// Where elements of a hash were seen last, modulo 2^16.
typedef struct {
    uint16_t places[1 << MATCH_LOG];
} match_table;

// The repetitions in elements `from`..<`to`, at most SEGMENT, of those before; returns the number of sequences. The table is
// zero before the first segment and goes from one to the next.
size_t find_matches(
    const uint8_t *elements, size_t element_size, size_t from, size_t to, match_table *table, sequence *sequences);

// The runs in bytes, at most SEGMENT, as repetitions at distance 1; returns the number of sequences.
size_t find_runs(const uint8_t *bytes, size_t count, sequence *sequences);

// The lengths in bits, at most `limit`, of a prefix code that makes as little as possible, or nearly, of symbols that occur so
// often. At most 288 symbols; each count is below 2^16. A symbol that does not occur has length 0, one that is alone 1.
void code_lengths(const uint32_t *counts, unsigned symbols, unsigned limit, uint8_t *lengths);

// The canonical code of such lengths, its bits in the order in which deflate writes them.
void code_words(const uint8_t *lengths, unsigned symbols, uint16_t *words);

#endif
