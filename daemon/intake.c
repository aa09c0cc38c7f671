/* SPDX-License-Identifier: MIT */
#include "daemon/intake.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "daemon/log.h"
#include "lib/state/apply.h"
#include "lib/state/cloud-import.h"

enum {
        LOOK_USEC = 1000 * 1000,
        BUSY_USEC = 100 * 1000, /* somebody has the transaction */
        SETTLED_SECONDS = 6,    /* a file that is being copied changes */
        PIECE = 32 << 10,
        STEP = 300,       /* objects judged in a turn */
        SWEEP = 500,      /* rows */
        FILES_MAX = 1000, /* of one import */
};

typedef enum IntakeState {
        INTAKE_LOOKING,
        INTAKE_READING,
        INTAKE_PUBLISHING,
        INTAKE_APPLYING,
        INTAKE_SWEEPING,
} IntakeState;

struct Intake {
        Manager *manager;
        sd_event_source *timer, *work;
        int folder; /* descriptor */
        IntakeState state;

        /* The import under way. */
        char *batch; /* its folder; NULL: loose files */
        int from;    /* descriptor of where its files are */
        char **files;
        size_t n_files, next_file;
        int file; /* the one that is read; -1: none */
        CloudImport *import;
        Domain domain;
        Apply *apply;
        uint8_t piece[PIECE];
};

/* ------------------------------------------------------------------ an import comes and goes */

static void intake_forget(Intake *intake)
{
        (void)apply_free(intake->apply);
        intake->apply = NULL;
        domain_done(&intake->domain);
        intake->domain = (Domain){};
        (void)cloud_import_free(intake->import);
        intake->import = NULL;
        for (size_t i = 0; i < intake->n_files; i++)
                free(intake->files[i]);
        free(intake->files);
        intake->files = NULL;
        intake->n_files = intake->next_file = 0;
        if (intake->file >= 0)
                (void)close(intake->file);
        if (intake->from >= 0 && intake->from != intake->folder)
                (void)close(intake->from);
        intake->file = intake->from = -1;
        free(intake->batch);
        intake->batch = NULL;
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
static bool is_settled(const Intake *intake, int folder, const char *name)
{
        struct stat status;

        return fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
               manager_wall(intake->manager) >= (int64_t)status.st_ctime + SETTLED_SECONDS;
}

static bool is_wanted(int folder, const char *name)
{
        struct stat status;

        return name[0] != '.' && !ends_with(name, ".refused") && !ends_with(name, ".said") &&
               !ends_with(name, ".new") &&
               fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode);
}

static int intake_list(Intake *intake, int folder)
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

        intake->files = calloc(FILES_MAX, sizeof(*intake->files));
        while (intake->files && intake->n_files < FILES_MAX && (entry = readdir(stream))) {
                if (!is_wanted(folder, entry->d_name))
                        continue;
                is_growing = is_growing ||
                             (!intake->batch && !is_settled(intake, folder, entry->d_name));
                intake->files[intake->n_files] = strdup(entry->d_name);
                if (!intake->files[intake->n_files])
                        break;
                intake->n_files++;
        }
        (void)closedir(stream);
        if (!intake->files)
                return -ENOMEM;
        if (is_growing) {
                /* They belong together: all of them, or none yet. */
                for (size_t i = 0; i < intake->n_files; i++)
                        free(intake->files[i]);
                intake->n_files = 0;
        }

        qsort(intake->files, intake->n_files, sizeof(*intake->files), compare_names);
        return 0;
}

