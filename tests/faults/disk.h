/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A disk that fails on demand: a VFS of SQLite's that stands before the system's own and counts what is asked of it. What is
 * written may be recorded in its order, see power.h. A sync reaches no real disk: a test asks that it was asked for.
 */

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum DiskOperation {
        DISK_OPEN,
        DISK_READ,
        DISK_WRITE,
        DISK_SYNC,
        DISK_TRUNCATE,
        DISK_LOCK,       /* of the database file */
        DISK_INDEX,      /* mapping of the log's index, shared memory */
        DISK_INDEX_LOCK, /* in that memory: who writes, who reads, who recovers */
        DISK_SIZE,
        DISK_DELETE,
        N_DISK_OPERATIONS,
} DiskOperation;

typedef enum DiskFault {
        DISK_BROKEN,    /* an I/O error */
        DISK_FULL,      /* SQLITE_FULL; writes only */
        DISK_SHORT,     /* half of it is written, then the disk is full */
        DISK_READ_ONLY, /* as after a remount; writes only */
        DISK_BUSY,      /* somebody else has the lock */
        DISK_FLIPPED,   /* one bit of what is read is another, and nothing says so */
        DISK_NO_MEMORY, /* SQLITE_IOERR_NOMEM, as the log's index gives it */
} DiskFault;

const char *disk_operation_name(DiskOperation operation);
const char *disk_fault_name(DiskFault fault);

/* From now on every database of this process lies on the disk. */
void disk_install(void);

/* The operation of this sort that comes `number`th from now on fails, from 1; where it is lasting all later ones, too. */
void disk_arm(DiskOperation operation, DiskFault fault, unsigned number, bool is_lasting);
void disk_disarm(void);
unsigned disk_failures(void); /* how often it failed since it was armed */

/* How many of this sort there were since disk_reset_counts(). */
unsigned disk_count(DiskOperation operation);
void disk_reset_counts(void);

typedef enum DiskChange {
        DISK_CHANGE_WRITE,
        DISK_CHANGE_TRUNCATE,
        DISK_CHANGE_SYNC,
} DiskChange;

/* Whoever wants to know what reaches the files: `name` is the file's path. NULL: nobody. */
typedef void (*DiskWatcher)(DiskChange change, const char *name, int64_t offset, const void *data,
                            int64_t size);
void disk_watch(DiskWatcher watcher);
