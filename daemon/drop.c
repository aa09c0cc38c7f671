/* SPDX-License-Identifier: MIT */
#include "daemon/drop.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
        SETTLED_SECONDS = 6, /* a file that is being copied changes */
        FILES_MAX = 1000,    /* of one import */
};

int drop_open(Drop *drop, const char *state_directory)
{
        _cleanup_free_ char *path = NULL;

        if (asprintf(&path, "%s/cloud", state_directory) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        if (mkdir(path, 0750) < 0 && errno != EEXIST)
                return -errno;

        drop->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return drop->folder < 0 ? -errno : 0;
}

void drop_forget(Drop *drop)
{
        for (size_t i = 0; i < drop->n_files; i++)
                free(drop->files[i]);
        free(drop->files);
        drop->files = NULL;
        drop->n_files = 0;
        if (drop->from >= 0 && drop->from != drop->folder)
                (void)close(drop->from);
        drop->from = -1;
        free(drop->batch);
        drop->batch = NULL;
}

void drop_done(Drop *drop)
{
        drop_forget(drop);
        if (drop->folder >= 0)
                (void)close(drop->folder);
        *drop = DROP_CLOSED;
}

static int compare_names(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool ends_with(const char *name, const char *end)
{
        size_t n = strlen(name), m = strlen(end);

        return n >= m && strcmp(name + n - m, end) == 0;
}

/* Is nobody writing the file any more? By when its inode changed: a copy may have any time of writing. */
static bool is_settled(int64_t now, int folder, const char *name)
{
        struct stat status;

        return fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
               now >= (int64_t)status.st_ctime + SETTLED_SECONDS;
}

static bool is_wanted(int folder, const char *name)
{
        struct stat status;

        return name[0] != '.' && !ends_with(name, ".refused") && !ends_with(name, ".said") &&
               !ends_with(name, ".new") &&
               fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode);
}

static int drop_list(Drop *drop, int64_t now, int folder)
{
        int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *stream = copy < 0 ? NULL : fdopendir(copy);
        const struct dirent *entry;
        bool is_growing = false;

        if (!stream) {
                if (copy >= 0)
                        (void)close(copy);
                return -errno;
        }

        drop->files = calloc(FILES_MAX, sizeof(*drop->files));
        while (drop->files && drop->n_files < FILES_MAX && (entry = readdir(stream))) {
                if (!is_wanted(folder, entry->d_name))
                        continue;
                is_growing =
                        is_growing || (!drop->batch && !is_settled(now, folder, entry->d_name));
                drop->files[drop->n_files] = strdup(entry->d_name);
                if (!drop->files[drop->n_files])
                        break;
                drop->n_files++;
        }
        (void)closedir(stream);
        if (!drop->files)
                return -ENOMEM;
        if (is_growing) {
                /* They belong together: all of them, or none yet. */
                for (size_t i = 0; i < drop->n_files; i++)
                        free(drop->files[i]);
                drop->n_files = 0;
        }

        qsort(drop->files, drop->n_files, sizeof(*drop->files), compare_names);
        return 0;
}

/* The first folder that scanctl has put here; NULL: none. The caller frees it. */
static char *drop_find_batch(const Drop *drop)
{
        int copy = openat(drop->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *stream = copy < 0 ? NULL : fdopendir(copy);
        const struct dirent *entry;
        char *found = NULL;

        if (!stream) {
                if (copy >= 0)
                        (void)close(copy);
                return NULL;
        }
        while (!found && (entry = readdir(stream)))
                if (strncmp(entry->d_name, "import-", 7) == 0 && !strchr(entry->d_name, '.'))
                        found = strdup(entry->d_name);
        (void)closedir(stream);
        return found;
}

int drop_look(Drop *drop, int64_t now)
{
        int r;

        drop->batch = drop_find_batch(drop);
        drop->from = drop->folder;
        if (drop->batch) {
                drop->from = openat(drop->folder, drop->batch,
                                    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
                if (drop->from < 0)
                        return errno == ENOTDIR ? 0 : -errno;
        }

        r = drop_list(drop, now, drop->from);
        return r < 0 ? r : drop->n_files > 0 || drop->batch;
}

int drop_open_file(const Drop *drop, size_t index, struct stat *ret_status)
{
        int fd = openat(drop->from, drop->files[index],
                        O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        int r = 0;

        if (fd < 0)
                return -errno;
        if (fstat(fd, ret_status) < 0)
                r = -errno;
        else if (!S_ISREG(ret_status->st_mode))
                r = -EINVAL;
        if (r < 0)
                (void)close(fd);
        return r < 0 ? r : fd;
}

void drop_clear(Drop *drop, bool is_refused)
{
        for (size_t i = 0; i < drop->n_files; i++) {
                char name[300];

                (void)snprintf(name, sizeof(name), "%s.refused", drop->files[i]);
                if (is_refused && !drop->batch)
                        (void)renameat(drop->from, drop->files[i], drop->from, name);
                else
                        (void)unlinkat(drop->from, drop->files[i], 0);
        }
        if (drop->batch)
                (void)unlinkat(drop->folder, drop->batch, AT_REMOVEDIR);
}

void drop_say(Drop *drop, const char *outcome, const char *text)
{
        char name[300], hidden[302];
        FILE *stream;
        int fd;

        if (!drop->batch)
                return;

        (void)snprintf(name, sizeof(name), "%s.said", drop->batch + strlen("import-"));
        (void)snprintf(hidden, sizeof(hidden), ".%s", name);
        fd = openat(drop->folder, hidden, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
        stream = fd < 0 ? NULL : fdopen(fd, "w");
        if (!stream) {
                if (fd >= 0)
                        (void)close(fd);
                return;
        }
        (void)fprintf(stream, "%s\n%s\n", outcome, text);
        if (fclose(stream) == 0)
                (void)renameat(drop->folder, hidden, drop->folder, name);
}
