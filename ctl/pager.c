/* SPDX-License-Identifier: MIT */
#include "ctl/pager.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/core/util.h"

static bool pager_is_wanted(void)
{
        const char *pager = getenv("PAGER");

        return !pager || (*pager != '\0' && strcmp(pager, "cat") != 0);
}

/* In the child. Never returns: where no pager is installed, it copies by itself, so that nothing gets lost. */
_Noreturn static void pager_execute(void)
{
        static const char *const names[] = { "pager", "less", "more" };
        const char *pager = getenv("PAGER");
        char block[4096];
        ssize_t n;

        /* F: leave when all fits one screen. R: let colours through. X: leave the text on the screen. */
        (void)setenv("LESS", "FRX", 0);
        /* What is shown came from a directory, and whoever looks at it may be root: no shell from within. */
        (void)setenv("LESSSECURE", "1", 0);

        if (pager)
                (void)execl("/bin/sh", "sh", "-c", pager, (char *)NULL);
        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                (void)execlp(names[i], names[i], (char *)NULL);

        while ((n = read(STDIN_FILENO, block, sizeof(block))) > 0)
                if (write(STDOUT_FILENO, block, (size_t)n) != n)
                        break;
        _exit(EXIT_SUCCESS);
}

int pager_start(FILE **ret_stream, pid_t *ret_pid)
{
        int ends[2], error;
        FILE *stream;
        pid_t pid;

        if (!pager_is_wanted()) {
                *ret_pid = 0;
                return 0;
        }

        if (pipe2(ends, O_CLOEXEC) < 0)
                return -errno;

        stream = fdopen(ends[1], "w");
        if (!stream) {
                error = errno;
                (void)close(ends[0]);
                (void)close(ends[1]);
                return -error;
        }

        (void)fflush(stdout);
        pid = fork();
        if (pid < 0) {
                error = errno;
                (void)close(ends[0]);
                (void)fclose(stream);
                return -error;
        }
        if (pid == 0) {
                (void)dup2(ends[0], STDIN_FILENO);
                (void)close(ends[1]); /* else a pager without exec() would wait for itself */
                pager_execute();
        }

        (void)close(ends[0]);
        /* Ctrl-C is for the pager: were we to die of it, pager and shell would fight over the terminal. */
        (void)signal(SIGINT, SIG_IGN);
        (void)signal(SIGPIPE, SIG_IGN);
        *ret_stream = stream;
        *ret_pid = pid;
        return 0;
}

void pager_wait(FILE *stream, pid_t pid)
{
        (void)fclose(stream);
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
                ;
}
