/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A model of one Active Directory domain: a few objects, each with a replica on every domain controller, that is written to, deleted,
 * brought back, replicated piece by piece, rolled back and restored. It keeps what tracking relies on as Windows does: a
 * USN counter for each domain controller and epoch, a local USN and an originating stamp for each attribute, up-to-dateness
 * vectors that are passed on only by complete cycles. No memory but its own: a copy of a Directory is a snapshot.
 */

#include <stdbool.h>
#include <stdint.h>

#include "lib/core/guid.h"
#include "lib/core/object.h"

enum {
        DIRECTORY_OBJECTS_MOST = 64,
        DIRECTORY_DCS_MOST = 3,
        DIRECTORY_EPOCHS_MOST = 24,
        DIRECTORY_LATE_MOST = 4,
        DIRECTORY_ADDRESSES = 12, /* mail addresses in use: few, so that they collide */
};

/* What a model object has, each replicated by itself. The place is parent, name and deletion in one. */
typedef enum Field {
        FIELD_PLACE,
        FIELD_MAIL, /* of an OU: is it closed? */
        FIELD_UPN,
        FIELD_PROXIES,
        FIELD_DISPLAY_NAME,
        N_FIELDS,
} Field;

/* Where and when a value was written: of two, the higher version wins, then the higher epoch, then the higher USN. */
typedef struct Stamp {
        uint32_t version;
        uint32_t epoch;
        int64_t usn; /* on the domain controller that wrote it, in that epoch */
} Stamp;

typedef struct Cell {
        Stamp stamp;
        uint64_t value; /* see place_make() for places; others: 0 is absent */
} Cell;

typedef struct Replica {
        bool exists;
        int64_t usn; /* uSNChanged */
        Cell cells[N_FIELDS];
} Replica;

/* A write that has its USN and has not committed. */
typedef struct LateWrite {
        unsigned object;
        Field field;
        Stamp stamp;
        uint64_t value;
        int64_t due; /* milliseconds */
} LateWrite;

typedef struct Controller {
        bool is_up;
        bool has_strayed; /* … and has been written to since: what it holds is nobody else's truth */
        bool is_rolled_back; /* came back from a copy without a new epoch: replicates no more until it is restored */
        unsigned epoch;
        int64_t highest; /* highestCommittedUSN */
        Replica rows[DIRECTORY_OBJECTS_MOST];
        int64_t vector
                [DIRECTORY_EPOCHS_MOST]; /* by epoch; -1: no cursor. Its own is not kept here */
        int64_t partner_usn
                [DIRECTORY_DCS_MOST]; /* up to where the partner's local USNs were taken … */
        unsigned partner_epoch[DIRECTORY_DCS_MOST]; /* … in which epoch of it */
        LateWrite late[DIRECTORY_LATE_MOST];
        unsigned n_late;
} Controller;

typedef struct Directory {
        unsigned n_objects;
        Kind kinds[DIRECTORY_OBJECTS_MOST];
        bool was_deleted
                [DIRECTORY_OBJECTS_MOST]; /* on some domain controller at some time, or lost with one */
        bool has_lost[DIRECTORY_OBJECTS_MOST]; /* writes to it that died with a domain controller */
        /* How often each place, live or deleted, and each login name was written, on whichever domain controller. */
        unsigned n_placed[DIRECTORY_OBJECTS_MOST][2];
        unsigned n_named[DIRECTORY_OBJECTS_MOST][DIRECTORY_ADDRESSES];
        unsigned n_controllers;
        Controller controllers[DIRECTORY_DCS_MOST];
        Controller copies[DIRECTORY_DCS_MOST]; /* backups */
        bool has_copy[DIRECTORY_DCS_MOST];
        unsigned n_epochs;
        unsigned n_late_commits; /* so far, on all controllers */
        uint64_t salt;           /* in every GUID, so that no two histories share one */
        int64_t now;             /* milliseconds */
} Directory;

