// Planes to the blocks of deflate (RFC 1951), and those to a zlib stream.

#include <libdeflate.h>

#include "planes.h"

enum {
    LITERALS = 288,
    END = 256,
    FIRST_LENGTH = 257,
    DISTANCES = 30,
    // Shorter than deflate allows, so that four literals fit into a word beside the bits of a byte that is not full.
    LIMIT = 14,
    HEADER_LENGTHS = 19,
    HEADER_LIMIT = 7,
};

// Bits on their way to memory. Between calls fewer than eight wait.
typedef struct {
    uint8_t *next;
    uint64_t bits;
    unsigned count;
} bit_writer;

INLINE void put(bit_writer *w, uint64_t bits, unsigned count) {
    w->bits |= bits << w->count;
    w->count += count;
}

INLINE void put_code(bit_writer *w, uint32_t code) { put(w, code >> 8, code & 0xFF); }

INLINE void flush(bit_writer *w) {
    memcpy(w->next, &w->bits, sizeof w->bits);
    w->next += w->count >> 3;
    w->bits >>= w->count & ~7u;
    w->count &= 7;
}

// A block as it is made: its sequences, how often each symbol occurs, the codes.
typedef struct {
    sequence runs[SEQUENCES];
    sequence sequences[SEQUENCES];
    size_t count;
    // The literals of all sequences; some behind them may be written and read.
    uint8_t literals[SEGMENT + 64];
    size_t literal_count;
    uint32_t counts[LITERALS];
    uint32_t distances[32];
    uint64_t extra_bits;
    uint8_t literal_lengths[LITERALS];
    uint8_t distance_lengths[32];
    uint16_t literal_words[LITERALS];
    uint16_t distance_words[32];
    // The header: symbols of its code, and the bits behind them.
    uint8_t header[LITERALS + DISTANCES];
    uint8_t header_extra[LITERALS + DISTANCES];
    unsigned header_count;
    uint8_t header_lengths[HEADER_LENGTHS];
    uint16_t header_words[HEADER_LENGTHS];
    unsigned literals_used, distances_used, header_lengths_used;
} block;

typedef struct {
    match_table table;
    block block;
    sequence matches[];
} workspace;

static size_t segments_of(size_t count) { return (count + SEGMENT - 1) / SEGMENT; }

static size_t planes_room(size_t bytes) { return (bytes + 127) & ~(size_t)63; }

static const uint8_t header_order[HEADER_LENGTHS] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};

// How many bits follow the symbol of a length, and of a distance.
static const uint8_t length_extra[29] = {
    0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
};

INLINE unsigned distance_extra(unsigned symbol) { return symbol < 2 ? 0 : symbol / 2 - 1; }

static void count_literals(const uint8_t *bytes, size_t count, uint32_t *counts) {
    // Equal bytes in a row would wait for each other at one counter.
    uint32_t parts[4][256] = {{0}};
    size_t index = 0;
    for (; index + 8 <= count; index += 8) {
        const uint64_t word = load64(bytes + index);
        parts[0][word & 0xFF]++;
        parts[1][word >> 8 & 0xFF]++;
        parts[2][word >> 16 & 0xFF]++;
        parts[3][word >> 24 & 0xFF]++;
        parts[0][word >> 32 & 0xFF]++;
        parts[1][word >> 40 & 0xFF]++;
        parts[2][word >> 48 & 0xFF]++;
        parts[3][word >> 56]++;
    }
    for (; index < count; index++) parts[0][bytes[index]]++;
    for (unsigned i = 0; i < 256; i++) counts[i] = parts[0][i] + parts[1][i] + parts[2][i] + parts[3][i];
}

static void count_symbols(block *b) {
    memset(b->counts, 0, sizeof b->counts);
    memset(b->distances, 0, sizeof b->distances);
    b->extra_bits = 0;
    count_literals(b->literals, b->literal_count, b->counts);
    b->counts[END] = 1;
    for (size_t i = 0; i + 1 < b->count; i++) {
        b->counts[FIRST_LENGTH + b->sequences[i].length_symbol]++;
        b->distances[b->sequences[i].distance_symbol]++;
    }
    for (unsigned i = 0; i < 29; i++) b->extra_bits += (uint64_t)b->counts[FIRST_LENGTH + i] * length_extra[i];
    for (unsigned i = 0; i < DISTANCES; i++) b->extra_bits += (uint64_t)b->distances[i] * distance_extra(i);
}

