/* SPDX-License-Identifier: MIT */
#include "lib/state/store-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/core/util.h"

/*
 * What is known and done about the files before SQLite opens them. SQLite trusts its files: a write-ahead log left beside another
 * database is replayed into it, silently and with integrity_check ok (measured); a database of somebody else's is
 * written to. So the header is read by hand first, and nothing is opened for writing that is not ours.
 */

#define FILE_MODE 0640 /* the group scand reads */

_printf_(3, 4) int store_fail(char **ret_error, int r, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        if (vasprintf(ret_error, format, arguments) < 0)
                *ret_error = NULL;
        va_end(arguments);
        return r;
}

static int fail_errno(char **ret_error, const char *path, const char *what)
{
        int r = -errno;

        return store_fail(ret_error, r, "%s cannot be %s: %s", path, what, strerror(-r));
}

_printf_(1, 2) static char *name_format(const char *format, ...)
{
        va_list arguments;
        char *name;
        int r;

        va_start(arguments, format);
        r = vasprintf(&name, format, arguments);
        va_end(arguments);
        return r < 0 ? NULL : name;
}

/* "…/scand.db" has "…/scand.lock". */
static char *lock_name(const char *path)
{
        size_t size = strlen(path);

        if (size > 3 && strcmp(path + size - 3, ".db") == 0)
                size -= 3;
        return name_format("%.*s.lock", (int)size, path);
}

int store_file_lock(const char *path, int *ret, char **ret_error)
{
        _cleanup_free_ char *name = lock_name(path);
        int fd;

        if (!name)
                return -ENOMEM;

        fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
        if (fd < 0)
                return fail_errno(ret_error, name, "opened");

        if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
                int r = errno == EWOULDBLOCK ? -EBUSY : -errno;

                (void)close(fd);
                if (r == -EBUSY)
                        return store_fail(ret_error, r, "%s is in use by another scand", path);
                return store_fail(ret_error, r, "%s cannot be locked: %s", name, strerror(-r));
        }

        *ret = fd;
        return 0;
}

/* Which file was the database when it was last opened for writing? The lock file says: device and inode. */
static bool file_is_remembered(const char *path, const struct stat *st)
{
        _cleanup_free_ char *name = lock_name(path);
        unsigned long long device, inode;
        bool is_same = true;
        FILE *file;

        file = name ? fopen(name, "re") : NULL;
        if (!file)
                return true;

        if (fscanf(file, "%llu %llu", &device, &inode) == 2)
                is_same = device == (unsigned long long)st->st_dev &&
                          inode == (unsigned long long)st->st_ino;
        (void)fclose(file);
        return is_same;
}

int store_file_remember(int lock, const char *path)
{
        char text[64];
        struct stat st;
        int size;

        if (stat(path, &st) < 0)
                return -errno;

        size = snprintf(text, sizeof(text), "%llu %llu\n", (unsigned long long)st.st_dev,
                        (unsigned long long)st.st_ino);
        if (ftruncate(lock, 0) < 0)
                return -errno;
        if (pwrite(lock, text, (size_t)size, 0) != size)
                return errno ? -errno : -EIO;
        return 0;
}

/* The fields of SQLite's header that matter here: https://www.sqlite.org/fileformat2.html, section 1.3. */
typedef struct FileHeader {
        uint8_t magic[16];
        uint8_t page_size[2];
        uint8_t versions[2];
        uint8_t rest[4];
        uint8_t change_counter[4];
        uint8_t pages[4];
        uint8_t until_user_version[28];
        uint8_t user_version[4];
        uint8_t until_application[4];
        uint8_t application[4];
        uint8_t reserved[20];
        uint8_t valid_for[4];
        uint8_t sqlite_version[4];
} FileHeader;

_Static_assert(sizeof(FileHeader) == 100, "SQLite's header has 100 bytes");

static uint32_t big_endian(const uint8_t *bytes)
{
        return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
               bytes[3];
}

static int header_judge(const char *path, const FileHeader *header, char **ret_error)
{
        uint32_t version = big_endian(header->user_version);

        if (memcmp(header->magic, "SQLite format 3", sizeof(header->magic)) != 0 ||
            big_endian(header->application) != STORE_APPLICATION_ID)
                return store_fail(ret_error, -EMEDIUMTYPE,
                                  "%s is not a database of scand: it is left untouched", path);

        if (version > SCHEMA_VERSION)
                return store_fail(ret_error, -EMEDIUMTYPE,
                                  "%s was written by a newer scand (schema %u, this one knows %d): "
                                  "it is left untouched",
                                  path, version, SCHEMA_VERSION);
        return 0;
}

/* A file cut short. While a log stands beside it, pages may be there rather than here. */
static bool file_is_short(const FileHeader *header, const struct stat *st)
{
        uint32_t page = (uint32_t)header->page_size[0] << 8 | header->page_size[1];

        if (memcmp(header->change_counter, header->valid_for, 4) != 0)
                return false;
        return (uint64_t)st->st_size <
               (uint64_t)big_endian(header->pages) * (page == 1 ? 65536 : page);
}

