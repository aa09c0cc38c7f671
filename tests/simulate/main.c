/* SPDX-License-Identifier: MIT */

/*
 * Random histories of a directory and of a client that follows it:
 *
 *   simulate [--histories N] [--seed N] [--jobs N] [--until-wrong] [--rights] [--verbose]
 *
 * Without a seed one is taken from the clock. It is printed, and gives the same histories again. --until-wrong ends with the first
 * history that is wrong, and asks for nothing else. With --rights what the account may see changes often: the histories are others.
 */

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/simulate/history.h"
#include "tests/simulate/shelf.h"

enum {
        JOBS_MOST = 16,
};

static uint64_t parse_number(const char *text)
{
        char *end;
        uint64_t number;

        errno = 0;
        number = strtoull(text, &end, 0);
        if (errno != 0 || *text == '\0' || *end != '\0') {
                fprintf(stderr, "not a number: %s\n", text);
                exit(2);
        }
        return number;
}

typedef struct Course {
        uint64_t seed, n;
        unsigned n_jobs;
        bool is_until_wrong;
} Course;

/* Every so-many-th history, in a process and a folder of its own. */
static uint64_t run(const Course *course, unsigned job, Situations *situations)
{
        char in_memory[] = "/dev/shm/scand-simulate-XXXXXX",
             on_disk[] = "/tmp/scand-simulate-XXXXXX";
        const char *folder = mkdtemp(in_memory);
        uint64_t n_wrong = 0;

        if (!folder)
                folder = mkdtemp(on_disk);
        if (!folder) {
                perror(on_disk);
                exit(2);
        }

        shelf_set_up();
        for (uint64_t i = job; i < course->n; i += course->n_jobs) {
                fflush(stdout);
                situations->seed = course->seed + i;
                if (history_run(situations->seed, folder, situations))
                        continue;
                printf("# wrong: repeat with --seed %" PRIu64 " --histories 1\n", situations->seed);
                n_wrong++;
                if (course->is_until_wrong)
                        break;
        }

        shelf_clear();
        (void)rmdir(folder);
        return n_wrong;
}

static uint64_t run_jobs(const Course *course, Situations *situations, uint64_t *n_wrong)
{
        pid_t processes[JOBS_MOST];
        uint64_t total = 0;
        int status;

        for (unsigned job = 0; job < course->n_jobs; job++) {
                fflush(stdout);
                processes[job] = fork();
                switch (processes[job]) {
                case -1:
                        perror("fork");
                        exit(2);
                case 0:
                        n_wrong[job] = run(course, job, &situations[job]);
                        fflush(stdout);
                        _exit(0);
                }
        }

        for (unsigned job = 0; job < course->n_jobs; job++) {
                if (waitpid(processes[job], &status, 0) < 0 || status != 0) {
                        printf("# died: repeat with --seed %" PRIu64 " --histories 1\n",
                               situations[job].seed);
                        total++;
                }
        }

        for (unsigned job = 0; job < course->n_jobs; job++) {
                total += n_wrong[job];
                if (job > 0)
                        situations_add(&situations[0], &situations[job]);
        }
        return total;
}

int main(int argc, char **argv)
{
        static const struct option options[] = {
                { "histories", required_argument, NULL, 'n' },
                { "seed", required_argument, NULL, 's' },
                { "jobs", required_argument, NULL, 'j' },
                { "until-wrong", no_argument, NULL, 'u' },
                { "rights", no_argument, NULL, 'r' },
                { "verbose", no_argument, NULL, 'v' },
                {},
        };
        Course course = { .seed = (uint64_t)time(NULL) * 1000003, .n = 100, .n_jobs = 1 };
        uint64_t n_wrong;
        bool is_verbose = false, is_about_rights = false, is_enough;
        struct {
                Situations situations[JOBS_MOST];
                uint64_t n_wrong[JOBS_MOST];
        } * shared;
        int option;

        while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0)
                switch (option) {
                case 'n':
                        course.n = parse_number(optarg);
                        break;
                case 's':
                        course.seed = parse_number(optarg);
                        break;
                case 'j':
                        course.n_jobs = (unsigned)parse_number(optarg);
                        if (course.n_jobs < 1 || course.n_jobs > JOBS_MOST)
                                return 2;
                        break;
                case 'u':
                        course.is_until_wrong = true;
                        break;
                case 'r':
                        is_about_rights = true;
                        break;
                case 'v':
                        is_verbose = true;
                        break;
                default:
                        return 2;
                }

        shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
                      0);
        if (shared == MAP_FAILED) {
                perror("mmap");
                return 2;
        }
        for (unsigned job = 0; job < course.n_jobs; job++) {
                shared->situations[job].is_verbose = is_verbose;
                shared->situations[job].is_about_rights = is_about_rights;
        }

        printf("# seed %" PRIu64 ", %" PRIu64 " histories\n", course.seed, course.n);
        n_wrong = run_jobs(&course, shared->situations, shared->n_wrong);

        is_enough = situations_print(&shared->situations[0], course.n);

        printf("1..2\n%s 1 - every history ends as a fresh read would (%" PRIu64 " of %" PRIu64
               " do not)\n",
               n_wrong == 0 ? "ok" : "not ok", n_wrong, course.n);
        printf("%s 2 - every kind of trouble was met\n", is_enough ? "ok" : "not ok");
        return n_wrong == 0 && (is_enough || course.is_until_wrong) ? 0 : 1;
}