// Writes the lengths of both codes in the code of headers: repetitions of a length, and of zero.
static void make_header(block *b) {
    uint8_t lengths[LITERALS + DISTANCES];
    b->literals_used = FIRST_LENGTH + 29;
    while (b->literal_lengths[b->literals_used - 1] == 0) b->literals_used--;
    b->distances_used = DISTANCES;
    while (b->distances_used > 1 && b->distance_lengths[b->distances_used - 1] == 0) b->distances_used--;
    memcpy(lengths, b->literal_lengths, b->literals_used);
    memcpy(lengths + b->literals_used, b->distance_lengths, b->distances_used);
    const unsigned total = b->literals_used + b->distances_used;

    uint32_t counts[HEADER_LENGTHS] = {0};
    b->header_count = 0;
    for (unsigned i = 0; i < total;) {
        const uint8_t length = lengths[i];
        unsigned run = 1;
        while (i + run < total && lengths[i + run] == length) run++;
        i += run;
        while (run > 0) {
            unsigned symbol = length, extra = 0, taken = 1;
            if (length == 0 && run >= 11) {
                symbol = 18;
                taken = run < 138 ? run : 138;
                extra = taken - 11;
            } else if (length == 0 && run >= 3) {
                symbol = 17;
                taken = run;
                extra = taken - 3;
            }
            b->header[b->header_count] = (uint8_t)symbol;
            b->header_extra[b->header_count++] = (uint8_t)extra;
            counts[symbol]++;
            run -= taken;
            while (length != 0 && run >= 3) {
                const unsigned repeated = run < 6 ? run : 6;
                b->header[b->header_count] = 16;
                b->header_extra[b->header_count++] = (uint8_t)(repeated - 3);
                counts[16]++;
                run -= repeated;
            }
        }
    }
    code_lengths(counts, HEADER_LENGTHS, HEADER_LIMIT, b->header_lengths);
    code_words(b->header_lengths, HEADER_LENGTHS, b->header_words);
    b->header_lengths_used = HEADER_LENGTHS;
    while (b->header_lengths_used > 4 && b->header_lengths[header_order[b->header_lengths_used - 1]] == 0) {
        b->header_lengths_used--;
    }
}

INLINE unsigned header_extra_bits(unsigned symbol) { return symbol < 16 ? 0 : symbol == 16 ? 2 : symbol == 17 ? 3 : 7; }

// Makes the codes of a block and returns its size in bits.
static uint64_t make_codes(block *b) {
    code_lengths(b->counts, LITERALS, LIMIT, b->literal_lengths);
    code_lengths(b->distances, 32, LIMIT, b->distance_lengths);
    make_header(b);
    uint64_t bits = 3 + 5 + 5 + 4 + 3 * b->header_lengths_used + b->extra_bits;
    for (unsigned i = 0; i < b->header_count; i++) {
        bits += b->header_lengths[b->header[i]] + header_extra_bits(b->header[i]);
    }
    for (unsigned i = 0; i < LITERALS; i++) bits += (uint64_t)b->counts[i] * b->literal_lengths[i];
    for (unsigned i = 0; i < DISTANCES; i++) bits += (uint64_t)b->distances[i] * b->distance_lengths[i];
    return bits;
}