/* Bytes of the write-ahead log, 0 where there is none; or negative. */
static int64_t log_size(const char *path)
{
        _cleanup_free_ char *name = name_format("%s-wal", path);
        struct stat st;

        if (!name)
                return -ENOMEM;
        if (stat(name, &st) < 0)
                return errno == ENOENT ? 0 : -errno;
        return st.st_size;
}

static int file_judge(const char *path, int fd, char **ret_error)
{
        FileHeader header;
        struct stat st;
        int64_t log;
        ssize_t n;
        int r;

        if (fstat(fd, &st) < 0)
                return fail_errno(ret_error, path, "read");
        if (!S_ISREG(st.st_mode))
                return store_fail(ret_error, -EMEDIUMTYPE, "%s is not a file", path);

        n = pread(fd, &header, sizeof(header), 0);
        if (n < 0)
                return fail_errno(ret_error, path, "read");
        if ((size_t)n < sizeof(header))
                return store_fail(ret_error, -EMEDIUMTYPE,
                                  "%s is not a database of scand: it is left untouched", path);

        r = header_judge(path, &header, ret_error);
        if (r < 0)
                return r;

        log = log_size(path);
        if (log < 0)
                return store_fail(ret_error, (int)log, "%s-wal cannot be read: %s", path,
                                  strerror((int)-log));
        if (log > 0 && !file_is_remembered(path, &st))
                return store_fail(ret_error, -EUCLEAN,
                                  "%s was replaced, but %s-wal of the former database was left and "
                                  "would be played back into it: "
                                  "remove %s-wal and %s-shm",
                                  path, path, path, path);
        if (log == 0 && file_is_short(&header, &st))
                return store_fail(ret_error, -EUCLEAN, "%s is damaged (it was cut short)", path);
        return 0;
}

int store_file_inspect(const char *path, char **ret_error)
{
        int fd, r;

        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (fd < 0 && errno == ENOENT)
                return store_fail(ret_error, -ENOENT,
                                  "%s does not exist yet: has scand been started?", path);
        if (fd < 0)
                return fail_errno(ret_error, path, "opened");

        r = file_judge(path, fd, ret_error);
        (void)close(fd);
        return r;
}

/* Removes what stands beside a database of this name. */
static int remove_side_files(const char *path)
{
        static const char *const suffixes[] = { "-wal", "-shm", "-journal" };

        for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
                _cleanup_free_ char *name = name_format("%s%s", path, suffixes[i]);

                if (!name)
                        return -ENOMEM;
                if (unlink(name) < 0 && errno != ENOENT)
                        return -errno;
        }

        return 0;
}

static int file_touch(const char *path)
{
        int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE), r = 0;

        if (fd < 0)
                return -errno;
        /* Whatever the umask: SQLite gives the side files the mode of the database. */
        if (fchmod(fd, FILE_MODE) < 0)
                r = -errno;
        (void)close(fd);
        return r;
}

static int database_fill(const char *path)
{
        sqlite3 *database = NULL;
        int r;

        r = store_errno(sqlite3_open_v2(path, &database,
                                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL));
        if (r >= 0)
                r = store_execute(database, "PRAGMA synchronous=FULL");
        if (r >= 0)
                r = store_schema_create(database);
        if (r >= 0)
                r = store_execute(database, "PRAGMA journal_mode=WAL");
        if (sqlite3_close(database) != SQLITE_OK && r >= 0)
                r = -EIO;
        return r;
}

static int folder_sync(const char *path)
{
        _cleanup_free_ char *folder = strdup(path);
        char *slash;
        int fd, r = 0;

        if (!folder)
                return -ENOMEM;

        slash = strrchr(folder, '/');
        if (slash)
                slash[slash == folder ? 1 : 0] = '\0';

        fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        if (fsync(fd) < 0)
                r = -errno;
        (void)close(fd);
        return r;
}

static int file_create(const char *path, const char *draft)
{
        int r;

        if (unlink(draft) < 0 && errno != ENOENT)
                return -errno;
        r = remove_side_files(draft);
        if (r < 0)
                return r;

        r = file_touch(draft);
        if (r >= 0)
                r = database_fill(draft);
        if (r < 0)
                return r;

        /* Somebody removed the database but not its log: that would come back to life in the new one. */
        r = remove_side_files(path);
        if (r < 0)
                return r;

        /* link() never replaces, on every file system. */
        if (link(draft, path) < 0 || unlink(draft) < 0)
                return -errno;
        return folder_sync(path);
}

int store_file_create(const char *path, char **ret_error)
{
        _cleanup_free_ char *draft = name_format("%s.new", path);
        int r;

        if (!draft)
                return -ENOMEM;

        r = file_create(path, draft);
        if (r < 0) {
                (void)unlink(draft);
                return store_fail(ret_error, r, "%s cannot be created: %s", path, strerror(-r));
        }
        return 0;
}