/* The objects that are always there; ordinary containers and then everything else follow. */
enum {
        OBJECT_HEAD,
        OBJECT_DELETED_OBJECTS,
        OBJECT_LOST_AND_FOUND,
        OBJECT_USERS,
        N_FIXED_OBJECTS,
};

/* Makes a domain of so many controllers, which all hold the fixed objects, replicated. */
void directory_init(Directory *directory, unsigned n_controllers, uint64_t salt);

Guid directory_object_guid(const Directory *directory, unsigned object);
Guid directory_dsa_guid(const Directory *directory, unsigned controller);
Guid directory_epoch_guid(const Directory *directory, unsigned epoch);
int directory_find(const Directory *directory, const Guid *guid); /* the object's number, or -1 */

/* The place of a replica. */
static inline uint64_t place_make(unsigned parent, unsigned name, bool is_deleted)
{
        return (uint64_t)parent | (uint64_t)name << 16 | (uint64_t)is_deleted << 48;
}

static inline unsigned place_parent(uint64_t place)
{
        return place & 0xffff;
}

static inline unsigned place_name(uint64_t place)
{
        return place >> 16 & 0xffffffff;
}

static inline bool place_is_deleted(uint64_t place)
{
        return place >> 48 & 1;
}

bool replica_is_live(const Replica *replica);
bool controller_is_locked(const Controller *controller,
                          unsigned object); /* by a write that has not committed */
bool controller_is_within(const Controller *controller, unsigned object, unsigned container);

/* Is it in an OU whose contents the account may not see? The right is replicated with the OU, whose USN it changes, and none below. */
bool controller_is_closed(const Controller *controller, unsigned object);

/* Originating writes. Each takes one USN of the controller. */
int directory_add(Directory *directory, unsigned controller, Kind kind,
                  unsigned parent); /* its number, or -1: full */
void directory_write(Directory *directory, unsigned controller, unsigned object, Field field,
                     uint64_t value);
void directory_delete(Directory *directory, unsigned controller, unsigned object,
                      bool has_recycle_bin);
void directory_undelete(Directory *directory, unsigned controller, unsigned object,
                        unsigned parent);

/*
 * Rights. Closing is for an OU that holds nothing yet. Opening reaches all controllers at once, and false is returned where one of them
 * is not there: a right that is seen here and not there would be a deletion and an addition to whoever follows both.
 */
void directory_close(Directory *directory, unsigned controller, unsigned unit);
bool directory_open(Directory *directory);

/* Closes one with all that it holds, which is as gone from sight as if it had been deleted, on all controllers, or returns false. */
bool directory_hide(Directory *directory, unsigned unit);

/* A write that takes its USN now and shows `after` milliseconds later: then directory_tick() commits it. */
bool directory_write_late(Directory *directory, unsigned controller, unsigned object, Field field,
                          uint64_t value, int64_t after);
unsigned directory_tick(Directory *directory); /* how many writes were committed late */

/*
 * One inbound replication cycle. It is broken off after so many objects (negative: it runs to its end, and only then does
 * the vector move).
 */
void directory_replicate(Directory *directory, unsigned from, unsigned to, int most);

/* Complete cycles, twice, each from each: who is up and whole then has what all of these have. */
void directory_replicate_all(Directory *directory);

void directory_back_up(Directory *directory, unsigned controller);
/* Puts the copy back: as a hypervisor would (the epoch stays) or as Active Directory's own restore does (a new one). */
bool directory_roll_back(Directory *directory, unsigned controller);
bool directory_restore(Directory *directory, unsigned controller);
void directory_new_epoch(Directory *directory, unsigned controller);

/* Demoted and promoted again: a new epoch, and everything from the others. False: there is nobody to have it from. */
bool directory_rebuild(Directory *directory, unsigned controller);

/* Ends everything that is under way, restores who was rolled back, and replicates until all hold the same. */
void directory_settle(Directory *directory);
