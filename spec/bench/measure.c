/* SPDX-License-Identifier: MIT */
/*
 * Runs a command and prints what the kernel charged it for: user and system
 * seconds, wall seconds, peak memory in KiB, exit status, on one line of the
 * file named first. Children that it waited for count as well.
 *
 *   measure FIGURES COMMAND [ARG …]
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(const struct timeval *t)
{
    return (double)t->tv_sec + (double)t->tv_usec / 1e6;
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    struct rusage usage;
    double start = now();
    int status;
    pid_t pid;
    FILE *out;

    if (argc < 3) {
        fputs("usage: measure FIGURES COMMAND [ARG ...]\n", stderr);
        return 2;
    }
    pid = fork();
    if (pid == 0) {
        execvp(argv[2], argv + 2);
        perror(argv[2]);
        _exit(127);
    }
    if (pid < 0 || wait4(pid, &status, 0, &usage) < 0)
        return 3;
    out = fopen(argv[1], "w");
    if (!out)
        return 3;
    fprintf(out, "%.6f %.6f %.6f %ld %d\n", seconds(&usage.ru_utime),
            seconds(&usage.ru_stime), now() - start, usage.ru_maxrss,
            WIFEXITED(status) ? WEXITSTATUS(status) : 128);
    fclose(out);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}
