/* Ends a process at its n-th write point, gives it a bad disk, or records what it writes.

A write point is a call that changes a file or a folder: write, truncate, fsync, rename, link,
unlink, mkdir, rmdir, a copy in the kernel, and an open that may make a file. Loaded with
LD_PRELOAD, so that SQLite's calls count too. Nothing is counted until kill_points_arm was called,
or EDITION_POINTS="AT:WAY" was set for the program that is started. EDITION_FLOCK=none makes every
lock succeed without locking; EDITION_FLOCK=refused makes them fail with ENOLCK. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { KILL, TORN, FULL, FULL_ONCE, READ_ONLY, FAILING, SLOW };
/* FULL: no byte more from the n-th point on. FULL_ONCE: only there. READ_ONLY: nothing changes
   from there on. FAILING: the call there, also an fsync, says EIO. SLOW: each waits n µs. */

static long seen = 0, at = 0;
static int armed = 0, how = KILL, refusal = ENOSPC;

void kill_points_arm(long point, int way)
{
    seen = 0; at = point; how = way;
    refusal = way == READ_ONLY ? EROFS : way == FAILING ? EIO : ENOSPC;
    armed = 1;
}
void kill_points_disarm(void) { armed = 0; }
long kill_points_seen(void) { return seen; }

static void die(void) { kill(getpid(), SIGKILL); for (;;) pause(); }

/* Kills after so many microseconds of the processor: no busy machine moves the moment. */
static void rung(int number) { (void)number; die(); }
void kill_points_after(long microseconds)
{
    struct itimerval when = {{0, 0}, {microseconds / 1000000, microseconds % 1000000}};
    signal(SIGPROF, rung);
    setitimer(ITIMER_PROF, &when, NULL);
}

__attribute__((constructor)) static void begin(void)
{
    const char *asked = getenv("EDITION_POINTS");
    long point; int way;
    if (asked && sscanf(asked, "%ld:%d", &point, &way) == 2) kill_points_arm(point, way);
}

/* 1: the caller shall be refused; 2: it shall write a half and die. grows: 0 removes, renames or
   flushes; 1 takes room; 2 writes bytes. */
static int point(int grows)
{
    if (!armed) return 0;
    long now = __atomic_add_fetch(&seen, 1, __ATOMIC_SEQ_CST);
    switch (how) {
    case SLOW: usleep((useconds_t)at); return 0;
    case FULL: return now >= at && grows;
    case FULL_ONCE: return now == at && grows;
    case READ_ONLY: return now >= at;
    case FAILING: return now == at;
    }
    if (now != at) return 0;
    if (how == TORN && grows == 2) return 2;
    die();
    return 0;
}

/* The record: a header and its texts and bytes for each change below one folder. */
enum { R_WRITE = 1, R_TRUNCATE, R_SYNC, R_RENAME, R_UNLINK, R_RMDIR, R_MKDIR, R_CREATE, R_SYMLINK,
       R_LINK, R_MARK };
struct __attribute__((packed)) head { uint8_t op; uint64_t offset, bytes; uint32_t first, second; };

static int record = -1;
static char below[PATH_MAX];
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

void kill_points_record(int fd, const char *folder)
{
    snprintf(below, sizeof below, "%s", folder);
    record = fd;
}

static void put(const void *data, size_t size)
{
    while (size) {
        ssize_t done = REAL(write)(record, data, size);
        if (done <= 0) abort();
        data = (const char *)data + done; size -= (size_t)done;
    }
}

static int inside(const char *path) { return !strncmp(path, below, strlen(below)); }

static void note(int op, const char *first, const char *second, uint64_t offset,
                 const void *data, uint64_t bytes)
{
    int wanted = op == R_MARK || inside(first) || (second && inside(second));
    if (record < 0 || !wanted) return;
    struct head head = {(uint8_t)op, offset, data ? bytes : 0, (uint32_t)strlen(first),
                        second ? (uint32_t)strlen(second) : 0};
    put(&head, sizeof head);
    put(first, head.first);
    if (second) put(second, head.second);
    if (data) put(data, bytes);
}

void kill_points_mark(const char *text)
{
    pthread_mutex_lock(&turn); note(R_MARK, text, NULL, 0, NULL, 0); pthread_mutex_unlock(&turn);
}

