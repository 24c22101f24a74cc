#ifndef CSCANNERS_H
#define CSCANNERS_H

#include <stddef.h>
#include <stdint.h>

// The inner loops of encoding, for processors with vectors. Each has a scalar counterpart in Swift that says what it
// computes; here a function may stop early, and the caller goes on with the scalar one from where it stopped.
// No function reads or writes outside the ranges that it is given.

// What the processor offers. The functions below that take a level use no more than it; at CSCANNERS_SCALAR those that
// split and skip do nothing.
enum {
    CSCANNERS_SCALAR = 0,
    CSCANNERS_AVX2 = 1,    // AVX2, BMI1, BMI2, LZCNT
    CSCANNERS_AVX512 = 2,  // those, and AVX-512 F, BW, DQ, VL and VBMI2
};

// The highest level of this processor.
int cscanners_level(void);

// Which pattern to split by; the letters of CSCANNERS_WORDS are those that `letter_flags` names.
enum {
    CSCANNERS_GPT2 = 0,
    CSCANNERS_WORDS_ONE_DIGIT = 1,     // Qwen2
    CSCANNERS_WORDS_THREE_DIGITS = 2,  // cl100k, Llama-3
};

// One byte of flags for each scalar value, and the meaning of its bits.
typedef struct {
    const uint8_t *flags;  // 0x110000 bytes
    uint8_t letter;
    uint8_t number;
    uint8_t space;
} cscanners_classes;

// Takes valid UTF-8 apart from `start`, where a pretoken begins, and writes the ends of the pretokens, as distances from
// `origin` (at most `start`, and less than 2^31 before what is scanned), to `ends`. Returns how many; the last of them is
// where to go on.
//
// Stops when fewer than 64 of `capacity` places are left, near the end of the text, and before a pretoken that takes a
// look at more than a window of 64 bytes or at rare scalars.
size_t cscanners_split(
    int level, int pattern, const cscanners_classes *classes, const uint8_t *origin, const uint8_t *start,
    const uint8_t *end, uint32_t *ends, size_t capacity);

enum {
    CSCANNERS_CUT = 1,      // the text may be cut between these two bytes
    CSCANNERS_UNKNOWN = 2,  // two bytes do not tell
};

// Cuts valid UTF-8 from `start`, where a stretch begins, as `pairs` says: 65,536 bytes, that of a pair at its first byte plus
// 256 times its second. Of a scalar beyond ASCII the pair of its lead byte and what comes before may tell a cut for a scalar
// that a later pair of its bytes rules out by CSCANNERS_UNKNOWN. Writes and returns as cscanners_split, and stops at an
// unknown pair, near the end of the text, and when `capacity` is nearly used up.
size_t cscanners_cut(
    const uint8_t *pairs, const uint8_t *origin, const uint8_t *start, const uint8_t *end, uint32_t *ends,
    size_t capacity);

// A pretoken seen before: its bytes, at most 15, filled up with 0xFF, and its ids, at least one. `ids[0]` has their number in
// its top four bits, and those that are not there have all bits. A free entry is zero.
typedef struct {
    uint64_t low;
    uint64_t high;
    uint32_t ids[4];
} cscanners_entry;

// A key is at its home or at the places whose numbers differ from it in the lowest bits.
enum { CSCANNERS_PLACES = 4 };

typedef struct {
    const cscanners_entry *entries;
    unsigned log_capacity;    // the binary logarithm of their number, from 2 to 32
    uint64_t multipliers[2];  // odd, and random
} cscanners_cache;

// The home of a key: the same at every level.
size_t cscanners_home(const cscanners_cache *cache, uint64_t low, uint64_t high);

// Looks the pretokens up whose ends are `ends`, the first beginning at `start`, and writes their ids to `ids`, where there is
// room for four for each and for 16 more. Returns how many were found before the first that is not there, has more than 15
// bytes, or begins within 16 bytes of `limit`, before which memory may be read; `*count` is how many ids that makes.
size_t cscanners_find(
    int level, const cscanners_cache *cache, const uint8_t *origin, uint32_t start, const uint32_t *ends, size_t pretokens,
    const uint8_t *limit, uint32_t *ids, size_t *count);

// The offset of the first scalar of valid UTF-8 whose lead byte is at least `lead` (0xC2 or more) and that has a bit in
// `bits`, or `length`, or somewhere near the end before which there is none.
size_t cscanners_skip(int level, const uint8_t *text, size_t length, uint8_t lead, const uint64_t *bits);

#endif
