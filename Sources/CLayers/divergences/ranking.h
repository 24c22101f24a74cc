#ifndef CLAYERS_DIVERGENCES_RANKING_H
#define CLAYERS_DIVERGENCES_RANKING_H

#include <stdint.h>

#include "../level.h"

// The largest numbers so far and their ids: a heap with the least at its root; of equal numbers the higher id is less.
typedef struct {
    double *numbers;
    int32_t *ids;
    int64_t count, width;
} ranking;

INLINE int is_less(const ranking *in, int64_t a, int64_t b) {
    return in->numbers[a] < in->numbers[b] || (in->numbers[a] == in->numbers[b] && in->ids[a] > in->ids[b]);
}

INLINE void exchange(ranking *in, int64_t a, int64_t b) {
    const double number = in->numbers[a];
    const int32_t id = in->ids[a];
    in->numbers[a] = in->numbers[b];
    in->ids[a] = in->ids[b];
    in->numbers[b] = number;
    in->ids[b] = id;
}

static void sink(ranking *in, int64_t root, int64_t count) {
    for (int64_t child = 2 * root + 1; child < count; child = 2 * root + 1) {
        if (child + 1 < count && is_less(in, child + 1, child)) child++;
        if (!is_less(in, child, root)) return;
        exchange(in, root, child);
        root = child;
    }
}

// Ids come in ascending order.
static void offer(ranking *to, double number, int32_t id) {
    if (to->count < to->width) {
        int64_t place = to->count++;
        to->numbers[place] = number;
        to->ids[place] = id;
        for (; place > 0 && is_less(to, place, (place - 1) / 2); place = (place - 1) / 2) exchange(to, place, (place - 1) / 2);
    } else if (number > to->numbers[0]) {
        to->numbers[0] = number;
        to->ids[0] = id;
        sink(to, 0, to->count);
    }
}

// The largest first; -1 behind the last.
static void settle(ranking *in) {
    for (int64_t end = in->count - 1; end > 0; end--) {
        exchange(in, 0, end);
        sink(in, 0, end);
    }
    for (int64_t i = in->count; i < in->width; i++) in->ids[i] = -1;
}

#endif
