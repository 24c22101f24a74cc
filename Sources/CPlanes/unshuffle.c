// Byte planes to elements, the inverse of shuffle.c.

#include "planes.h"

typedef uint8_t bytes16 __attribute__((vector_size(16)));

INLINE bytes16 low(bytes16 a, bytes16 b) {
    return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

INLINE bytes16 high(bytes16 a, bytes16 b) {
    return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

// Undoes the steps of taking apart, the last one first.
INLINE void put_together(bytes16 *v, unsigned size) {
    for (unsigned step = 1; step < size; step *= 2) {
        bytes16 next[8];
        for (unsigned i = 0; i < size / 2; i++) {
            next[2 * i] = low(v[i], v[i + size / 2]);
            next[2 * i + 1] = high(v[i], v[i + size / 2]);
        }
        for (unsigned i = 0; i < size; i++) v[i] = next[i];
    }
}

INLINE size_t by_sixteen(const uint8_t *planes, size_t count, unsigned size, uint8_t *elements) {
    size_t index = 0;
    for (; index + 16 <= count; index += 16) {
        bytes16 v[8];
        for (unsigned i = 0; i < size; i++) memcpy(&v[i], planes + i * count + index, 16);
        put_together(v, size);
        for (unsigned i = 0; i < size; i++) memcpy(elements + index * size + 16 * i, &v[i], 16);
    }
    return index;
}

void cplanes_unshuffle(const uint8_t *planes, size_t bytes, size_t size, uint8_t *elements) {
    const size_t count = bytes / size;
    size_t index = 0;
    switch (size) {
    case 1: memcpy(elements, planes, bytes); return;
    case 2: index = by_sixteen(planes, count, 2, elements); break;
    case 4: index = by_sixteen(planes, count, 4, elements); break;
    case 8: index = by_sixteen(planes, count, 8, elements); break;
    default: break;
    }
    for (; index < count; index++) {
        for (size_t plane = 0; plane < size; plane++) elements[index * size + plane] = planes[plane * count + index];
    }
    if (count * size < bytes) memcpy(elements + count * size, planes + count * size, bytes - count * size);
}

uint32_t cplanes_fletcher32(const uint8_t *bytes, size_t count) {
    uint32_t first = 0, second = 0;
    size_t words = count / 2;
    while (words > 0) {
        // So many sums of 16 bits cannot overflow.
        size_t run = words < 360 ? words : 360;
        words -= run;
        for (; run > 0; run--, bytes += 2) {
            first += (uint32_t)bytes[0] << 8 | bytes[1];
            second += first;
        }
        first = (first & 0xFFFF) + (first >> 16);
        second = (second & 0xFFFF) + (second >> 16);
    }
    if (count % 2 != 0) {
        first += (uint32_t)*bytes << 8;
        second += first;
        first = (first & 0xFFFF) + (first >> 16);
        second = (second & 0xFFFF) + (second >> 16);
    }
    first = (first & 0xFFFF) + (first >> 16);
    second = (second & 0xFFFF) + (second >> 16);
    return second << 16 | first;
}
