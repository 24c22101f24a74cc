#ifndef CLAYERS_THREADS_H
#define CLAYERS_THREADS_H

#include <stddef.h>

// Threads that wait for work: they look for it for some microseconds after the last, and sleep then.
typedef struct clayers_team clayers_team;

// A team of `count` threads, the caller being the first; null where the system refuses them.
clayers_team *clayers_team_create(int count);

// Ends the threads. Nothing may run.
void clayers_team_destroy(clayers_team *team);

// Calls body(context, thread) once on every thread, and returns when all are done: 0, or -1 without calling anything where
// the team is at work already.
int clayers_team_run(clayers_team *team, void (*body)(void *context, int thread), void *context);

// Memory of a thread that stays until the team ends, at an address that is a multiple of 64; its contents are not kept from
// one call to the next. Only to be called on that thread. Null where there is none.
void *clayers_team_scratch(clayers_team *team, int thread, size_t bytes);

#endif