static void write_block(block *b, int is_last, bit_writer *writer) {
    code_words(b->literal_lengths, LITERALS, b->literal_words);
    code_words(b->distance_lengths, 32, b->distance_words);
    bit_writer w = *writer;
    put(&w, (unsigned)is_last | 2 << 1, 3);
    put(&w, b->literals_used - FIRST_LENGTH, 5);
    put(&w, b->distances_used - 1, 5);
    put(&w, b->header_lengths_used - 4, 4);
    flush(&w);
    for (unsigned i = 0; i < b->header_lengths_used; i++) {
        put(&w, b->header_lengths[header_order[i]], 3);
        flush(&w);
    }
    for (unsigned i = 0; i < b->header_count; i++) {
        const unsigned symbol = b->header[i];
        put(&w, b->header_words[symbol], b->header_lengths[symbol]);
        put(&w, b->header_extra[i], header_extra_bits(symbol));
        flush(&w);
    }

    // Words in the upper bits, their lengths in the lowest byte.
    uint32_t codes[LITERALS], distance_codes[DISTANCES];
    for (unsigned i = 0; i < LITERALS; i++) codes[i] = (uint32_t)b->literal_words[i] << 8 | b->literal_lengths[i];
    for (unsigned i = 0; i < DISTANCES; i++) {
        distance_codes[i] = (uint32_t)b->distance_words[i] << 8 | b->distance_lengths[i];
    }
    const uint8_t *next = b->literals;
    for (size_t i = 0;; i++) {
        const sequence s = b->sequences[i];
        const uint8_t *const end = next + s.literals;
        for (; end - next > 4; next += 4) {
            for (unsigned j = 0; j < 4; j++) put_code(&w, codes[next[j]]);
            flush(&w);
        }
        // Of the last four those that are there: branches would rarely be foreseen.
        for (ptrdiff_t j = 0; j < 4; j++) {
            const uint32_t code = codes[next[j]];
            put_code(&w, next + j < end ? code : 0);
        }
        next = end;
        flush(&w);
        if (i + 1 == b->count) break;
        put_code(&w, codes[FIRST_LENGTH + s.length_symbol]);
        const unsigned length_bits = length_extra[s.length_symbol];
        put(&w, (s.length - 3u) & ((1u << length_bits) - 1), length_bits);
        put_code(&w, distance_codes[s.distance_symbol]);
        const unsigned distance_bits = distance_extra(s.distance_symbol);
        put(&w, (s.distance - 1u) & ((1u << distance_bits) - 1), distance_bits);
        flush(&w);
    }
    put_code(&w, codes[END]);
    flush(&w);
    *writer = w;
}

static void write_stored(const uint8_t *bytes, size_t count, int is_last, bit_writer *w) {
    put(w, (unsigned)is_last, 3);
    w->count = (w->count + 7) & ~7u;
    put(w, count | (~count & 0xFFFF) << 16, 32);
    flush(w);
    memcpy(w->next, bytes, count);
    w->next += count;
}

// The binary logarithm in 1/256, or a little less.
static unsigned logarithm(uint32_t x) {
    const unsigned whole = 31 - (unsigned)__builtin_clz(x);
    return whole << 8 | ((uint32_t)((uint64_t)x << 8 >> whole) & 0xFF);
}

// About how many bits, in 1/256, a byte takes, going by every eighth of them.
static unsigned estimate_bits(const uint8_t *bytes, size_t count) {
    const size_t step = count < 1024 ? 1 : 8;
    uint32_t counts[2][256] = {{0}};
    size_t index = 0;
    for (; index + step < count; index += 2 * step) {
        counts[0][bytes[index]]++;
        counts[1][bytes[index + step]]++;
    }
    uint64_t sum = 0;
    uint32_t total = 0;
    for (unsigned i = 0; i < 256; i++) {
        const uint32_t both = counts[0][i] + counts[1][i];
        total += both;
        if (both > 1) sum += (uint64_t)both * logarithm(both);
    }
    return total == 0 ? 8 << 8 : logarithm(total) - (unsigned)(sum / total);
}

// Whether most of eight bytes in a row repeat the one before.
static int is_mostly_runs(const uint8_t *bytes, size_t count) {
    size_t runs = 0, words = 0;
    for (size_t index = 1; index + 8 <= count; index += 16, words++) {
        runs += load64(bytes + index) == load64(bytes + index - 1);
    }
    return 2 * runs > words;
}

