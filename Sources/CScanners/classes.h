#ifndef CSCANNERS_CLASSES_H
#define CSCANNERS_CLASSES_H

// The classes of 64 bytes of text as bit masks, bit i for byte i.

#include <immintrin.h>

#include "cscanners.h"

#define AVX2 __attribute__((target("avx2,bmi,bmi2,lzcnt,popcnt")))
#define AVX512 __attribute__((target("avx2,bmi,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi2")))
#define INLINE static inline __attribute__((always_inline))

enum { WINDOW = 64 };

// Every byte is in exactly one of letters, numbers, spaces, breaks and punctuation, which is what is left; the bytes of a
// longer scalar are all in the class of their scalar.
typedef struct {
    uint64_t letters;
    uint64_t numbers;
    uint64_t spaces;       // white space other than line breaks
    uint64_t breaks;       // \r and \n
    uint64_t punctuation;
    uint64_t blanks;       // U+0020
    uint64_t apostrophes;
    uint64_t high;         // bytes of scalars beyond ASCII
    uint64_t continuations;
    unsigned valid;        // how many bytes of the window are classified
} window;

AVX512 INLINE window ascii_avx512(const uint8_t *p) {
    const __m512i bytes = _mm512_loadu_si512(p);
    const __m512i folded = _mm512_or_si512(bytes, _mm512_set1_epi8(0x20));
    const __m512i from_a = _mm512_sub_epi8(folded, _mm512_set1_epi8('a'));
    const __m512i from_zero = _mm512_sub_epi8(bytes, _mm512_set1_epi8('0'));
    const __m512i from_tab = _mm512_sub_epi8(bytes, _mm512_set1_epi8('\t'));
    window w;
    w.letters = _mm512_cmplt_epu8_mask(from_a, _mm512_set1_epi8(26));
    w.numbers = _mm512_cmplt_epu8_mask(from_zero, _mm512_set1_epi8(10));
    w.blanks = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(' '));
    w.breaks = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('\n'))
        | _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('\r'));
    w.spaces = (w.blanks | _mm512_cmplt_epu8_mask(from_tab, _mm512_set1_epi8(5))) & ~w.breaks;
    w.apostrophes = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('\''));
    w.high = _mm512_movepi8_mask(bytes);
    return w;
}

// Whether each byte, unsigned, is below `limit`.
AVX2 INLINE uint32_t below(__m256i bytes, char limit) {
    const __m256i largest = _mm256_set1_epi8((char)(limit - 1));
    return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_min_epu8(bytes, largest), bytes));
}

AVX2 INLINE uint32_t equal(__m256i bytes, char value) {
    return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(value)));
}

AVX2 INLINE window ascii_half_avx2(const uint8_t *p) {
    const __m256i bytes = _mm256_loadu_si256((const __m256i *)p);
    const __m256i folded = _mm256_or_si256(bytes, _mm256_set1_epi8(0x20));
    window w;
    w.letters = below(_mm256_sub_epi8(folded, _mm256_set1_epi8('a')), 26);
    w.numbers = below(_mm256_sub_epi8(bytes, _mm256_set1_epi8('0')), 10);
    w.blanks = equal(bytes, ' ');
    w.breaks = equal(bytes, '\n') | equal(bytes, '\r');
    w.spaces = (w.blanks | below(_mm256_sub_epi8(bytes, _mm256_set1_epi8('\t')), 5)) & ~w.breaks;
    w.apostrophes = equal(bytes, '\'');
    w.high = (uint32_t)_mm256_movemask_epi8(bytes);
    return w;
}

AVX2 INLINE window ascii_avx2(const uint8_t *p) {
    window w = ascii_half_avx2(p);
    const window second = ascii_half_avx2(p + 32);
    w.letters |= second.letters << 32;
    w.numbers |= second.numbers << 32;
    w.blanks |= second.blanks << 32;
    w.breaks |= second.breaks << 32;
    w.spaces |= second.spaces << 32;
    w.apostrophes |= second.apostrophes << 32;
    w.high |= second.high << 32;
    return w;
}

// Scalars of two to four bytes. `p` points to a lead byte of valid UTF-8.
INLINE uint32_t decode(const uint8_t *p, unsigned *length) {
    const uint32_t lead = p[0];
    if (lead < 0xE0) {
        *length = 2;
        return (lead & 0x1F) << 6 | (p[1] & 0x3Fu);
    }
    if (lead < 0xF0) {
        *length = 3;
        return (lead & 0x0F) << 12 | (p[1] & 0x3Fu) << 6 | (p[2] & 0x3Fu);
    }
    *length = 4;
    return (lead & 0x07) << 18 | (p[1] & 0x3Fu) << 12 | (p[2] & 0x3Fu) << 6 | (p[3] & 0x3Fu);
}

// Puts the scalars beyond ASCII into their classes. The window ends before one that it does not hold whole, and before one
// of the classes `rare`: the bit arithmetic of the patterns takes each of those for a single byte.
INLINE void classify_high(window *w, const uint8_t *p, const cscanners_classes *classes, uint8_t rare) {
    uint64_t rest = w->high;
    while (rest != 0) {
        const unsigned at = (unsigned)__builtin_ctzll(rest);
        unsigned length;
        // Valid text and a window well before its end: what the lead byte promises is there.
        const uint8_t flags = classes->flags[decode(p + at, &length)];
        if (at + length > WINDOW || (flags & rare) != 0) {
            w->valid = at;
            return;
        }
        const uint64_t bytes = ((1ull << length) - 1) << at;
        w->letters |= (flags & classes->letter) != 0 ? bytes : 0;
        w->numbers |= (flags & classes->number) != 0 ? bytes : 0;
        w->continuations |= bytes & (bytes << 1);
        rest &= ~bytes;
    }
}

#endif
