// Attention of one token over a run of keys and values in pages: bound by memory, so each key and value is read once from it for
// all query heads that share it.

// Dots of GROUP keys, `step` numbers apart, with a query.
enum { AT(GROUP) = 8, AT(ROW) = CLAYERS_RUN + AT(GROUP) };

TARGET INLINE void AT(score)(int64_t width, const float *query, const float *keys, int64_t count, float scale, float *scores) {
    const float *rows[AT(GROUP)];
    AT(vec) sums[AT(GROUP)];
    // A group that is not full reads its last key again, so that a score never depends on what stands beside it.
#pragma clang loop unroll(full)
    for (int i = 0; i < AT(GROUP); i++) {
        rows[i] = keys + (i < count ? i : count - 1) * width;
        sums[i] = (AT(vec)){0};
    }
    int64_t d = 0;
    for (; d + LANES <= width; d += LANES) {
        const AT(vec) x = AT(load)(query + d);
#pragma clang loop unroll(full)
        for (int i = 0; i < AT(GROUP); i++) sums[i] += x * AT(load)(rows[i] + d);
    }
    float totals[AT(GROUP)];
#pragma clang loop unroll(full)
    for (int i = 0; i < AT(GROUP); i += 4)
        *(four_in_memory *)(totals + i) = AT(totals)(sums[i], sums[i + 1], sums[i + 2], sums[i + 3]);
    for (; d < width; d++)
        for (int i = 0; i < AT(GROUP); i++) totals[i] += query[d] * rows[i][d];
    // All of them: a loop over `count` of them would be much slower. There is room, and what is too much is written again.
#pragma clang loop unroll(full)
    for (int i = 0; i < AT(GROUP); i++) scores[i] = totals[i] * scale;
}

// Adds the values of `count` tokens times their weights to the sums of some heads, for two vectors of their width.
TARGET INLINE void AT(add_values)(
    int heads, int vectors, int64_t width, const float *values, int64_t count, const float *weights, float *sums,
    int64_t sums_stride) {
    AT(vec) totals[4][2];
#pragma clang loop unroll(full)
    for (int h = 0; h < heads; h++)
        for (int v = 0; v < vectors; v++) totals[h][v] = AT(load)(sums + h * sums_stride + v * LANES);
    for (int64_t t = 0; t < count; t++) {
        AT(vec) value[2];
        for (int v = 0; v < vectors; v++) value[v] = AT(load)(values + t * width + v * LANES);
#pragma clang loop unroll(full)
        for (int h = 0; h < heads; h++)
            for (int v = 0; v < vectors; v++) totals[h][v] += value[v] * weights[h * AT(ROW) + t];
    }
#pragma clang loop unroll(full)
    for (int h = 0; h < heads; h++)
        for (int v = 0; v < vectors; v++) AT(store)(sums + h * sums_stride + v * LANES, totals[h][v]);
}

TARGET INLINE void AT(add_values_of_heads)(
    int heads, int64_t width, const float *values, int64_t count, const float *weights, float *sums, int64_t sums_stride) {
    int64_t d = 0;
    for (; d + 2 * LANES <= width; d += 2 * LANES)
        AT(add_values)(heads, 2, width, values + d, count, weights, sums + d, sums_stride);
    for (; d + LANES <= width; d += LANES)
        AT(add_values)(heads, 1, width, values + d, count, weights, sums + d, sums_stride);
    for (; d < width; d++)
        for (int h = 0; h < heads; h++)
            for (int64_t t = 0; t < count; t++)
                sums[h * sums_stride + d] += values[t * width + d] * weights[h * AT(ROW) + t];
}

// Scores to weights; returns their sum.
TARGET INLINE float AT(weigh_run)(float *scores, int64_t count, float *largest) {
    const int64_t whole = (count + LANES - 1) / LANES * LANES;
    for (int64_t i = count; i < whole; i++) scores[i] = -INFINITY;
    AT(vec) top = AT(splat)(-INFINITY), sum = {0};
    for (int64_t i = 0; i < whole; i += LANES) top = AT(larger)(AT(load)(scores + i), top);
    *largest = AT(largest)(top);
    for (int64_t i = 0; i < whole; i += LANES) {
        const AT(vec) weight = AT(exponential_normal)(AT(load)(scores + i) - *largest);
        AT(store)(scores + i, weight);
        sum += weight;
    }
    return AT(total)(sum);
}

TARGET static void AT(decode_run)(
    const clayers_pages *p, const int32_t *table, const float *query, int64_t key_head, int64_t from, int64_t to,
    float *partial) {
    enum { HEADS = 4 };
    const int64_t width = p->head_width, group = p->query_heads / p->key_heads, stride = width + 2;
    float weights[HEADS * AT(ROW)];
    for (int64_t first = 0; first < group; first += HEADS) {
        const int heads = (int)(group - first < HEADS ? group - first : HEADS);
        const float *const queries = query + (key_head * group + first) * width;
        float *const sums = partial + first * stride;
        int64_t count;
        for (int64_t t = from; t < to; t += count) {
            const int64_t left = to - t, place = t % p->page_length, in_page = p->page_length - place;
            count = left < in_page ? left : in_page;
            const float *const keys = page_of(p, table[t / p->page_length]) + (key_head * p->page_length + place) * width;
            const float *const values = keys + p->key_heads * p->page_length * width;
            // The values come next, and then the keys of the next page: far apart, so that the processor does not foresee them.
            const float *const next = t + count < to
                                          ? page_of(p, table[(t + count) / p->page_length]) + key_head * p->page_length * width
                                          : keys;
            for (int64_t i = 0; i < count; i += AT(GROUP)) {
                const int64_t some = count - i < AT(GROUP) ? count - i : AT(GROUP);
                for (int64_t j = 0; j < some * width; j += 16) {
                    __builtin_prefetch(values + i * width + j);
                    __builtin_prefetch(next + i * width + j);
                }
                for (int h = 0; h < heads; h++)
                    AT(score)(
                        width, queries + h * width, keys + i * width, some, p->scale,
                        weights + h * AT(ROW) + (t - from) + i);
            }
        }
        for (int h = 0; h < heads; h++) {
            float *const sum = sums + h * stride;
            sum[width + 1] = AT(weigh_run)(weights + h * AT(ROW), to - from, sum + width);
            memset(sum, 0, (size_t)width * sizeof(float));
        }
        for (int64_t t = from; t < to; t += count) {
            const int64_t left = to - t, place = t % p->page_length, in_page = p->page_length - place;
            count = left < in_page ? left : in_page;
            const float *const values =
                page_of(p, table[t / p->page_length]) + ((p->key_heads + key_head) * p->page_length + place) * width;
            const float *const w = weights + (t - from);
            if (heads == 4) AT(add_values_of_heads)(4, width, values, count, w, sums, stride);
            else if (heads == 3) AT(add_values_of_heads)(3, width, values, count, w, sums, stride);
            else if (heads == 2) AT(add_values_of_heads)(2, width, values, count, w, sums, stride);
            else AT(add_values_of_heads)(1, width, values, count, w, sums, stride);
        }
    }
}
