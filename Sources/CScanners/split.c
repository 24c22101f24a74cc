// Splitting by the patterns of GPT-2 and of the cl100k family, 64 bytes at a time.
//
// A window begins where a pretoken begins, so that nothing before it matters. Bit masks of the classes of its bytes give,
// by shifts and additions, the mask of the places where pretokens begin. Those that depend on what follows the window are
// left out; the last that remains is where the next window begins. A window that settles nothing is left to the caller.
//
// Additions carry: for runs of ones in `mask` and a set `seeds` of first bits of runs, `mask & ~(mask + seeds)` are the runs
// that have a seed.

#include "cscanners.h"

#if defined(__x86_64__)

#include "classes.h"

INLINE uint64_t seeded_runs(uint64_t mask, uint64_t seeds) { return mask & ~(mask + seeds); }

INLINE uint64_t first_bits(uint64_t mask) { return mask & ~(mask << 1); }

// All bits below `index`, which is at most 64.
INLINE uint64_t bits_below(unsigned index) { return index >= 64 ? ~0ull : (1ull << index) - 1; }

// The length of `'s|'t|'m|'d|'re|'ve|'ll` at an apostrophe, 0 where none is there; with `folds` in either case, and with
// U+017F, which folds to s. Three bytes may be read.
INLINE unsigned contraction(const uint8_t *p, int folds) {
    const uint8_t fold = folds ? 0x20 : 0;
    switch (p[1] | fold) {
    case 's': case 't': case 'm': case 'd': return 2;
    case 'r': case 'v': return (p[2] | fold) == 'e' ? 3 : 0;
    case 'l': return (p[2] | fold) == 'l' ? 3 : 0;
    default: return folds && p[1] == 0xC5 && p[2] == 0xBF ? 3 : 0;
    }
}

// Adds the ends of contractions to the pretokens that begin at `starts`, none of which runs into the letters behind an
// apostrophe unless it is that apostrophe's own.
INLINE uint64_t with_contractions(uint64_t starts, const window *w, const uint8_t *p, int folds) {
    uint64_t candidates = starts & w->apostrophes & (w->letters >> 1);
    while (candidates != 0) {
        const unsigned at = (unsigned)__builtin_ctzll(candidates);
        candidates &= candidates - 1;
        const unsigned length = contraction(p + at, folds);
        if (length == 0) continue;
        starts &= ~(2ull << at);
        if (at + length < WINDOW) starts |= 1ull << (at + length);
    }
    return starts;
}

// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
INLINE uint64_t gpt2_starts(const window *w, const uint8_t *p) {
    const uint64_t white = w->spaces | w->breaks;
    const uint64_t runs = first_bits(w->letters) | first_bits(w->numbers) | first_bits(w->punctuation);
    // The last white space of a run stands alone or, if it is U+0020, before what follows.
    const uint64_t starts = (runs & ~(w->blanks << 1)) | first_bits(white) | (white & ~(white >> 1));
    return with_contractions(starts, w, p, 0);
}

// `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
INLINE uint64_t words_starts(const window *w, const uint8_t *p, int three_digits) {
    uint64_t numbers = w->numbers;
    if (three_digits) {
        // Every third of a run; only ASCII is here.
        const uint64_t triples = w->numbers & (w->numbers << 1) & (w->numbers << 2);
        uint64_t next = first_bits(w->numbers);
        numbers = next;
        while ((next = (next << 3) & triples) != 0) numbers |= next;
    }
    const uint64_t punctuation = first_bits(w->punctuation) & ~(w->blanks << 1);

    // Punctuation takes the line breaks behind it along; the rest of a run of white space is split behind its last line
    // break and before its last space.
    const uint64_t taken = seeded_runs(w->breaks, w->breaks & (w->punctuation << 1));
    const uint64_t white = (w->spaces | w->breaks) & ~taken;
    const uint64_t last = w->spaces & ~((w->spaces | w->breaks) >> 1);
    uint64_t behind_break = w->spaces & (white & w->breaks) << 1;
    // Spaces between line breaks are not behind the last one.
    uint64_t followed = w->breaks & (w->spaces + behind_break) & ~w->spaces;
    while (followed != 0) {
        const uint64_t before = behind_break & bits_below((unsigned)__builtin_ctzll(followed));
        behind_break &= ~(1ull << (63 - __builtin_clzll(before)));
        followed &= followed - 1;
    }

    // One space or punctuation that begins a pretoken leads the letters behind it; its last byte stands before them.
    const uint64_t leading = punctuation | seeded_runs(w->continuations, (punctuation << 1) & w->continuations);
    const uint64_t letters = first_bits(w->letters) & ~((w->spaces | leading) << 1);
    const uint64_t starts = letters | numbers | punctuation | first_bits(white) | last | behind_break;
    return with_contractions(starts, w, p, 1);
}

