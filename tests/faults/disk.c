/* SPDX-License-Identifier: MIT */
#include "tests/faults/disk.h"

#include <stdlib.h>
#include <string.h>

#include "lib/core/util.h"

/* One file of ours; the system's own stands behind it in memory. */
typedef struct DiskFile {
        sqlite3_file base;
        sqlite3_file *real;
        const char *name; /* SQLite's, which outlives the file; NULL: a temporary one */
} DiskFile;

static struct {
        sqlite3_vfs *real;
        DiskWatcher watcher;
        unsigned counts[N_DISK_OPERATIONS];

        bool is_armed, is_lasting;
        DiskOperation operation;
        DiskFault fault;
        unsigned left; /* until it fails */
        unsigned failures;
} disk;

const char *disk_operation_name(DiskOperation operation)
{
        static const char *const names[] = {
                [DISK_OPEN] = "open",         [DISK_READ] = "read",
                [DISK_WRITE] = "write",       [DISK_SYNC] = "sync",
                [DISK_TRUNCATE] = "truncate", [DISK_LOCK] = "lock",
                [DISK_INDEX] = "index",       [DISK_INDEX_LOCK] = "index lock",
                [DISK_SIZE] = "size",         [DISK_DELETE] = "delete",
        };

        return names[operation];
}

const char *disk_fault_name(DiskFault fault)
{
        static const char *const names[] = {
                [DISK_BROKEN] = "broken",       [DISK_FULL] = "full", [DISK_SHORT] = "short",
                [DISK_READ_ONLY] = "read-only", [DISK_BUSY] = "busy", [DISK_FLIPPED] = "flipped",
                [DISK_NO_MEMORY] = "no memory",
        };

        return names[fault];
}

/* Does this one fail? */
static bool disk_fails(DiskOperation operation)
{
        disk.counts[operation]++;
        if (!disk.is_armed || disk.operation != operation)
                return false;
        if (disk.left > 1) {
                disk.left--;
                return false;
        }
        if (disk.failures > 0 && !disk.is_lasting)
                return false;

        disk.failures++;
        return true;
}

/* SQLite's code for it; the I/O error is the operation's own. */
static int disk_code(int broken)
{
        switch (disk.fault) {
        case DISK_BROKEN:
        case DISK_FLIPPED:
                return broken;
        case DISK_FULL:
        case DISK_SHORT:
                return SQLITE_FULL;
        case DISK_READ_ONLY:
                return SQLITE_READONLY;
        case DISK_BUSY:
                return SQLITE_BUSY;
        case DISK_NO_MEMORY:
                return SQLITE_IOERR_NOMEM;
        }
        abort();
}

static DiskFile *disk_file(sqlite3_file *file)
{
        return (DiskFile *)file;
}

static sqlite3_file *real_file(sqlite3_file *file)
{
        return disk_file(file)->real;
}

static void tell(sqlite3_file *file, DiskChange change, int64_t offset, const void *data,
                 int64_t size)
{
        if (disk.watcher && disk_file(file)->name)
                disk.watcher(change, disk_file(file)->name, offset, data, size);
}

static int file_close(sqlite3_file *file)
{
        return real_file(file)->pMethods->xClose(real_file(file));
}

static int file_read(sqlite3_file *file, void *data, int size, sqlite3_int64 offset)
{
        bool fails = disk_fails(DISK_READ);
        int code;

        if (fails && disk.fault != DISK_FLIPPED)
                return disk_code(SQLITE_IOERR_READ);

        code = real_file(file)->pMethods->xRead(real_file(file), data, size, offset);
        /* Another bit for each reading. */
        if (fails)
                ((uint8_t *)data)[disk.counts[DISK_READ] * 37U % (unsigned)size] ^=
                        (uint8_t)(1U << disk.counts[DISK_READ] % 8);
        return code;
}

static int file_write(sqlite3_file *file, const void *data, int size, sqlite3_int64 offset)
{
        bool fails = disk_fails(DISK_WRITE);
        int code;

        if (fails && disk.fault != DISK_SHORT)
                return disk_code(SQLITE_IOERR_WRITE);

        if (fails)
                size /= 2;
        code = real_file(file)->pMethods->xWrite(real_file(file), data, size, offset);
        if (code == SQLITE_OK)
                tell(file, DISK_CHANGE_WRITE, offset, data, size);
        return fails ? disk_code(SQLITE_IOERR_WRITE) : code;
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
        int code;

        if (disk_fails(DISK_TRUNCATE))
                return disk_code(SQLITE_IOERR_TRUNCATE);

        code = real_file(file)->pMethods->xTruncate(real_file(file), size);
        if (code == SQLITE_OK)
                tell(file, DISK_CHANGE_TRUNCATE, size, NULL, 0);
        return code;
}

