// Attention of one block of queries, after FlashAttention (Dao et al. 2022): block by block of keys, with the largest score so
// far taken out of the exponentials, and the sums mended where it grows.

// Scores [row] to weights; mends sum and output. Columns first ..< end are seen, those up to `filled` are read later.
TARGET static void AT(weigh)(
    float *row, int64_t first, int64_t end, int64_t filled, int64_t padded, float *largest, float *sum, float *output) {
    const int64_t whole = AT(mask)(row, first, end);
    AT(vec) top = AT(splat)(-INFINITY);
    for (int64_t j = 0; j < whole; j += LANES) top = AT(larger)(AT(load)(row + j), top);
    float now = AT(largest)(top);
    now = now > *largest ? now : *largest;
    // A row that has seen nothing yet: any finite number does.
    const float base = now == -INFINITY ? 0 : now;
    AT(vec) total = {0};
    for (int64_t j = 0; j < whole; j += LANES) {
        const AT(vec) weight = AT(exponential_normal)(AT(load)(row + j) - base);
        AT(store)(row + j, weight);
        total += weight;
    }
    for (int64_t j = whole; j < filled; j++) row[j] = 0;
    const float factor = AT(exponential_normal)(AT(splat)(*largest - base))[0];
    *largest = now;
    *sum = *sum * factor + AT(total)(total);
    if (factor != 1)
        for (int64_t j = 0; j < padded; j += LANES) AT(store)(output + j, AT(load)(output + j) * factor);
}

TARGET static void AT(forward)(const clayers_attention *a, const clayers_attention_part *part, float *scratch) {
    const int64_t width = a->head_width, padded = round_up(width, COLUMNS), group = a->query_heads / a->key_heads;
    const int64_t positions = part->to - part->from, slots = round_up(positions, TILE);
    float *const keys = scratch, *const values = keys + width * BLOCK, *const scores = values + BLOCK * padded;
    float *const queries = scores + TILE * BLOCK, *const outputs = queries + group * slots * padded;
    float *const largest = outputs + group * slots * padded, *const sums = largest + group * slots;
    for (int64_t g = 0; g < group; g++) {
        const int64_t head = part->key_head * group + g;
        AT(copy)(
            positions, slots, width, padded, a->queries + (part->start + part->from) * a->query_stride + head * width,
            a->query_stride, a->scale, queries + g * slots * padded);
    }
    memset(outputs, 0, (size_t)(group * slots * padded) * sizeof(float));
    for (int64_t i = 0; i < group * slots; i++) {
        largest[i] = -INFINITY;
        sums[i] = 0;
    }
    for (int64_t k = most(0, part->from - a->window + 1) / BLOCK * BLOCK; k < part->to; k += BLOCK) {
        const int64_t count = least(BLOCK, part->length - k);
        AT(transpose)(
            count, width, a->keys + (part->start + k) * a->key_stride + part->key_head * width, a->key_stride, keys);
        AT(copy)(
            count, BLOCK, width, padded, a->values + (part->start + k) * a->value_stride + part->key_head * width,
            a->value_stride, 1, values);
        for (int64_t place = 0; place < group * slots; place += TILE) {
            const int64_t offset = place % slots, first = part->from + offset, diagonal = first - k;
            const int64_t rows = least(TILE, positions - offset);
            if (diagonal + rows <= 0 || diagonal - a->window + 1 >= count) continue;
            const int64_t all = round_up(rows, ROWS), columns = least(BLOCK, round_up(count, COLUMNS));
            AT(multiply_to_scores)(all, columns, width, diagonal, queries + place * padded, padded, keys, scores);
            for (int64_t i = 0; i < all; i++) {
                const int64_t end = most(0, least(count, i + diagonal + 1));
                const int64_t begin = least(end, most(0, i + diagonal - a->window + 1));
                AT(weigh)(
                    scores + i * BLOCK, begin, end, most(0, least(columns, i + diagonal + ROWS)), padded,
                    largest + place + i, sums + place + i, outputs + (place + i) * padded);
            }
            AT(multiply_scores)(
                all, padded, columns, diagonal, scores, values, padded, outputs + place * padded, 1);
        }
    }
    for (int64_t g = 0; g < group; g++) {
        const int64_t head = part->key_head * group + g;
        for (int64_t i = 0; i < positions; i++) {
            const int64_t token = part->start + part->from + i, place = g * slots + i;
            float *const output = a->output + token * a->output_stride + head * width;
            const float factor = 1 / sums[place];
            for (int64_t j = 0; j < width; j++) output[j] = outputs[place * padded + j] * factor;
            a->log_sums[head * a->tokens + token] = largest[place] + logf(sums[place]);
        }
    }
}
