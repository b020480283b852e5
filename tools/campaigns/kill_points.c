/* Ends a process at its n-th write point, or has its disk full from there on.

A write point is a call that changes a file or a folder: write, truncate, fsync, rename, unlink,
mkdir, rmdir, and an open that may make a file. Loaded with LD_PRELOAD, so that SQLite's calls count
too. Nothing is counted until kill_points_arm was called. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

enum { KILL = 0, TORN = 1, FULL = 2 };

static long seen = 0, at = 0;
static int armed = 0, how = KILL;

void kill_points_arm(long point, int way) { seen = 0; at = point; how = way; armed = 1; }
void kill_points_disarm(void) { armed = 0; }
long kill_points_seen(void) { return seen; }

static void die(void) { kill(getpid(), SIGKILL); for (;;) pause(); }

/* 1: the caller shall find the disk full; 2: it shall write a half and die. */
static int point(int grows)
{
    if (!armed) return 0;
    seen++;
    if (how == FULL) return seen >= at && grows;
    if (seen != at) return 0;
    if (how == TORN && grows == 2) return 2;
    die();
    return 0;
}

static int is_file(int fd)
{
    struct stat found;
    return armed && fstat(fd, &found) == 0 && S_ISREG(found.st_mode);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define REFUSED { errno = ENOSPC; return -1; }

ssize_t write(int fd, const void *data, size_t size)
{
    int now = is_file(fd) ? point(2) : 0;
    if (now == 1) REFUSED
    if (now == 2) { REAL(write)(fd, data, size / 2); die(); }
    return REAL(write)(fd, data, size);
}

#define PWRITE(name, offset_t)                                             \
    ssize_t name(int fd, const void *data, size_t size, offset_t offset)   \
    {                                                                      \
        int now = is_file(fd) ? point(2) : 0;                              \
        if (now == 1) REFUSED                                              \
        if (now == 2) { REAL(name)(fd, data, size / 2, offset); die(); }   \
        return REAL(name)(fd, data, size, offset);                         \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

#define CALL(name, kind, grows, given, passed)    \
    kind name given                               \
    {                                             \
        if (point(grows) == 1) REFUSED            \
        return REAL(name) passed;                 \
    }
CALL(fsync, int, 0, (int fd), (fd))
CALL(fdatasync, int, 0, (int fd), (fd))
CALL(ftruncate, int, 0, (int fd, off_t size), (fd, size))
CALL(ftruncate64, int, 0, (int fd, off64_t size), (fd, size))
CALL(rename, int, 0, (const char *from, const char *to), (from, to))
CALL(unlink, int, 0, (const char *path), (path))
CALL(rmdir, int, 0, (const char *path), (path))
CALL(mkdir, int, 1, (const char *path, mode_t mode), (path, mode))

#define OPEN(name)                                             \
    int name(const char *path, int flags, ...)                 \
    {                                                          \
        va_list rest;                                          \
        va_start(rest, flags);                                 \
        mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0; \
        va_end(rest);                                          \
        if (armed && (flags & O_CREAT)) {                      \
            struct stat found;                                 \
            if (stat(path, &found) != 0 && point(1) == 1) REFUSED \
        }                                                      \
        return REAL(name)(path, flags, mode);                  \
    }
OPEN(open)
OPEN(open64)
