#ifndef CLINUX_SHIM_H
#define CLINUX_SHIM_H

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

// glibc declares renameat2 under _GNU_SOURCE only, which Swift's import of glibc does not define.
int renameat2(int old_directory, const char *old_path, int new_directory, const char *new_path, unsigned int flags);

// So is fallocate.
int fallocate(int file, int mode, off_t offset, off_t length);

// And pipe2.
int pipe2(int ends[2], int flags);

// RENAME_NOREPLACE of linux/fs.h: fail with EEXIST where the new path exists.
enum { CLINUX_RENAME_NOREPLACE = 1 };

// How many cores this process may use, 0 where that cannot be found out; sched_getaffinity is under _GNU_SOURCE too.
static inline int clinux_allowed_cores(void) {
    unsigned long mask[128] = {0};
    if (syscall(SYS_sched_getaffinity, 0, sizeof mask, mask) < 0) return 0;
    int cores = 0;
    for (unsigned i = 0; i < 128; i++) cores += __builtin_popcountl(mask[i]);
    return cores;
}

// For a child: it is killed when its parent ends, and at once where that has happened already.
static inline void clinux_end_with_parent(pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
}

// For a process that reads what nobody vouched for: so many bytes of memory, so many seconds, no file to write, no core.
static inline void clinux_limit_process(rlim_t memory, rlim_t seconds) {
    const struct rlimit space = {memory, memory}, time = {seconds, seconds}, none = {0, 0};
    setrlimit(RLIMIT_AS, &space);
    setrlimit(RLIMIT_CPU, &time);
    setrlimit(RLIMIT_FSIZE, &none);
    setrlimit(RLIMIT_CORE, &none);
}

// Lets this process open as many files as it may; a checkpoint can have more shards than the usual limit allows.
static inline void clinux_raise_open_files(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= limit.rlim_max) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

#endif