/* The first folder that scanctl has put here; NULL: none. The caller frees it. */
static char *intake_find_batch(Intake *intake)
{
        int copy = openat(intake->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
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

/* 1: there is something to import; 0: nothing; or negative. */
static int intake_look(Intake *intake)
{
        int r;

        intake->batch = intake_find_batch(intake);
        intake->from = intake->folder;
        if (intake->batch) {
                intake->from = openat(intake->folder, intake->batch,
                                      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
                if (intake->from < 0)
                        return errno == ENOTDIR ? 0 : -errno;
        }

        r = intake_list(intake, intake->from);
        if (r < 0 || (intake->n_files == 0 && !intake->batch))
                return r < 0 ? r : 0;

        r = cloud_import_new(manager_store(intake->manager), manager_wall(intake->manager),
                             &intake->import);
        return r < 0 ? r : 1;
}

/* The files of an import go; of a refused one that came by itself, they stay under another name, or it would come again. */
static void intake_clear(Intake *intake, bool is_refused)
{
        for (size_t i = 0; i < intake->n_files; i++) {
                char name[300];

                (void)snprintf(name, sizeof(name), "%s.refused", intake->files[i]);
                if (is_refused && !intake->batch)
                        (void)renameat(intake->from, intake->files[i], intake->from, name);
                else
                        (void)unlinkat(intake->from, intake->files[i], 0);
        }
        if (intake->batch)
                (void)unlinkat(intake->folder, intake->batch, AT_REMOVEDIR);
}

/* For whoever waits: written elsewhere and renamed, so that it is read whole or not at all. */
static void intake_say(Intake *intake, const char *outcome, const char *text)
{
        char name[300], hidden[302];
        FILE *stream;
        int fd;

        if (!intake->batch)
                return;

        (void)snprintf(name, sizeof(name), "%s.said", intake->batch + strlen("import-"));
        (void)snprintf(hidden, sizeof(hidden), ".%s", name);
        fd = openat(intake->folder, hidden, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
        stream = fd < 0 ? NULL : fdopen(fd, "w");
        if (!stream) {
                if (fd >= 0)
                        (void)close(fd);
                return;
        }
        (void)fprintf(stream, "%s\n%s\n", outcome, text);
        if (fclose(stream) == 0)
                (void)renameat(intake->folder, hidden, intake->folder, name);
}

static void intake_end(Intake *intake)
{
        intake_forget(intake);
        intake->state = INTAKE_SWEEPING;
}

static void intake_refuse(Intake *intake, const char *file, const char *reason)
{
        char text[1200];

        (void)snprintf(text, sizeof(text), "%s%s%s", file ? file : "", file ? ": " : "", reason);
        log_error("the inventory of the cloud is not imported, the former one stays: %s", text);
        intake_say(intake, "failed", text);
        intake_clear(intake, true);
        intake_end(intake);
}

static void intake_fail(Intake *intake, int error)
{
        intake_refuse(intake, NULL, strerror(-error));
}

static void intake_done(Intake *intake)
{
        const CloudPart *parts;
        char text[1200] = "";
        size_t n, size = 0;

        parts = cloud_import_parts(intake->import, &n);
        for (size_t i = 0; i < n && size < sizeof(text) - 100; i++)
                size += (size_t)snprintf(text + size, sizeof(text) - size, "%s%lld %s",
                                         i > 0 ? ", " : "", (long long)parts[i].objects,
                                         inventory_part_info(parts[i].part)->title);

        log_info("the inventory of the cloud is imported: %s", text);
        intake_say(intake, "ok", text);
        intake_clear(intake, false);
        intake_end(intake);
        manager_committed(intake->manager);
        manager_inventory_changed(intake->manager);
}

/* ------------------------------------------------------------------ reading */

/* "3.users.json" of scanctl is taken for users; the name "users.json" only tells what an empty list is of. */
static void file_parts(const char *name, InventoryPart *ret_part, InventoryPart *ret_hint)
{
        char stem[64];
        const char *dot = strchr(name, '.'), *first = name;
        size_t n;

        *ret_part = *ret_hint = INVENTORY_PARTS;
        if (dot && strspn(name, "0123456789") == (size_t)(dot - name) && strchr(dot + 1, '.'))
                first = dot + 1;
        n = strcspn(first, ".");
        if (n >= sizeof(stem))
                return;

        memcpy(stem, first, n);
        stem[n] = 0;
        (void)inventory_part_from_name(stem, first != name ? ret_part : ret_hint);
}

/* 0, APPLY_MORE: somebody has the transaction, or negative. */
static int intake_open(Intake *intake)
{
        const char *name = intake->files[intake->next_file];
        InventoryPart part, hint;
        struct stat status;

        intake->file = openat(intake->from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (intake->file < 0 || fstat(intake->file, &status) < 0)
                return -errno;
        if (!S_ISREG(status.st_mode))
                return -EINVAL;

        file_parts(name, &part, &hint);
        return cloud_import_begin(intake->import, part, hint, status.st_mtime);
}

static int intake_read_piece(Intake *intake)
{
        ssize_t n;
        int r;

        if (store_in_transaction(manager_store(intake->manager)))
                return -EBUSY;

        n = read(intake->file, intake->piece, PIECE);
        if (n < 0)
                return -errno;
        if (n > 0)
                return cloud_import_feed(intake->import, intake->piece, (size_t)n);

        r = cloud_import_end(intake->import);
        (void)close(intake->file);
        intake->file = -1;
        intake->next_file++;
        return r;
}

static int intake_read(Intake *intake)
{
        int r = 0;

        if (intake->next_file == intake->n_files) {
                r = cloud_import_check(intake->import);
                intake->state = INTAKE_PUBLISHING;
                return r;
        }

        if (intake->file < 0)
                r = intake_open(intake);
        return r < 0 ? r : intake_read_piece(intake);
}

/* ------------------------------------------------------------------ publishing */

/* Any domain that is followed: the inventory is judged against all of them by one Apply. 1, 0: there is none so far, or negative. */
static int intake_find_domain(Intake *intake)
{
        const Config *config = manager_config(intake->manager);

        for (size_t i = 0; i < config->n_domains; i++) {
                int r;

                domain_done(&intake->domain);
                intake->domain = (Domain){};
                r = domain_load(manager_store(intake->manager), config->domains[i].name,
                                &intake->domain);
                if (r < 0)
                        return r;
                if (intake->domain.is_ready)
                        return 1;
        }

        return 0;
}

static int intake_publish(Intake *intake)
{
        Manager *manager = intake->manager;
        ApplySettings settings = { .config = manager_config(manager),
                                   .now = manager_wall(manager) };
        int r;

        if (!manager_claim_import(manager))
                return -EBUSY;

        r = intake_find_domain(intake);
        if (r <= 0) {
                r = r < 0 ? r : cloud_import_publish(intake->import);
                manager_release_import(manager);
                if (r >= 0)
                        intake_done(intake);
                return r;
        }

        settings.domain_config = config_find_domain(settings.config, intake->domain.name);
        settings.cloud_parts = cloud_import_parts(intake->import, &settings.n_cloud_parts);
        r = apply_new(manager_store(manager), &intake->domain, APPLY_CLOUD, &settings,
                      &intake->apply);
        if (r >= 0)
                r = apply_accept(intake->apply, NULL);
        if (r < 0) {
                (void)apply_free(intake->apply);
                intake->apply = NULL;
                manager_release_import(manager);
                return r;
        }

        intake->state = INTAKE_APPLYING;
        return 0;
}

static int intake_apply(Intake *intake)
{
        int r = apply_step(intake->apply, STEP);

        if (r == APPLY_MORE)
                return 0;

        (void)apply_free(intake->apply);
        intake->apply = NULL;
        manager_release_import(intake->manager);
        if (r >= 0)
                intake_done(intake);
        return r;
}

void intake_reconfigure(Intake *intake)
{
        if (!intake || !intake->apply)
                return;

        (void)apply_free(intake->apply);
        intake->apply = NULL;
        intake->state = INTAKE_PUBLISHING;
        manager_release_import(intake->manager);
}

/* ------------------------------------------------------------------ the loop */

static int intake_start(Intake *intake)
{
        int r = intake_look(intake);

        if (r > 0)
                intake->state = INTAKE_READING;
        else
                intake_forget(intake);
        return r < 0 ? r : 0;
}

static int intake_sweep(Intake *intake)
{
        Store *store = manager_store(intake->manager);
        int r;

        if (store_in_transaction(store))
                return -EBUSY;
        r = cloud_sweep(store, NULL, SWEEP);
        if (r <= 0)
                intake->state = INTAKE_LOOKING;
        return r;
}

static int intake_step(Intake *intake)
{
        switch (intake->state) {
        case INTAKE_LOOKING:
                return intake_start(intake);
        case INTAKE_READING:
                return intake_read(intake);
        case INTAKE_PUBLISHING:
                return intake_publish(intake);
        case INTAKE_APPLYING:
                return intake_apply(intake);
        case INTAKE_SWEEPING:
                return intake_sweep(intake);
        }

        return 0;
}

static void intake_trouble(Intake *intake, int error)
{
        size_t at = intake->next_file;
        const char *file =
                intake->state == INTAKE_READING && at < intake->n_files ? intake->files[at] : NULL;

        if (intake->state == INTAKE_LOOKING || intake->state == INTAKE_SWEEPING) {
                log_warning("the folder for exports of the cloud: %s", strerror(-error));
                intake->state = INTAKE_LOOKING;
        } else if (error == -EBADMSG)
                intake_refuse(intake, file, cloud_import_error(intake->import));
        else
                intake_fail(intake, error);
}

static int on_work(sd_event_source *source, void *userdata)
{
        Intake *intake = userdata;
        int r;

        manager_note_turn(intake->manager, "importing");
        r = intake_step(intake);
        if (r < 0 && r != -EBUSY)
                intake_trouble(intake, r);

        /* More at once, or when the transaction may be free, or when something may have come. */
        if (intake->state == INTAKE_LOOKING || r == -EBUSY) {
                (void)sd_event_source_set_time_relative(intake->timer,
                                                        r == -EBUSY ? BUSY_USEC : LOOK_USEC);
                (void)sd_event_source_set_enabled(intake->timer, SD_EVENT_ONESHOT);
        } else
                (void)sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
        return 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
        const Intake *intake = userdata;

        return sd_event_source_set_enabled(intake->work, SD_EVENT_ONESHOT);
}

static int intake_make_folder(Intake *intake, const char *state_directory)
{
        _cleanup_free_ char *path = NULL;

        if (asprintf(&path, "%s/cloud", state_directory) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        if (mkdir(path, 0750) < 0 && errno != EEXIST)
                return -errno;

        intake->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return intake->folder < 0 ? -errno : 0;
}

Intake *intake_free(Intake *intake)
{
        if (!intake)
                return NULL;

        sd_event_source_disable_unref(intake->timer);
        sd_event_source_disable_unref(intake->work);
        intake_forget(intake);
        if (intake->folder >= 0)
                (void)close(intake->folder);
        free(intake);
        return NULL;
}

int intake_new(Manager *manager, const char *state_directory, Intake **ret)
{
        sd_event *event = manager_event(manager);
        Intake *intake = calloc(1, sizeof(*intake));
        int r;

        if (!intake)
                return -ENOMEM;

        intake->manager = manager;
        intake->state = INTAKE_SWEEPING; /* of what a crash has left */
        intake->folder = intake->from = intake->file = -1;
        r = intake_make_folder(intake, state_directory);
        if (r >= 0)
                r = sd_event_add_defer(event, &intake->work, on_work, intake);
        if (r >= 0)
                r = sd_event_source_set_enabled(intake->work, SD_EVENT_OFF);
        if (r >= 0)
                r = sd_event_add_time_relative(event, &intake->timer, CLOCK_MONOTONIC, BUSY_USEC, 0,
                                               on_timer, intake);
        if (r < 0) {
                (void)intake_free(intake);
                return r;
        }

        (void)sd_event_source_set_description(intake->work, "intake");
        (void)sd_event_source_set_description(intake->timer, "intake-timer");
        *ret = intake;
        return 0;
}