static const char *of_fd(int fd, char *into)
{
    char name[64];
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(name, into, PATH_MAX - 1);
    into[size < 0 ? 0 : size] = 0;
    return into;
}

static const char *of_path(int folder, const char *path, char *into)
{
    char base[PATH_MAX];
    if (path[0] == '/') return path;
    if (folder != AT_FDCWD) of_fd(folder, base);
    else if (!getcwd(base, sizeof base)) base[0] = 0;
    snprintf(into, PATH_MAX, "%.2000s/%.2000s", base, path);
    return into;
}

#define LOCKED(kind, done)                                       \
    kind done_;                                                  \
    if (record < 0) return done;                                 \
    pthread_mutex_lock(&turn);                                   \
    char a_[PATH_MAX], b_[PATH_MAX]; (void)a_; (void)b_;         \
    done_ = done;
#define UNLOCKED pthread_mutex_unlock(&turn); return done_;

static int is_file(int fd)
{
    struct stat found;
    return (armed || record >= 0) && fstat(fd, &found) == 0 && S_ISREG(found.st_mode);
}

#define REFUSED { errno = refusal; return -1; }

ssize_t write(int fd, const void *data, size_t size)
{
    int regular = is_file(fd), now = regular ? point(2) : 0;
    if (now == 1) REFUSED
    if (now == 2) { REAL(write)(fd, data, size / 2); die(); }
    if (!regular) return REAL(write)(fd, data, size);
    LOCKED(ssize_t, REAL(write)(fd, data, size))
    if (done_ > 0) {
        off_t end = lseek(fd, 0, SEEK_CUR);
        note(R_WRITE, of_fd(fd, a_), NULL, (uint64_t)(end - done_), data, (uint64_t)done_);
    }
    UNLOCKED
}

