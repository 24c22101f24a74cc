// Gradients of attention, after FlashAttention-2 (Dao 2023): the weights P are computed again from the scores and log_sums;
// with D the product of an output and its gradient, dV = P^T dO, dS = P (dO V^T - D), dQ = scale dS K, dK = scale dS^T Q.

// One tile of queries of a head against the block of keys that is in the scratch.
TARGET static void AT(backward_tile)(
    const clayers_attention *a, const clayers_attention_part *part, const backward_scratch *s, int64_t head, int64_t query,
    int64_t key, int of_queries, int of_keys) {
    const int64_t width = a->head_width, padded = round_up(width, COLUMNS), diagonal = query - key;
    const int64_t rows = least(BLOCK, part->length - query), count = least(BLOCK, part->length - key);
    if (diagonal + rows <= 0 || diagonal - a->window + 1 >= count) return;
    const int64_t all = round_up(rows, ROWS), columns = least(BLOCK, round_up(count, COLUMNS));
    const int64_t token = part->start + query;
    AT(copy)(
        rows, all, width, padded, a->queries + token * a->query_stride + head * width, a->query_stride, a->scale, s->queries);
    AT(copy)(
        rows, all, width, padded, a->output_gradient + token * a->output_gradient_stride + head * width,
        a->output_gradient_stride, 1, s->outputs);
    AT(multiply_to_scores)(all, columns, width, diagonal, s->queries, padded, s->turned_keys, s->weights);
    AT(multiply_to_scores)(all, columns, width, diagonal, s->outputs, padded, s->turned_values, s->scores);
    const float *const log_sums = a->log_sums + head * a->tokens + token;
    const float *const deltas = a->deltas + head * a->tokens + token;
    for (int64_t i = 0; i < all; i++) {
        float *const weights = s->weights + i * BLOCK, *const scores = s->scores + i * BLOCK;
        const int64_t end = i < rows ? most(0, least(count, i + diagonal + 1)) : 0;
        const int64_t begin = least(end, most(0, i + diagonal - a->window + 1));
        const int64_t filled = most(0, least(columns, i + diagonal + ROWS));
        const int64_t whole = AT(mask)(weights, begin, end);
        const float log_sum = i < rows ? log_sums[i] : 0, delta = i < rows ? deltas[i] : 0;
        for (int64_t j = 0; j < whole; j += LANES) {
            const AT(vec) weight = AT(exponential_normal)(AT(load)(weights + j) - log_sum);
            AT(store)(weights + j, weight);
            AT(store)(scores + j, weight * (AT(load)(scores + j) - delta));
        }
        for (int64_t j = whole; j < filled; j++) weights[j] = scores[j] = 0;
    }
    if (of_keys) {
        const int64_t keys = round_up(count, ROWS);
        AT(multiply_turned_scores)(keys, padded, all, diagonal, s->weights, s->outputs, padded, s->value_gradient);
        AT(multiply_turned_scores)(keys, padded, all, diagonal, s->scores, s->queries, padded, s->key_gradient);
    }
    if (of_queries) {
        AT(multiply_scores)(all, padded, columns, diagonal, s->scores, s->keys, padded, s->queries, 0);
        for (int64_t i = 0; i < rows; i++) {
            float *const gradient = a->query_gradient + (token + i) * a->query_gradient_stride + head * width;
            for (int64_t j = 0; j < width; j++) gradient[j] += s->queries[i * padded + j] * a->scale;
        }
    }
}

// Queries and keys of a sequence that are multiples of the block, in this order whatever part of it is done: so that the sums
// are the same.
TARGET static void AT(backward)(
    const clayers_attention *a, const clayers_attention_part *part, float *scratch, int of_queries, int of_keys) {
    const int64_t width = a->head_width, padded = round_up(width, COLUMNS), group = a->query_heads / a->key_heads;
    const int64_t first_query = of_keys ? 0 : part->from, last_query = of_keys ? part->length : part->to;
    const int64_t first_key = of_queries ? 0 : part->from, last_key = of_queries ? part->length : part->to;
    const backward_scratch s = divided_scratch(scratch, width, padded);
    if (of_queries)
        for (int64_t i = first_query; i < last_query; i++)
            memset(
                a->query_gradient + (part->start + i) * a->query_gradient_stride + part->key_head * group * width, 0,
                (size_t)(group * width) * sizeof(float));
    int64_t key = of_keys ? first_key : most(0, first_query - a->window + 1) / BLOCK * BLOCK;
    for (; key < least(last_key, last_query); key += BLOCK) {
        const int64_t count = least(BLOCK, part->length - key), token = part->start + key;
        const float *const keys = a->keys + token * a->key_stride + part->key_head * width;
        const float *const values = a->values + token * a->value_stride + part->key_head * width;
        AT(transpose)(count, width, keys, a->key_stride, s.turned_keys);
        AT(transpose)(count, width, values, a->value_stride, s.turned_values);
        if (of_queries) AT(copy)(count, BLOCK, width, padded, keys, a->key_stride, 1, s.keys);
        memset(s.key_gradient, 0, (size_t)(BLOCK * padded) * sizeof(float));
        memset(s.value_gradient, 0, (size_t)(BLOCK * padded) * sizeof(float));
        const int64_t beyond = a->window < last_query - key - count ? key + count + a->window : last_query;
        for (int64_t g = 0; g < group; g++)
            for (int64_t query = most(first_query, key); query < beyond; query += BLOCK)
                AT(backward_tile)(a, part, &s, part->key_head * group + g, query, key, of_queries, of_keys);
        if (!of_keys) continue;
        for (int64_t i = 0; i < count; i++) {
            float *const keys_to = a->key_gradient + (token + i) * a->key_gradient_stride + part->key_head * width;
            float *const values_to = a->value_gradient + (token + i) * a->value_gradient_stride + part->key_head * width;
            memcpy(keys_to, s.key_gradient + i * padded, (size_t)width * sizeof(float));
            memcpy(values_to, s.value_gradient + i * padded, (size_t)width * sizeof(float));
        }
    }
}

TARGET static void AT(deltas)(const clayers_attention *a, int64_t from, int64_t to) {
    const int64_t width = a->head_width;
    for (int64_t token = from; token < to; token++) {
        for (int64_t head = 0; head < a->query_heads; head++) {
            const float *const output = a->output + token * a->output_stride + head * width;
            const float *const gradient = a->output_gradient + token * a->output_gradient_stride + head * width;
            AT(vec) sums = {0};
            int64_t i = 0;
            for (; i + LANES <= width; i += LANES) sums += AT(load)(output + i) * AT(load)(gradient + i);
            float sum = AT(total)(sums);
            for (; i < width; i++) sum += output[i] * gradient[i];
            a->deltas[head * a->tokens + token] = sum;
        }
    }
}
