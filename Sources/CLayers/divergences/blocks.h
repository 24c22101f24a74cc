// What depends on the type of logits, NUMBER (float or double); included by sums.h for each type. ON(name) is the name of a
// function.

#define NUMBERS (4 * LANES / (int)sizeof(NUMBER))

typedef NUMBER ON(numbers) __attribute__((vector_size(4 * LANES)));
typedef NUMBER ON(numbers_memory) __attribute__((vector_size(4 * LANES), aligned(sizeof(NUMBER)), may_alias));

typedef NUMBER_MASK ON(numbers_mask) __attribute__((vector_size(4 * LANES)));

TARGET INLINE ON(numbers) ON(choose)(ON(numbers_mask) which, ON(numbers) yes, ON(numbers) no) {
    return (ON(numbers))((which & (ON(numbers_mask))yes) | (~which & (ON(numbers_mask))no));
}

// The extremes of a block; NaN is passed over.
TARGET static void ON(extremes)(const NUMBER *x, int64_t count, double *least, double *most) {
    ON(numbers) high = (ON(numbers)){0} - (NUMBER)INFINITY, low = (ON(numbers)){0} + (NUMBER)INFINITY;
    int64_t i = 0;
    for (; i + NUMBERS <= count; i += NUMBERS) {
        const ON(numbers) v = *(const ON(numbers_memory) *)(x + i);
        high = ON(choose)(v > high, v, high);
        low = ON(choose)(v < low, v, low);
    }
    *most = -INFINITY;
    *least = INFINITY;
    for (int lane = 0; lane < NUMBERS; lane++) {
        if (high[lane] > *most) *most = high[lane];
        if (low[lane] < *least) *least = low[lane];
    }
    for (; i < count; i++) {
        if (x[i] > *most) *most = x[i];
        if (x[i] < *least) *least = x[i];
    }
}

// How many numbers of a block are above one.
TARGET static int32_t ON(above)(const NUMBER *x, int64_t count, NUMBER bound) {
    int32_t found = 0;
    for (int64_t i = 0; i < count; i++) found += x[i] > bound;
    return found;
}

// The ids, ascending, of the numbers of a block that are at least a bound, from `start` on; returns how many.
TARGET static int64_t ON(at_least)(const NUMBER *x, int64_t count, NUMBER bound, int32_t start, int32_t *ids) {
    int64_t found = 0, i = 0;
    for (; i + NUMBERS <= count; i += NUMBERS) {
        const ON(numbers) v = *(const ON(numbers_memory) *)(x + i);
        if (__builtin_reduce_or(v >= bound) == 0) continue;
        for (int lane = 0; lane < NUMBERS; lane++)
            if (v[lane] >= bound) ids[found++] = start + (int32_t)i + lane;
    }
    for (; i < count; i++)
        if (x[i] >= bound) ids[found++] = start + (int32_t)i;
    return found;
}

// Half-exponentials of a block, h = 2^z with z = (x - maximum) k, down to the floor: the sums of e = h^2, e z and e z^2 of
// both rows; the roots hx hy and the ratios (x - its maximum) - (y - its maximum). The count is a multiple of 2 WIDE. A NaN
// makes the sum of e z one. Meanwhile memory ahead is asked for, `steps` bytes for each number.
//
// There are three loops over a chunk: in a single one a processor waits for long chains of dependent operations, as it looks
// ahead over few of them.
TARGET static void ON(weigh)(const NUMBER *x, const NUMBER *y, int64_t count, const double *maxima, double k, double floor,
                             double *roots, double *ratios, block_sums *to, const char *const *ahead, const int64_t *steps) {
    const AT(wide) most_x = AT(all)(maxima[0]), most_y = AT(all)(maxima[1]), lowest = AT(all)(floor);
    const AT(wide) *const c = AT(held_constants)();
    AT(wide) sum_x = {0}, first_x = {0}, second_x = {0}, sum_y = {0}, first_y = {0}, second_y = {0};
    AT(wide) zs[2 * CHUNK / WIDE], hs[2 * CHUNK / WIDE];
    for (int64_t start = 0; start < count; start += CHUNK) {
        const int vectors = (int)((count - start < CHUNK ? count - start : CHUNK) / WIDE);
        for (int i = 0; i < vectors; i++) {
            const int64_t at = start + i * WIDE;
            __builtin_prefetch(ahead[0] + at * steps[0]);
            __builtin_prefetch(ahead[1] + at * steps[1]);
            AT(wide) u = LOAD_WIDE(x + at) - most_x, v = LOAD_WIDE(y + at) - most_y;
            u = AT(either)(u < lowest, lowest, u);
            v = AT(either)(v < lowest, lowest, v);
            *(AT(wide) *)(ratios + at) = u - v;
            zs[2 * i] = u * k;
            zs[2 * i + 1] = v * k;
        }
#pragma clang loop unroll_count(2)
        for (int i = 0; i < 2 * vectors; i++) hs[i] = AT(power)(zs[i], c);
        for (int i = 0; i < vectors; i++) {
            const AT(wide) zx = zs[2 * i], zy = zs[2 * i + 1], hx = hs[2 * i], hy = hs[2 * i + 1];
            *(AT(wide) *)(roots + start + i * WIDE) = hx * hy;
            const AT(wide) ex = hx * hx, ey = hy * hy, fx = ex * zx, fy = ey * zy;
            sum_x += ex;
            sum_y += ey;
            first_x += fx;
            first_y += fy;
            second_x = fx * zx + second_x;
            second_y = fy * zy + second_y;
        }
    }
    to->sum[0] = AT(sum)(sum_x);
    to->sum[1] = AT(sum)(sum_y);
    to->first[0] = AT(sum)(first_x);
    to->first[1] = AT(sum)(first_y);
    to->second[0] = AT(sum)(second_x);
    to->second[1] = AT(sum)(second_y);
}

// The sum of e of a block, as above.
TARGET static double ON(weight)(const NUMBER *x, int64_t count, double maximum, double k, double floor) {
    const AT(wide) most = AT(all)(maximum), lowest = AT(all)(floor), *const c = AT(held_constants)();
    AT(wide) sum = {0};
    for (int64_t i = 0; i < count; i += WIDE) {
        AT(wide) u = LOAD_WIDE(x + i) - most;
        u = AT(either)(u < lowest, lowest, u);
        const AT(wide) h = AT(power)(u * k, c);
        sum += h * h;
    }
    return AT(sum)(sum);
}

#undef NUMBERS
