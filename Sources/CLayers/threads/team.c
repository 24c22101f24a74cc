#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE
#endif
#include "threads.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>
#if defined(__linux__)
#include <sched.h>
#endif

#include "../level.h"

// Looks at what it waits for so often before it sleeps: about 50 microseconds, which is longer than the gaps between the
// layers of a network, and shorter than what a sleeping thread costs others.
enum { LOOKS = 2000 };

typedef struct {
    void *memory;
    size_t bytes;
    char apart[128 - sizeof(void *) - sizeof(size_t)];
} scratch;

typedef struct {
    clayers_team *team;
    int thread;
    pthread_t handle;
} member;

struct clayers_team {
    int count, looks;
    void (*body)(void *context, int thread);
    void *context;
    // What changes while threads look at it lies in cache lines of its own.
    _Alignas(128) atomic_uint round;   // counts the calls
    _Alignas(128) atomic_int pending;  // members that have not finished this round
    _Alignas(128) atomic_bool busy;
    atomic_bool ends;
    pthread_mutex_t lock;
    pthread_cond_t begun, finished;
    member *members;
    scratch *scratches;
};

INLINE void relax(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("yield");
#endif
}

static int processors(void) {
#if defined(__linux__)
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
#endif
    const long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (int)online : 1;
}

static void *attend(void *argument) {
    member *const self = argument;
    clayers_team *const team = self->team;
    unsigned seen = 0;
    for (;;) {
        for (int i = 0; i < team->looks && atomic_load_explicit(&team->round, memory_order_acquire) == seen; i++) relax();
        if (atomic_load_explicit(&team->round, memory_order_acquire) == seen) {
            pthread_mutex_lock(&team->lock);
            while (atomic_load_explicit(&team->round, memory_order_acquire) == seen)
                pthread_cond_wait(&team->begun, &team->lock);
            pthread_mutex_unlock(&team->lock);
        }
        seen++;
        if (atomic_load_explicit(&team->ends, memory_order_relaxed)) return NULL;
        team->body(team->context, self->thread);
        if (atomic_fetch_sub_explicit(&team->pending, 1, memory_order_acq_rel) == 1) {
            // The lock is taken so that the caller cannot miss this between its last look and its sleep.
            pthread_mutex_lock(&team->lock);
            pthread_cond_signal(&team->finished);
            pthread_mutex_unlock(&team->lock);
        }
    }
}

static void begin(clayers_team *team) {
    // As above. Waking costs a system call only where somebody sleeps.
    pthread_mutex_lock(&team->lock);
    atomic_fetch_add_explicit(&team->round, 1, memory_order_release);
    pthread_cond_broadcast(&team->begun);
    pthread_mutex_unlock(&team->lock);
}

static void release(clayers_team *team, int started) {
    if (started > 1) {
        atomic_store_explicit(&team->ends, true, memory_order_relaxed);
        begin(team);
        for (int i = 1; i < started; i++) pthread_join(team->members[i].handle, NULL);
    }
    for (int i = 0; i < team->count; i++) free(team->scratches[i].memory);
    pthread_cond_destroy(&team->begun);
    pthread_cond_destroy(&team->finished);
    pthread_mutex_destroy(&team->lock);
    free(team->members);
    free(team->scratches);
    free(team);
}

clayers_team *clayers_team_create(int count) {
    clayers_team *team = NULL;
    if (count < 1 || posix_memalign((void **)&team, 128, sizeof *team) != 0) return NULL;
    memset(team, 0, sizeof *team);
    team->count = count;
    // Where threads share processors, looking only keeps the others from working.
    team->looks = count <= processors() ? LOOKS : 0;
    team->members = calloc((size_t)count, sizeof *team->members);
    team->scratches = calloc((size_t)count, sizeof *team->scratches);
    if (!team->members || !team->scratches) {
        free(team->members);
        free(team->scratches);
        free(team);
        return NULL;
    }
    pthread_mutex_init(&team->lock, NULL);
    pthread_cond_init(&team->begun, NULL);
    pthread_cond_init(&team->finished, NULL);
    for (int i = 1; i < count; i++) {
        team->members[i] = (member){.team = team, .thread = i};
        if (pthread_create(&team->members[i].handle, NULL, attend, &team->members[i]) != 0) {
            release(team, i);
            return NULL;
        }
    }
    return team;
}

void clayers_team_destroy(clayers_team *team) { release(team, team->count); }

int clayers_team_run(clayers_team *team, void (*body)(void *context, int thread), void *context) {
    if (atomic_exchange_explicit(&team->busy, true, memory_order_acquire)) return -1;
    if (team->count > 1) {
        team->body = body;
        team->context = context;
        atomic_store_explicit(&team->pending, team->count - 1, memory_order_relaxed);
        begin(team);
    }
    body(context, 0);
    if (team->count > 1) {
        for (int i = 0; i < team->looks && atomic_load_explicit(&team->pending, memory_order_acquire) > 0; i++) relax();
        // The last member still signals after it counted down: taking the lock waits until it has let go.
        if (atomic_load_explicit(&team->pending, memory_order_acquire) > 0) {
            pthread_mutex_lock(&team->lock);
            while (atomic_load_explicit(&team->pending, memory_order_acquire) > 0)
                pthread_cond_wait(&team->finished, &team->lock);
            pthread_mutex_unlock(&team->lock);
        }
    }
    atomic_store_explicit(&team->busy, false, memory_order_release);
    return 0;
}

void *clayers_team_scratch(clayers_team *team, int thread, size_t bytes) {
    scratch *const own = &team->scratches[thread];
    if (own->bytes < bytes) {
        free(own->memory);
        own->bytes = 0;
        if (posix_memalign(&own->memory, 64, bytes) != 0) return own->memory = NULL;
        own->bytes = bytes;
    }
    return own->memory;
}
