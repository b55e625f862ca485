// tests/e2e/enospc.c — preloaded into the gateway: while the file named by ENOSPC_FLAG exists, writing below ENOSPC_UNDER finds the disk full.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static int full(int fd)
{
    const char* flag = getenv("ENOSPC_FLAG");
    const char* under = getenv("ENOSPC_UNDER");
    char link[64], path[4096];
    if (!flag || !under || access(flag, F_OK) != 0) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = '\0';
    return strncmp(path, under, strlen(under)) == 0;
}

#define NEXT(type, name, ...) ((type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name))
#define REFUSE_IF_FULL(fd)  \
    do {                    \
        if (full(fd)) {     \
            errno = ENOSPC; \
            return -1;      \
        }                   \
    } while (0)

ssize_t write(int fd, const void* data, size_t size)
{
    REFUSE_IF_FULL(fd);
    return NEXT(ssize_t, write, int, const void*, size_t)(fd, data, size);
}

ssize_t writev(int fd, const struct iovec* parts, int count)
{
    REFUSE_IF_FULL(fd);
    return NEXT(ssize_t, writev, int, const struct iovec*, int)(fd, parts, count);
}

ssize_t pwrite(int fd, const void* data, size_t size, off_t at)
{
    REFUSE_IF_FULL(fd);
    return NEXT(ssize_t, pwrite, int, const void*, size_t, off_t)(fd, data, size, at);
}

ssize_t pwrite64(int fd, const void* data, size_t size, off64_t at)
{
    REFUSE_IF_FULL(fd);
    return NEXT(ssize_t, pwrite64, int, const void*, size_t, off64_t)(fd, data, size, at);
}

int fdatasync(int fd)
{
    REFUSE_IF_FULL(fd);
    return NEXT(int, fdatasync, int)(fd);
}

int fsync(int fd)
{
    REFUSE_IF_FULL(fd);
    return NEXT(int, fsync, int)(fd);
}

int fallocate(int fd, int mode, off_t at, off_t size)
{
    REFUSE_IF_FULL(fd);
    return NEXT(int, fallocate, int, int, off_t, off_t)(fd, mode, at, size);
}

int fallocate64(int fd, int mode, off64_t at, off64_t size)
{
    REFUSE_IF_FULL(fd);
    return NEXT(int, fallocate64, int, int, off64_t, off64_t)(fd, mode, at, size);
}

int posix_fallocate(int fd, off_t at, off_t size)
{
    if (full(fd)) return ENOSPC;
    return NEXT(int, posix_fallocate, int, off_t, off_t)(fd, at, size);
}
