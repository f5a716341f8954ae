// Starts COUNT processes, PARALLEL at a time, by posix_spawn, and prints how many a second: the yardstick of everything that starts processes.
// usage: spawn COUNT PARALLEL PROGRAM [ARGUMENT...]
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

int main(int argc, char **argv) {
    if (argc < 4) {
        fprintf(stderr, "usage: spawn COUNT PARALLEL PROGRAM [ARGUMENT...]\n");
        return 2;
    }
    long count = atol(argv[1]), parallel = atol(argv[2]), started = 0, ended = 0;
    struct timespec begin, end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    while (ended < count) {
        while (started < count && started - ended < parallel) {
            pid_t pid;
            int error = posix_spawn(&pid, argv[3], NULL, NULL, argv + 3, environ);
            if (error != 0) {
                fprintf(stderr, "spawn: %s: %s\n", argv[3], strerror(error));
                return 1;
            }
            started++;
        }
        int status;
        if (waitpid(-1, &status, 0) > 0) {
            ended++;
        } else if (errno != EINTR) {
            return 1;
        }
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    double seconds = (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
    printf("%.1f\n", (double)count / seconds);
    return 0;
}
