#ifndef CLINUX_SHIM_H
#define CLINUX_SHIM_H

// glibc declares renameat2 under _GNU_SOURCE only, which Swift's import of glibc does not define.
int renameat2(int old_directory, const char *old_path, int new_directory, const char *new_path, unsigned int flags);

// RENAME_NOREPLACE of linux/fs.h: fail with EEXIST where the new path exists.
enum { CLINUX_RENAME_NOREPLACE = 1 };

#endif
