// Looking for scalars of a set in text that is mostly ASCII.

#include "cscanners.h"

#if defined(__x86_64__)

#include "classes.h"

AVX512 INLINE uint64_t at_least_avx512(const uint8_t *p, uint8_t lead) {
    return _mm512_cmpge_epu8_mask(_mm512_loadu_si512(p), _mm512_set1_epi8((char)lead));
}

AVX2 INLINE uint64_t at_least_avx2(const uint8_t *p, uint8_t lead) {
    const __m256i first = _mm256_loadu_si256((const __m256i *)p);
    const __m256i second = _mm256_loadu_si256((const __m256i *)(p + 32));
    return ~((uint64_t)below(second, (char)lead) << 32 | below(first, (char)lead));
}

#define DEFINE_SKIP(name, LEVEL, at_least) \
    LEVEL static size_t name(const uint8_t *text, size_t length, uint8_t lead, const uint64_t *bits) { \
        size_t index = 0; \
        /* A scalar that begins in a window is read up to three bytes past it. */ \
        for (; length - index >= WINDOW + 4; index += WINDOW) { \
            /* Continuation bytes are below every lead byte. */ \
            uint64_t leads = at_least(text + index, lead); \
            for (; leads != 0; leads &= leads - 1) { \
                const size_t at = index + (size_t)__builtin_ctzll(leads); \
                unsigned size; \
                const uint32_t scalar = decode(text + at, &size); \
                if ((bits[scalar >> 6] >> (scalar & 63) & 1) != 0) return at; \
            } \
        } \
        return index; \
    }

DEFINE_SKIP(skip_avx2, AVX2, at_least_avx2)
DEFINE_SKIP(skip_avx512, AVX512, at_least_avx512)

size_t cscanners_skip(int level, const uint8_t *text, size_t length, uint8_t lead, const uint64_t *bits) {
    switch (level) {
    case CSCANNERS_AVX2: return skip_avx2(text, length, lead, bits);
    case CSCANNERS_AVX512: return skip_avx512(text, length, lead, bits);
    default: return 0;
    }
}

#else

size_t cscanners_skip(int level, const uint8_t *text, size_t length, uint8_t lead, const uint64_t *bits) { return 0; }

#endif