static int file_sync(sqlite3_file *file, int flags)
{
        (void)flags;
        if (disk_fails(DISK_SYNC))
                return disk_code(SQLITE_IOERR_FSYNC);

        tell(file, DISK_CHANGE_SYNC, 0, NULL, 0);
        return SQLITE_OK;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *ret)
{
        if (disk_fails(DISK_SIZE))
                return disk_code(SQLITE_IOERR_FSTAT);
        return real_file(file)->pMethods->xFileSize(real_file(file), ret);
}

static int file_lock(sqlite3_file *file, int level)
{
        if (disk_fails(DISK_LOCK))
                return disk_code(SQLITE_IOERR_LOCK);
        return real_file(file)->pMethods->xLock(real_file(file), level);
}

static int file_unlock(sqlite3_file *file, int level)
{
        return real_file(file)->pMethods->xUnlock(real_file(file), level);
}

static int file_is_reserved(sqlite3_file *file, int *ret)
{
        return real_file(file)->pMethods->xCheckReservedLock(real_file(file), ret);
}

static int file_control(sqlite3_file *file, int operation, void *argument)
{
        return real_file(file)->pMethods->xFileControl(real_file(file), operation, argument);
}

static int file_sector(sqlite3_file *file)
{
        return real_file(file)->pMethods->xSectorSize(real_file(file));
}

static int file_device(sqlite3_file *file)
{
        return real_file(file)->pMethods->xDeviceCharacteristics(real_file(file));
}

static int file_index(sqlite3_file *file, int region, int size, int extend, void volatile **ret)
{
        if (disk_fails(DISK_INDEX))
                return disk_code(SQLITE_IOERR_SHMMAP);
        return real_file(file)->pMethods->xShmMap(real_file(file), region, size, extend, ret);
}

static int file_index_lock(sqlite3_file *file, int offset, int n, int flags)
{
        if (!(flags & SQLITE_SHM_UNLOCK) && disk_fails(DISK_INDEX_LOCK))
                return disk_code(SQLITE_IOERR_SHMLOCK);
        return real_file(file)->pMethods->xShmLock(real_file(file), offset, n, flags);
}

static void file_index_barrier(sqlite3_file *file)
{
        real_file(file)->pMethods->xShmBarrier(real_file(file));
}

static int file_index_unmap(sqlite3_file *file, int also_delete)
{
        return real_file(file)->pMethods->xShmUnmap(real_file(file), also_delete);
}

/* Version 2: without the mapped reading of version 3, which would pass us by. */
static const sqlite3_io_methods methods = {
        .iVersion = 2,
        .xClose = file_close,
        .xRead = file_read,
        .xWrite = file_write,
        .xTruncate = file_truncate,
        .xSync = file_sync,
        .xFileSize = file_size,
        .xLock = file_lock,
        .xUnlock = file_unlock,
        .xCheckReservedLock = file_is_reserved,
        .xFileControl = file_control,
        .xSectorSize = file_sector,
        .xDeviceCharacteristics = file_device,
        .xShmMap = file_index,
        .xShmLock = file_index_lock,
        .xShmBarrier = file_index_barrier,
        .xShmUnmap = file_index_unmap,
};

static int disk_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                     int *ret_flags)
{
        DiskFile *mine = disk_file(file);
        int code;

        (void)vfs;
        *mine = (DiskFile){ .real = (sqlite3_file *)(mine + 1), .name = name };
        if (disk_fails(DISK_OPEN))
                return disk.fault == DISK_BROKEN ? SQLITE_CANTOPEN : disk_code(SQLITE_CANTOPEN);

        code = disk.real->xOpen(disk.real, name, mine->real, flags, ret_flags);
        if (mine->real->pMethods)
                file->pMethods = &methods;
        return code;
}

static int disk_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
        (void)vfs;
        if (disk_fails(DISK_DELETE))
                return disk_code(SQLITE_IOERR_DELETE);
        return disk.real->xDelete(disk.real, name, sync);
}

void disk_install(void)
{
        static sqlite3_vfs vfs;

        if (disk.real)
                return;

        disk.real = sqlite3_vfs_find(NULL);
        vfs = *disk.real;
        vfs.zName = "disk";
        vfs.szOsFile = (int)sizeof(DiskFile) + disk.real->szOsFile;
        vfs.xOpen = disk_open;
        vfs.xDelete = disk_delete;
        if (sqlite3_vfs_register(&vfs, 1) != SQLITE_OK)
                abort();
}

void disk_arm(DiskOperation operation, DiskFault fault, unsigned number, bool is_lasting)
{
        disk.is_armed = true;
        disk.is_lasting = is_lasting;
        disk.operation = operation;
        disk.fault = fault;
        disk.left = number;
        disk.failures = 0;
}

void disk_disarm(void)
{
        disk.is_armed = false;
}

unsigned disk_failures(void)
{
        return disk.failures;
}

unsigned disk_count(DiskOperation operation)
{
        return disk.counts[operation];
}

void disk_reset_counts(void)
{
        memset(disk.counts, 0, sizeof(disk.counts));
}

void disk_watch(DiskWatcher watcher)
{
        disk.watcher = watcher;
}
