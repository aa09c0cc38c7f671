/* SPDX-License-Identifier: MIT */

/*
 * Gives files of an export to the daemon: copies them into a folder of its own beside the others, reading them on the way so that what
 * is damaged is told at once, renames that to a name that the daemon takes, and waits for what it says.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "ctl/cloud.h"
#include "lib/core/control-protocol.h"

typedef struct Delivery {
        Scanctl *scanctl;
        InventoryFile *file;
        CloudBatch batch;
        const char *source; /* the file that is read */
        size_t n;
        int64_t exported_at;
        int copy;
        Buffer error;

        char *name; /* "4711-1795280000" */
        int folder; /* cloud/ of the daemon */
        int ours;   /* where the copies are */
        struct stat owner;
} Delivery;

static void delivery_done(Delivery *delivery)
{
        (void)inventory_file_free(delivery->file);
        buffer_done(&delivery->error);
        free(delivery->name);
        if (delivery->copy >= 0)
                (void)close(delivery->copy);
        if (delivery->ours >= 0)
                (void)close(delivery->ours);
        if (delivery->folder >= 0)
                (void)close(delivery->folder);
}

static int delivery_begin(void *userdata, int64_t exported_at)
{
        Delivery *delivery = userdata;
        InventoryFile *file;
        int r;

        r = inventory_file_new(cloud_part(delivery->scanctl), NULL, NULL, &file);
        if (r < 0)
                return r;
        (void)inventory_file_free(delivery->file);
        delivery->file = file;
        delivery->exported_at = exported_at;

        delivery->copy =
                openat(delivery->ours, "copy", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        return delivery->copy < 0 ? -errno : 0;
}

static int delivery_feed(void *userdata, const void *data, size_t size)
{
        Delivery *delivery = userdata;
        const char *bytes = data;

        while (size > 0) {
                ssize_t n = write(delivery->copy, bytes, size);

                if (n < 0 && errno != EINTR)
                        return -errno;
                if (n > 0) {
                        bytes += n;
                        size -= (size_t)n;
                }
        }

        return inventory_file_feed(delivery->file, data, (size_t)(bytes - (const char *)data));
}

/* What an empty list is of, the name of its file may tell: the script calls it so. */
static InventoryPart delivery_part(Delivery *delivery)
{
        InventoryPart part = inventory_file_part(delivery->file);
        const char *base = strrchr(delivery->source, '/');
        char stem[64];

        base = base ? base + 1 : delivery->source;
        if (part == INVENTORY_PARTS && strcspn(base, ".") < sizeof(stem)) {
                (void)snprintf(stem, sizeof(stem), "%.*s", (int)strcspn(base, "."), base);
                (void)inventory_part_from_name(stem, &part);
        }
        return part;
}

/* Under its name, with the time of the export, and the daemon's. */
static int delivery_end(void *userdata)
{
        Delivery *delivery = userdata;
        const struct timespec times[2] = { { .tv_sec = delivery->exported_at },
                                           { .tv_sec = delivery->exported_at } };
        InventoryPart part;
        char name[96];
        int r;

        r = inventory_file_end(delivery->file);
        if (r < 0)
                return r;
        part = delivery_part(delivery);
        if (part == INVENTORY_PARTS)
                return buffer_append_string(&delivery->error,
                                            "the list is empty, so nobody can tell of what it is: "
                                            "--part=PART says it") < 0
                               ? -ENOMEM
                               : -EBADMSG;

        cloud_batch_add(&delivery->batch, delivery->file);
        (void)snprintf(name, sizeof(name), "%04zu.%s.json", ++delivery->n,
                       inventory_part_info(part)->name);
        if (futimens(delivery->copy, times) < 0 ||
            (geteuid() == 0 &&
             fchown(delivery->copy, delivery->owner.st_uid, delivery->owner.st_gid) < 0) ||
            renameat(delivery->ours, "copy", delivery->ours, name) < 0 || close(delivery->copy) < 0)
                return -errno;
        delivery->copy = -1;
        return 0;
}

static const char *delivery_error(void *userdata)
{
        Delivery *delivery = userdata;

        return delivery->error.size > 0 ? buffer_string(&delivery->error)
                                        : inventory_file_error(delivery->file);
}

/* ------------------------------------------------------------------ the folder */

static int folder_trouble(const char *path, int error)
{
        if (error == -ENOENT)
                return scanctl_error("%s: there is no such folder: scand makes it when it starts.",
                                     path);
        if (error == -EACCES || error == -EPERM)
                return scanctl_error("%s: you may not write there. Be root.", path);
        return scanctl_error("%s: %s.", path, strerror(-error));
}

static int folder_open(Delivery *delivery, const char *state_directory)
{
        _cleanup_free_ char *path = NULL, *hidden = NULL;

        if (asprintf(&path, "%s/cloud", state_directory) < 0) {
                path = NULL;
                return scanctl_error("out of memory.");
        }
        if (asprintf(&delivery->name, "%d-%lld", (int)getpid(), (long long)delivery->scanctl->now) <
                    0 ||
            asprintf(&hidden, ".import-%s", delivery->name) < 0)
                return scanctl_error("out of memory.");

        delivery->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (delivery->folder < 0 || fstat(delivery->folder, &delivery->owner) < 0 ||
            mkdirat(delivery->folder, hidden, 0700) < 0)
                return folder_trouble(path, -errno);
        delivery->ours = openat(delivery->folder, hidden, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (delivery->ours < 0)
                return folder_trouble(path, -errno);
        return 0;
}

static void folder_remove(Delivery *delivery)
{
        char hidden[64], name[96];

        (void)unlinkat(delivery->ours, "copy", 0);
        for (size_t i = 1; i <= delivery->n; i++)
                for (size_t part = 0; part < INVENTORY_PARTS; part++) {
                        (void)snprintf(name, sizeof(name), "%04zu.%s.json", i,
                                       inventory_part_info((InventoryPart)part)->name);
                        (void)unlinkat(delivery->ours, name, 0);
                }
        (void)snprintf(hidden, sizeof(hidden), ".import-%s", delivery->name);
        (void)unlinkat(delivery->folder, hidden, AT_REMOVEDIR);
}

static int folder_hand_over(Delivery *delivery)
{
        char hidden[64];

        (void)snprintf(hidden, sizeof(hidden), ".import-%s", delivery->name);
        if (geteuid() == 0 &&
            fchown(delivery->ours, delivery->owner.st_uid, delivery->owner.st_gid) < 0)
                return scanctl_error("%s: %s.", hidden, strerror(errno));
        if (renameat(delivery->folder, hidden, delivery->folder, hidden + 1) < 0)
                return scanctl_error("%s: %s.", hidden, strerror(errno));
        return 0;
}

/* ------------------------------------------------------------------ the word */

static bool is_running(const char *runtime_directory)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        bool answers;
        int fd;

        if (snprintf(address.sun_path, sizeof(address.sun_path), "%s/" CONTROL_SOCKET,
                     runtime_directory) >= (int)sizeof(address.sun_path))
                return true;
        fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return true;

        answers = connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 ||
                  errno == EACCES;
        (void)close(fd);
        return answers;
}

/* 1: it has spoken; 0: not yet; or EXIT_TROUBLE after a message. */
static int read_word(Delivery *delivery, int *ret_code)
{
        char name[64], text[2000];
        ssize_t n;
        char *end;
        int fd;

        (void)snprintf(name, sizeof(name), "%s.said", delivery->name);
        fd = openat(delivery->folder, name, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return 0;
        n = read(fd, text, sizeof(text) - 1);
        (void)close(fd);
        (void)unlinkat(delivery->folder, name, 0);

        text[n > 0 ? n : 0] = 0;
        end = strchr(text, '\n');
        if (!end) {
                *ret_code = scanctl_error("scand said nothing that can be understood.");
                return 1;
        }
        *end++ = 0;
        end[strcspn(end, "\n")] = 0;

        if (strcmp(text, "ok") == 0) {
                (void)fprintf(delivery->scanctl->output.stream, "imported: %s\n", end);
                *ret_code = EXIT_FINE;
        } else
                *ret_code = scanctl_error("%s. The former inventory stays.", end);
        return 1;
}

static int wait_for_word(Delivery *delivery, const char *runtime_directory)
{
        const struct timespec pause = { .tv_nsec = 100 * 1000 * 1000 };

        for (unsigned turn = 0;; turn++) {
                int code = EXIT_TROUBLE;

                if (read_word(delivery, &code) != 0)
                        return code;
                if (turn % 20 == 10 && !is_running(runtime_directory))
                        return scanctl_error("scand is not running: the export lies ready, and is "
                                             "imported when it runs (systemctl start scand).");
                (void)nanosleep(&pause, NULL);
        }
}

/* Whoever is in an export twice is in his own way. 0, or EXIT_TROUBLE after a message. */
static int check_operands(char **operands, size_t n)
{
        _cleanup_free_ struct stat *files = calloc(n ?: 1, sizeof(*files));

        if (!files)
                return scanctl_error("out of memory.");

        for (size_t i = 0; i < n; i++) {
                if (stat(operands[i], &files[i]) < 0)
                        continue; /* whoever reads it tells why */
                for (size_t k = 0; k < i; k++)
                        if (files[k].st_ino == files[i].st_ino &&
                            files[k].st_dev == files[i].st_dev)
                                return scanctl_error("%s: the file is given twice.", operands[i]);
        }

        return 0;
}

int cloud_import(Scanctl *scanctl, char **operands, size_t n_operands)
{
        _cleanup_(delivery_done) Delivery delivery = {
                .scanctl = scanctl,
                .copy = -1,
                .folder = -1,
                .ours = -1,
        };
        const CloudSink sink = { delivery_begin, delivery_feed, delivery_end, delivery_error,
                                 &delivery };
        const Config *config;
        int r;

        if (scanctl_config(scanctl, CONFIG_NEED_PATHS, &config) < 0)
                return EXIT_TROUBLE;
        r = check_operands(operands, n_operands);
        if (r == 0)
                r = folder_open(&delivery, config->state_directory);
        if (r != 0)
                return r;

        for (size_t i = 0; i < n_operands && r == 0; i++) {
                delivery.source = operands[i];
                r = cloud_read(operands[i], scanctl->now, &sink);
        }
        if (r == 0)
                r = cloud_batch_check(&delivery.batch);
        if (r == 0)
                r = folder_hand_over(&delivery);
        if (r != 0) {
                folder_remove(&delivery);
                return r;
        }

        return wait_for_word(&delivery, config->runtime_directory);
}
