/* A disk whose syncs take 8 ms longer, as a cloud volume's do: preloaded into the program that is measured. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>

static const unsigned int SLOWER_BY_US = 8000;

int fdatasync(int fd) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    usleep(SLOWER_BY_US);
    return real(fd);
}

int fsync(int fd) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    usleep(SLOWER_BY_US);
    return real(fd);
}
