// Rows of logits at one level. Included once for each, with TARGET the attributes of a function of the level and AT(name) its
// name there.

// Sums of so many vectors are binary32, sums of those binary64.
enum { AT(vectors) = 16 };

TARGET static clayers_row AT(softmax_row)(const float *logits, size_t count, float scale) {
    clayers_row row = {-__builtin_inff(), 0, 0, 0};
    size_t i = 0;
    lanes_f32 maxima = {0}, others;
    maxima += -__builtin_inff();
    others = maxima;
    for (; i + 2 * LANES <= count; i += 2 * LANES) {
        const lanes_f32 a = LOAD_F32(logits + i), b = LOAD_F32(logits + i + LANES);
        maxima = (lanes_f32)SELECT(a > maxima, (lanes_i32)a, (lanes_i32)maxima);
        others = (lanes_f32)SELECT(b > others, (lanes_i32)b, (lanes_i32)others);
    }
    maxima = (lanes_f32)SELECT(others > maxima, (lanes_i32)others, (lanes_i32)maxima);
    for (int lane = 0; lane < LANES; lane++)
        if (maxima[lane] > row.maximum) row.maximum = maxima[lane];
    for (; i < count; i++)
        if (logits[i] > row.maximum) row.maximum = logits[i];

    // The maximum is found again, where it is, in the pass that needs all numbers anyway.
    double sum = 0, products = 0;
    size_t largest = count;
    lanes_f32 rest;
    for (size_t start = 0; start < count; start += AT(vectors) * LANES) {
        lanes_f32 sums = {0}, weighted = {0};
        lanes_i32 found = {0};
        for (size_t k = start; k < count && k < start + AT(vectors) * LANES; k += LANES) {
            lanes_f32 l;
            if (k + LANES <= count) {
                l = LOAD_F32(logits + k);
            } else {
                rest = (lanes_f32){0} - __builtin_inff();
                memcpy(&rest, logits + k, (count - k) * sizeof(float));
                l = rest;
            }
            found |= l == row.maximum;
            const lanes_f32 z = (l - row.maximum) * scale;
            const lanes_f32 e = EXP_F32(z);
            sums += e;
            // 0 x -infinity is to be 0, and NaN is to stay.
            weighted += e * (lanes_f32)SELECT(z < -88.0f, (lanes_i32){0}, (lanes_i32)z);
        }
        sum += TOTAL(sums);
        products += TOTAL(weighted);
        if (largest == count && ANY(found)) {
            for (largest = start; largest < count && logits[largest] != row.maximum;) largest++;
        }
    }
    row.largest = largest < count ? (int32_t)largest : 0;
    row.log_sum = log(sum);
    row.entropy = row.log_sum - products / sum;
    return row;
}

TARGET static void AT(softmax_gradient)(float *logits, size_t count, float scale, const clayers_row *row, size_t target,
                                        float a, float b) {
    const float maximum = row->maximum, log_sum = (float)row->log_sum;
    // a ([j = target] - p) - b p (log p + H) = [j = target] a - p (a + b H + b log p), times the scale.
    const float constant = (float)(-(double)scale * ((double)a + (double)b * row->entropy)), slope = -scale * b;
    for (size_t k = 0; k < count; k += LANES) {
        lanes_f32 l;
        if (k + LANES <= count) {
            l = LOAD_F32(logits + k);
        } else {
            l = (lanes_f32){0};
            memcpy(&l, logits + k, (count - k) * sizeof(float));
        }
        const lanes_f32 logp = (l - maximum) * scale - log_sum;
        const lanes_f32 p = EXP_F32(logp);
        const lanes_f32 finite = (lanes_f32)SELECT(logp < -88.0f, (lanes_i32){0}, (lanes_i32)logp);
        const lanes_f32 gradient = p * (finite * slope + constant);
        if (k + LANES <= count) {
            STORE_F32(logits + k, gradient);
        } else {
            memcpy(logits + k, &gradient, (count - k) * sizeof(float));
        }
    }
    if (target < count) logits[target] += a * scale;
}