#define PWRITE(name, offset_t)                                             \
    ssize_t name(int fd, const void *data, size_t size, offset_t offset)   \
    {                                                                      \
        int regular = is_file(fd), now = regular ? point(2) : 0;           \
        if (now == 1) REFUSED                                              \
        if (now == 2) { REAL(name)(fd, data, size / 2, offset); die(); }   \
        if (!regular) return REAL(name)(fd, data, size, offset);           \
        LOCKED(ssize_t, REAL(name)(fd, data, size, offset))                \
        if (done_ > 0)                                                     \
            note(R_WRITE, of_fd(fd, a_), NULL, (uint64_t)offset, data, (uint64_t)done_); \
        UNLOCKED                                                           \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

/* What a copy in the kernel has put at the end of a file is read back for the record. */
static void note_copied(int fd, uint64_t offset, size_t size, char *name)
{
    char link[64], *data = malloc(size);
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    int again = REAL(open)(link, O_RDONLY);
    if (again >= 0 && data && pread(again, data, size, (off_t)offset) == (ssize_t)size)
        note(R_WRITE, of_fd(fd, name), NULL, offset, data, size);
    if (again >= 0) close(again);
    free(data);
}

#define SENDFILE(name, offset_t)                                            \
    ssize_t name(int out, int in, offset_t *offset, size_t count)           \
    {                                                                       \
        int regular = is_file(out);                                         \
        if (regular && point(1) == 1) REFUSED                               \
        if (!regular) return REAL(name)(out, in, offset, count);            \
        LOCKED(ssize_t, REAL(name)(out, in, offset, count))                 \
        if (done_ > 0)                                                      \
            note_copied(out, (uint64_t)(lseek(out, 0, SEEK_CUR) - done_), (size_t)done_, a_); \
        UNLOCKED                                                            \
    }
SENDFILE(sendfile, off_t)
SENDFILE(sendfile64, off64_t)

ssize_t copy_file_range(int in, off64_t *from, int out, off64_t *to, size_t size, unsigned flags)
{
    if (point(1) == 1) REFUSED
    LOCKED(ssize_t, REAL(copy_file_range)(in, from, out, to, size, flags))
    if (done_ > 0) {
        uint64_t end = (uint64_t)(to ? *to : lseek(out, 0, SEEK_CUR));
        note_copied(out, end - (uint64_t)done_, (size_t)done_, a_);
    }
    UNLOCKED
}

#define CALL(name, kind, grows, given, passed, what)    \
    kind name given                                     \
    {                                                   \
        if (point(grows) == 1) REFUSED                  \
        LOCKED(kind, REAL(name) passed)                 \
        if (done_ == 0) what;                           \
        UNLOCKED                                        \
    }
#define AT(path) of_path(AT_FDCWD, path, a_)
CALL(fsync, int, 0, (int fd), (fd), note(R_SYNC, of_fd(fd, a_), NULL, 0, NULL, 0))
CALL(fdatasync, int, 0, (int fd), (fd), note(R_SYNC, of_fd(fd, a_), NULL, 0, NULL, 0))
CALL(ftruncate, int, 0, (int fd, off_t size), (fd, size),
     note(R_TRUNCATE, of_fd(fd, a_), NULL, (uint64_t)size, NULL, 0))
CALL(ftruncate64, int, 0, (int fd, off64_t size), (fd, size),
     note(R_TRUNCATE, of_fd(fd, a_), NULL, (uint64_t)size, NULL, 0))
CALL(rename, int, 0, (const char *from, const char *to), (from, to),
     note(R_RENAME, AT(from), of_path(AT_FDCWD, to, b_), 0, NULL, 0))
CALL(link, int, 1, (const char *from, const char *to), (from, to),
     note(R_LINK, AT(from), of_path(AT_FDCWD, to, b_), 0, NULL, 0))
CALL(symlink, int, 1, (const char *to, const char *path), (to, path),
     note(R_SYMLINK, AT(path), NULL, 0, to, strlen(to)))
CALL(unlink, int, 0, (const char *path), (path), note(R_UNLINK, AT(path), NULL, 0, NULL, 0))
CALL(unlinkat, int, 0, (int folder, const char *path, int flags), (folder, path, flags),
     note(flags & AT_REMOVEDIR ? R_RMDIR : R_UNLINK, of_path(folder, path, a_), NULL, 0, NULL, 0))
CALL(rmdir, int, 0, (const char *path), (path), note(R_RMDIR, AT(path), NULL, 0, NULL, 0))
CALL(mkdir, int, 1, (const char *path, mode_t mode), (path, mode),
     note(R_MKDIR, AT(path), NULL, 0, NULL, 0))

static int opens(int folder, const char *path, int flags, int *fresh)
{
    struct stat found;
    int writes = (flags & O_ACCMODE) != O_RDONLY;
    *fresh = 0;
    if (!armed && record < 0) return 0;
    if (!(flags & O_CREAT))
        return armed && how == READ_ONLY && writes && seen >= at && !fstatat(folder, path, &found, 0)
               && S_ISREG(found.st_mode);
    *fresh = fstatat(folder, path, &found, 0) != 0;
    if (*fresh) return point(1) == 1;
    return armed && how == READ_ONLY && writes && seen >= at && S_ISREG(found.st_mode);
}

static void note_opened(int fd, int folder, const char *path, int flags, int fresh)
{
    char a_[PATH_MAX];
    if (fd < 0) return;
    if (fresh) note(R_CREATE, of_path(folder, path, a_), NULL, 0, NULL, 0);
    else if (flags & O_TRUNC) note(R_TRUNCATE, of_path(folder, path, a_), NULL, 0, NULL, 0);
}

#define OPEN(name, folder, given, passed)                         \
    int name given                                                \
    {                                                             \
        va_list rest;                                             \
        va_start(rest, flags);                                    \
        mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0; \
        va_end(rest);                                             \
        int fresh;                                                \
        if (opens(folder, path, flags, &fresh)) REFUSED           \
        LOCKED(int, REAL(name) passed)                            \
        note_opened(done_, folder, path, flags, fresh);           \
        UNLOCKED                                                  \
    }
OPEN(open, AT_FDCWD, (const char *path, int flags, ...), (path, flags, mode))
OPEN(open64, AT_FDCWD, (const char *path, int flags, ...), (path, flags, mode))
OPEN(openat, folder, (int folder, const char *path, int flags, ...), (folder, path, flags, mode))
OPEN(openat64, folder, (int folder, const char *path, int flags, ...), (folder, path, flags, mode))

/* Locks as some network disks have them. */
static int lockless(void)
{
    const char *asked = getenv("EDITION_FLOCK");
    return !asked || !*asked ? 0 : !strcmp(asked, "none") ? 1 : 2;
}

int flock(int fd, int what)
{
    if (lockless() == 1) return 0;
    if (lockless() == 2) { errno = ENOLCK; return -1; }
    return REAL(flock)(fd, what);
}
