// Elements to byte planes. Vectors of 16 bytes, which every processor has, do this at some tens of gigabytes a second, so
// there are no others.

#include "planes.h"

typedef uint8_t bytes16 __attribute__((vector_size(16)));

INLINE bytes16 load(const uint8_t *p) {
    bytes16 v;
    memcpy(&v, p, sizeof v);
    return v;
}

INLINE bytes16 even(bytes16 a, bytes16 b) {
    return __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
}

INLINE bytes16 odd(bytes16 a, bytes16 b) {
    return __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
}

// Takes `size` vectors, a power of two, apart: vector i becomes the bytes whose index is i modulo `size`. Each step splits
// by the lowest bit of the index that is left, and the halves that it makes become the highest bit of i.
INLINE void take_apart(bytes16 *v, unsigned size) {
    for (unsigned step = 1; step < size; step *= 2) {
        bytes16 next[8];
        for (unsigned i = 0; i < size / 2; i++) {
            next[i] = even(v[2 * i], v[2 * i + 1]);
            next[i + size / 2] = odd(v[2 * i], v[2 * i + 1]);
        }
        for (unsigned i = 0; i < size; i++) v[i] = next[i];
    }
}

INLINE size_t by_sixteen(const uint8_t *elements, size_t count, unsigned size, uint8_t *planes) {
    size_t index = 0;
    for (; index + 16 <= count; index += 16) {
        bytes16 v[8];
        for (unsigned i = 0; i < size; i++) v[i] = load(elements + index * size + 16 * i);
        take_apart(v, size);
        for (unsigned i = 0; i < size; i++) memcpy(planes + i * count + index, &v[i], 16);
    }
    return index;
}

void cplanes_shuffle(const uint8_t *elements, size_t bytes, size_t size, uint8_t *planes) {
    const size_t count = bytes / size;
    size_t index = 0;
    switch (size) {
    case 1: memcpy(planes, elements, bytes); return;
    case 2: index = by_sixteen(elements, count, 2, planes); break;
    case 4: index = by_sixteen(elements, count, 4, planes); break;
    case 8: index = by_sixteen(elements, count, 8, planes); break;
    default: break;
    }
    for (; index < count; index++) {
        for (size_t plane = 0; plane < size; plane++) planes[plane * count + index] = elements[index * size + plane];
    }
    if (count * size < bytes) memcpy(planes + count * size, elements + count * size, bytes - count * size);
}
