// Prefix codes of limited length.

#include "planes.h"

enum { MOST_SYMBOLS = 288, DEEPEST = 32 };

// Sorts by the count in the upper bits; ties stay in the order of their symbols.
static void sort(uint32_t *keys, uint32_t *other, unsigned count, unsigned shift) {
    for (unsigned pass = 0; pass < 2; pass++, shift += 8) {
        uint32_t starts[257] = {0};
        for (unsigned i = 0; i < count; i++) starts[(keys[i] >> shift & 0xFF) + 1]++;
        for (unsigned i = 1; i < 256; i++) starts[i] += starts[i - 1];
        for (unsigned i = 0; i < count; i++) other[starts[keys[i] >> shift & 0xFF]++] = keys[i];
        uint32_t *swapped = keys;
        keys = other;
        other = swapped;
    }
}

// Turns ascending counts, at least two, into the depths of their leaves in Huffman's tree, in place (Moffat and Katajainen,
// "In-place calculation of minimum-redundancy codes", 1995).
static void depths(uint32_t *a, int count) {
    int root = 0, leaf = 2;
    a[0] += a[1];
    for (int next = 1; next < count - 1; next++) {
        if (leaf >= count || a[root] < a[leaf]) {
            a[next] = a[root];
            a[root++] = (uint32_t)next;
        } else {
            a[next] = a[leaf++];
        }
        if (leaf >= count || (root < next && a[root] < a[leaf])) {
            a[next] += a[root];
            a[root++] = (uint32_t)next;
        } else {
            a[next] += a[leaf++];
        }
    }
    a[count - 2] = 0;
    for (int next = count - 3; next >= 0; next--) a[next] = a[a[next]] + 1;
    int available = 1, used = 0, next = count - 1;
    uint32_t depth = 0;
    for (root = count - 2; available > 0; depth++) {
        for (; root >= 0 && a[root] == depth; root--) used++;
        for (; available > used; available--) a[next--] = depth;
        available = 2 * used;
        used = 0;
    }
}

void code_lengths(const uint32_t *counts, unsigned symbols, unsigned limit, uint8_t *lengths) {
    enum { SYMBOL_BITS = 9, SYMBOL_MASK = (1 << SYMBOL_BITS) - 1 };
    uint32_t keys[MOST_SYMBOLS], other[MOST_SYMBOLS], weights[MOST_SYMBOLS];
    unsigned count = 0;
    for (unsigned symbol = 0; symbol < symbols; symbol++) {
        if (counts[symbol] != 0) keys[count++] = counts[symbol] << SYMBOL_BITS | symbol;
    }
    memset(lengths, 0, symbols);
    if (count < 2) {
        if (count == 1) lengths[keys[0] & SYMBOL_MASK] = 1;
        return;
    }
    sort(keys, other, count, SYMBOL_BITS);
    for (unsigned i = 0; i < count; i++) weights[i] = keys[i] >> SYMBOL_BITS;
    depths(weights, (int)count);

    uint32_t of_length[DEEPEST] = {0};
    for (unsigned i = 0; i < count; i++) of_length[weights[i] < limit ? weights[i] : limit]++;
    uint32_t total = 0;
    for (unsigned length = 1; length <= limit; length++) total += of_length[length] << (limit - length);
    // Too many words are as long as can be: one of those takes the place beside the longest that can be lengthened.
    for (; total > 1u << limit; total--) {
        unsigned length = limit - 1;
        while (of_length[length] == 0) length--;
        of_length[limit]--;
        of_length[length]--;
        of_length[length + 1] += 2;
    }
    unsigned length = limit;
    for (unsigned i = 0; i < count; i++) {
        while (of_length[length] == 0) length--;
        of_length[length]--;
        lengths[keys[i] & SYMBOL_MASK] = (uint8_t)length;
    }
}

void code_words(const uint8_t *lengths, unsigned symbols, uint16_t *words) {
    uint32_t next[17] = {0}, of_length[16] = {0};
    for (unsigned symbol = 0; symbol < symbols; symbol++) of_length[lengths[symbol]]++;
    of_length[0] = 0;
    for (unsigned length = 1; length < 16; length++) next[length + 1] = (next[length] + of_length[length]) << 1;
    for (unsigned symbol = 0; symbol < symbols; symbol++) {
        const unsigned length = lengths[symbol];
        if (length == 0) continue;
        words[symbol] = (uint16_t)(__builtin_bitreverse16((uint16_t)next[length]++) >> (16 - length));
    }
}