// Takes those of the sequences whose repetition takes less than its literals, at so many bits in 1/256 each.
static void select_sequences(block *b, const sequence *sequences, size_t count, const uint8_t *bytes, unsigned bits) {
    // What is at least as long pays. Some nine bits are for the symbols.
    uint16_t least[DISTANCES];
    for (unsigned i = 0; i < DISTANCES; i++) {
        const unsigned length = ((9 + distance_extra(i)) << 8) / (bits + 1) + 1;
        least[i] = (uint16_t)(length < LONGEST ? length : LONGEST);
    }
    size_t taken = 0;
    uint8_t *literals = b->literals, *start = literals;
    for (size_t i = 0; i < count; i++) {
        sequence s = sequences[i];
        const size_t passed = s.literals + s.length;
        const int pays = s.length >= least[s.distance_symbol];
        const size_t kept = pays ? s.literals : passed;
        for (size_t j = 0; j < kept; j += 16) memcpy(literals + j, bytes + j, 16);
        bytes += passed;
        literals += kept;
        s.literals = (uint16_t)(literals - start);
        b->sequences[taken] = s;
        taken += pays;
        start = pays ? literals : start;
    }
    b->literal_count = (size_t)(literals - b->literals);
    b->count = taken + 1;
}

// One block for a segment of a plane.
static void deflate_segment(
    block *b, const uint8_t *bytes, size_t count, const sequence *matches, size_t match_count, int is_last,
    bit_writer *w) {
    unsigned bits = 1 << 8;
    if (is_mostly_runs(bytes, count)) {
        matches = b->runs;
        match_count = find_runs(bytes, count, b->runs);
    } else {
        bits = estimate_bits(bytes, count);
    }
    select_sequences(b, matches, match_count, bytes, bits);
    if (b->count == 1 && bits > (8 << 8) - 80) {
        write_stored(bytes, count, is_last, w);
        return;
    }
    count_symbols(b);
    // What gains less than a twenty-fifth is not worth the time of its readers.
    if (make_codes(b) >= 8 * (uint64_t)count - 8 * (uint64_t)count / 25) {
        write_stored(bytes, count, is_last, w);
    } else {
        write_block(b, is_last, w);
    }
}

size_t cplanes_scratch_size(size_t bytes) {
    return planes_room(bytes) + sizeof(workspace) + sizeof(sequence) * (bytes / 4 + 2 * segments_of(bytes) + 1)
        + sizeof(size_t) * (segments_of(bytes) + 1);
}

size_t cplanes_bound(size_t bytes, size_t size) {
    // Header, checksum, and the last word that is flushed; five bytes for each block.
    return bytes + 32 + 6 * size * (segments_of(bytes / size) + 1);
}

size_t cplanes_deflate(const uint8_t *elements, size_t bytes, size_t size, void *scratch, uint8_t *output) {
    uint8_t *const planes = scratch;
    workspace *const work = (workspace *)(planes + planes_room(bytes));
    const size_t count = bytes / size;
    const size_t segments = segments_of(count);
    cplanes_shuffle(elements, bytes, size, planes);

    sequence *matches = work->matches;
    memset(&work->table, 0, sizeof work->table);
    // Where the sequences of each segment end.
    size_t *const ends = (size_t *)(work->matches + bytes / 4 + 2 * segments_of(bytes) + 1);
    size_t matches_found = 0;
    for (size_t segment = 0; segment < segments; segment++) {
        const size_t from = segment * SEGMENT, to = from + SEGMENT < count ? from + SEGMENT : count;
        matches_found += find_matches(elements, size, from, to, &work->table, matches + matches_found);
        ends[segment] = matches_found;
    }

    output[0] = 0x78;
    output[1] = 0x01;
    bit_writer w = {output + 2, 0, 0};
    // What no plane has, fewer bytes than an element, is a block by itself.
    const size_t rest = bytes - count * size;
    for (size_t plane = 0; plane < size && count > 0; plane++) {
        for (size_t segment = 0; segment < segments; segment++) {
            const size_t from = segment * SEGMENT, length = count - from < SEGMENT ? count - from : SEGMENT;
            const size_t start = segment == 0 ? 0 : ends[segment - 1];
            const int is_last = plane + 1 == size && segment + 1 == segments && rest == 0;
            deflate_segment(
                &work->block, planes + plane * count + from, length, matches + start, ends[segment] - start, is_last, &w);
        }
    }
    if (rest > 0 || bytes == 0) write_stored(planes + count * size, rest, 1, &w);
    if (w.count > 0) w.next++;
    const uint32_t checksum = __builtin_bswap32(libdeflate_adler32(1, planes, bytes));
    memcpy(w.next, &checksum, sizeof checksum);
    return (size_t)(w.next + sizeof checksum - output);
}