// The places behind the first byte of the window where pretokens surely begin.
INLINE uint64_t window_starts(window w, int pattern, const uint8_t *p, const cscanners_classes *classes) {
    w.valid = WINDOW;
    w.continuations = 0;
    if (w.high != 0) {
        // White space, and digits where they are counted, are looked at byte by byte.
        classify_high(
            &w, p, classes,
            pattern == CSCANNERS_WORDS_THREE_DIGITS ? classes->space | classes->number : classes->space);
    }
    w.punctuation = ~(w.letters | w.numbers | w.spaces | w.breaks);
    const uint64_t starts = pattern == CSCANNERS_GPT2
        ? gpt2_starts(&w, p) : words_starts(&w, p, pattern == CSCANNERS_WORDS_THREE_DIGITS);
    // How a run of white space is split depends on its end; where it begins does not.
    const uint64_t valid = bits_below(w.valid);
    const uint64_t settled = ~(w.spaces | w.breaks) & valid;
    const unsigned run = settled == 0 ? 0 : 64 - (unsigned)__builtin_clzll(settled);
    return starts & ~w.continuations & valid & bits_below(run + 1) & ~1ull;
}

// Writes `base` plus the index of every bit, and up to 64 places in all.
AVX512 INLINE void write_bits_avx512(uint64_t bits, uint32_t base, uint32_t *ends) {
    const __m512i indices = _mm512_maskz_compress_epi8(
        bits,
        _mm512_set_epi8(
            63, 62, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48, 47, 46, 45, 44, 43, 42, 41, 40, 39, 38, 37,
            36, 35, 34, 33, 32, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9,
            8, 7, 6, 5, 4, 3, 2, 1, 0));
    const __m512i bases = _mm512_set1_epi32((int)base);
    const int count = __builtin_popcountll(bits);
#define WRITE(quarter) \
    _mm512_storeu_si512( \
        ends + 16 * quarter, \
        _mm512_add_epi32(bases, _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(indices, quarter))))
    WRITE(0);
    WRITE(1);
    if (count > 32) {
        WRITE(2);
        WRITE(3);
    }
#undef WRITE
}

AVX2 INLINE void write_bits_avx2(uint64_t bits, uint32_t base, uint32_t *ends) {
    const int count = __builtin_popcountll(bits);
    // By eights, for the number is hard to predict. Past the last bit the index is 64.
    for (int first = 0; first < count; first += 8) {
        for (int i = first; i < first + 8; i++) {
            ends[i] = base + (uint32_t)_tzcnt_u64(bits);
            bits &= bits - 1;
        }
    }
}

#define DEFINE_SPLIT(name, LEVEL, ascii, write_bits, pattern) \
    LEVEL static size_t name( \
        const cscanners_classes *classes, const uint8_t *origin, const uint8_t *p, const uint8_t *end, uint32_t *ends, \
        size_t capacity) { \
        size_t count = 0; \
        /* Contractions and scalars that begin in a window are read up to three bytes past it. */ \
        while (end - p >= WINDOW + 4 && capacity - count >= WINDOW) { \
            const uint64_t starts = window_starts(ascii(p), pattern, p, classes); \
            if (starts == 0) break; \
            write_bits(starts, (uint32_t)(p - origin), ends + count); \
            count += (size_t)__builtin_popcountll(starts); \
            p += 63 - __builtin_clzll(starts); \
        } \
        return count; \
    }

DEFINE_SPLIT(gpt2_avx2, AVX2, ascii_avx2, write_bits_avx2, CSCANNERS_GPT2)
DEFINE_SPLIT(one_digit_avx2, AVX2, ascii_avx2, write_bits_avx2, CSCANNERS_WORDS_ONE_DIGIT)
DEFINE_SPLIT(three_digits_avx2, AVX2, ascii_avx2, write_bits_avx2, CSCANNERS_WORDS_THREE_DIGITS)
DEFINE_SPLIT(gpt2_avx512, AVX512, ascii_avx512, write_bits_avx512, CSCANNERS_GPT2)
DEFINE_SPLIT(one_digit_avx512, AVX512, ascii_avx512, write_bits_avx512, CSCANNERS_WORDS_ONE_DIGIT)
DEFINE_SPLIT(three_digits_avx512, AVX512, ascii_avx512, write_bits_avx512, CSCANNERS_WORDS_THREE_DIGITS)

typedef size_t split_function(
    const cscanners_classes *, const uint8_t *, const uint8_t *, const uint8_t *, uint32_t *, size_t);

size_t cscanners_split(
    int level, int pattern, const cscanners_classes *classes, const uint8_t *origin, const uint8_t *start,
    const uint8_t *end, uint32_t *ends, size_t capacity) {
    static split_function *const functions[2][3] = {
        {gpt2_avx2, one_digit_avx2, three_digits_avx2},
        {gpt2_avx512, one_digit_avx512, three_digits_avx512},
    };
    if (level < CSCANNERS_AVX2) return 0;
    return functions[level - CSCANNERS_AVX2][pattern](classes, origin, start, end, ends, capacity);
}

#else

size_t cscanners_split(
    int level, int pattern, const cscanners_classes *classes, const uint8_t *origin, const uint8_t *start,
    const uint8_t *end, uint32_t *ends, size_t capacity) {
    return 0;
}

#endif
