/* SPDX-License-Identifier: MIT */
#include "tests/simulate/directory.h"

#include <assert.h>
#include <string.h>

enum {
        GUID_OF_OBJECT = 1,
        GUID_OF_DSA = 2,
        GUID_OF_EPOCH = 3,
};

static Guid guid_make(const Directory *directory, unsigned sort, unsigned number)
{
        Guid guid = {};

        memcpy(guid.bytes, &directory->salt, 8);
        guid.bytes[8] = (uint8_t)sort;
        guid.bytes[15] = (uint8_t)number;
        return guid;
}

Guid directory_object_guid(const Directory *directory, unsigned object)
{
        return guid_make(directory, GUID_OF_OBJECT, object);
}

Guid directory_dsa_guid(const Directory *directory, unsigned controller)
{
        return guid_make(directory, GUID_OF_DSA, controller);
}

Guid directory_epoch_guid(const Directory *directory, unsigned epoch)
{
        return guid_make(directory, GUID_OF_EPOCH, epoch);
}

int directory_find(const Directory *directory, const Guid *guid)
{
        Guid expected = directory_object_guid(directory, guid->bytes[15]);

        return guid_equal(&expected, guid) && guid->bytes[15] < directory->n_objects
                       ? guid->bytes[15]
                       : -1;
}

bool replica_is_live(const Replica *replica)
{
        return replica->exists && !place_is_deleted(replica->cells[FIELD_PLACE].value);
}

static unsigned controller_parent(const Controller *controller, unsigned object)
{
        return place_parent(controller->rows[object].cells[FIELD_PLACE].value);
}

bool controller_is_within(const Controller *controller, unsigned object, unsigned container)
{
        for (unsigned depth = 0; object != container; depth++) {
                assert(depth < DIRECTORY_OBJECTS_MOST);
                if (object == OBJECT_HEAD)
                        return false;
                object = controller_parent(controller, object);
        }

        return true;
}

bool controller_is_locked(const Controller *controller, unsigned object)
{
        for (unsigned i = 0; i < controller->n_late; i++)
                if (controller->late[i].object == object)
                        return true;

        return false;
}

bool controller_is_closed(const Controller *controller, unsigned object)
{
        while (object >= N_FIXED_OBJECTS) {
                object = controller_parent(controller, object);
                if (object >= N_FIXED_OBJECTS && controller->rows[object].cells[FIELD_MAIL].value)
                        return true;
        }

        return false;
}

/* Writing. */

static void cell_set(Controller *controller, unsigned object, Field field, Stamp stamp,
                     uint64_t value)
{
        Replica *replica = &controller->rows[object];

        replica->exists = true;
        replica->usn = ++controller->highest;
        replica->cells[field] = (Cell){ .stamp = stamp, .value = value };
}

/* The stamp of a write by this controller that takes its next USN. */
static Stamp stamp_next(const Controller *controller, unsigned object, Field field)
{
        return (Stamp){
                .version = controller->rows[object].cells[field].stamp.version + 1,
                .epoch = controller->epoch,
                .usn = controller->highest + 1,
        };
}

static void count_write(Directory *directory, unsigned object, Field field, uint64_t value)
{
        if (field == FIELD_PLACE)
                directory->n_placed[object][place_is_deleted(value)]++;
        if (field == FIELD_UPN)
                directory->n_named[object][value]++;
}

void directory_write(Directory *directory, unsigned controller, unsigned object, Field field,
                     uint64_t value)
{
        Controller *dc = &directory->controllers[controller];

        count_write(directory, object, field, value);
        cell_set(dc, object, field, stamp_next(dc, object, field), value);
}

int directory_add(Directory *directory, unsigned controller, Kind kind, unsigned parent)
{
        unsigned object = directory->n_objects;

        if (object == DIRECTORY_OBJECTS_MOST)
                return -1;

        directory->n_objects++;
        directory->kinds[object] = kind;
        directory->n_named[object][0] = 1;
        directory_write(directory, controller, object, FIELD_PLACE, place_make(parent, 0, false));
        return (int)object;
}

/* Without the recycle bin a tombstone keeps hardly anything; that is a write of each attribute, and all come under one USN. */
static void strip(Directory *directory, Controller *dc, unsigned object)
{
        Replica *replica = &dc->rows[object];

        for (unsigned field = FIELD_PLACE + 1; field < N_FIELDS; field++)
                if (replica->cells[field].value != 0) {
                        Stamp stamp = stamp_next(dc, object, field);

                        stamp.usn = dc->highest;
                        count_write(directory, object, (Field)field, 0);
                        replica->cells[field] = (Cell){ .stamp = stamp, .value = 0 };
                }
}

void directory_delete(Directory *directory, unsigned controller, unsigned object,
                      bool has_recycle_bin)
{
        Controller *dc = &directory->controllers[controller];
        unsigned name = place_name(dc->rows[object].cells[FIELD_PLACE].value);

        directory_write(directory, controller, object, FIELD_PLACE,
                        place_make(OBJECT_DELETED_OBJECTS, name, true));
        if (!has_recycle_bin)
                strip(directory, dc, object);
        directory->was_deleted[object] = true;
}

void directory_undelete(Directory *directory, unsigned controller, unsigned object, unsigned parent)
{
        Controller *dc = &directory->controllers[controller];
        unsigned name = place_name(dc->rows[object].cells[FIELD_PLACE].value);

        directory_write(directory, controller, object, FIELD_PLACE,
                        place_make(parent, name, false));
}

/* Late commits: the USN is taken, others go on with higher ones, and highestCommittedUSN does not tell (the worst reading of the
 * documents). */

bool directory_write_late(Directory *directory, unsigned controller, unsigned object, Field field,
                          uint64_t value, int64_t after)
{
        Controller *dc = &directory->controllers[controller];

        if (dc->n_late == DIRECTORY_LATE_MOST || controller_is_locked(dc, object))
                return false;

        dc->late[dc->n_late++] = (LateWrite){
                .object = object,
                .field = field,
                .stamp = stamp_next(dc, object, field),
                .value = value,
                .due = directory->now + after,
        };
        count_write(directory, object, field, value);
        dc->highest++;
        return true;
}

static void late_commit(Controller *dc, const LateWrite *late)
{
        Replica *replica = &dc->rows[late->object];

        replica->cells[late->field] = (Cell){ .stamp = late->stamp, .value = late->value };
        if (replica->usn < late->stamp.usn)
                replica->usn = late->stamp.usn;
}

unsigned directory_tick(Directory *directory)
{
        unsigned n_committed = 0;

        for (unsigned c = 0; c < directory->n_controllers; c++) {
                Controller *dc = &directory->controllers[c];
                unsigned n_left = 0;

                for (unsigned i = 0; i < dc->n_late; i++) {
                        if (dc->late[i].due > directory->now) {
                                dc->late[n_left++] = dc->late[i];
                                continue;
                        }
                        late_commit(dc, &dc->late[i]);
                        directory->n_late_commits++;
                        n_committed++;
                }
                dc->n_late = n_left;
        }

        return n_committed;
}

/* Replication. */

static bool stamp_is_newer(const Stamp *a, const Stamp *b)
{
        if (a->version != b->version)
                return a->version > b->version;
        if (a->epoch != b->epoch)
                return a->epoch > b->epoch;
        return a->usn > b->usn;
}

static bool controller_covers(const Controller *dc, const Stamp *stamp)
{
        int64_t usn = stamp->epoch == dc->epoch ? dc->highest : dc->vector[stamp->epoch];

        return stamp->usn <= usn;
}

/* Receives one object: what is newer, under one local USN. */
static void receive_row(Controller *to, unsigned object, const Replica *row)
{
        Replica *mine = &to->rows[object];
        bool is_changed = false;

        for (unsigned field = 0; field < N_FIELDS; field++) {
                const Cell *cell = &row->cells[field];

                if (cell->stamp.version == 0 || controller_covers(to, &cell->stamp) ||
                    !stamp_is_newer(&cell->stamp, &mine->cells[field].stamp))
                        continue;
                mine->cells[field] = *cell;
                is_changed = true;
        }

        if (is_changed) {
                mine->exists = true;
                mine->usn = ++to->highest;
        }
}

/* Ancestors first, as a domain controller asks for them when it lacks a parent. False: a lock stands in the way. */
static bool receive_chain(Controller *to, const Controller *from, unsigned object)
{
        if (object != OBJECT_HEAD && !receive_chain(to, from, controller_parent(from, object)))
                return false;
        if (controller_is_locked(to, object))
                return false;

        receive_row(to, object, &from->rows[object]);
        return true;
}

/* A parent that was deleted elsewhere leaves its children behind: they go where AD puts them, by a write of this controller. */
static void collect_orphans(Directory *directory, unsigned controller)
{
        Controller *dc = &directory->controllers[controller];

        for (unsigned object = N_FIXED_OBJECTS; object < directory->n_objects; object++) {
                uint64_t place = dc->rows[object].cells[FIELD_PLACE].value;

                if (replica_is_live(&dc->rows[object]) &&
                    !replica_is_live(&dc->rows[place_parent(place)]) &&
                    !controller_is_locked(dc, object))
                        directory_write(
                                directory, controller, object, FIELD_PLACE,
                                place_make(OBJECT_LOST_AND_FOUND, place_name(place), false));
        }
}

/* Nothing below a write that has not committed yet may be left out, so the cycle vouches for what is below the lowest. */
static int64_t controller_safe_usn(const Controller *controller)
{
        int64_t usn = controller->highest;

        for (unsigned i = 0; i < controller->n_late; i++)
                if (controller->late[i].stamp.usn <= usn)
                        usn = controller->late[i].stamp.usn - 1;
        return usn;
}

static int next_row(const Directory *directory, const Controller *from, int64_t above)
{
        int next = -1;

        for (unsigned object = 0; object < directory->n_objects; object++)
                if (from->rows[object].exists && from->rows[object].usn > above &&
                    (next < 0 || from->rows[object].usn < from->rows[next].usn))
                        next = (int)object;
        return next;
}

void directory_replicate(Directory *directory, unsigned from, unsigned to, int most)
{
        Controller *source = &directory->controllers[from], *target = &directory->controllers[to];
        int64_t safe = controller_safe_usn(source), at;
        int object;

        if (!source->is_up || !target->is_up || source->is_rolled_back || target->is_rolled_back)
                return;

        if (target->partner_epoch[from] != source->epoch) {
                target->partner_epoch[from] = source->epoch;
                target->partner_usn[from] = 0;
        }

        at = target->partner_usn[from];
        while ((object = next_row(directory, source, at)) >= 0) {
                if (most-- == 0 || !receive_chain(target, source, (unsigned)object)) {
                        collect_orphans(directory, to);
                        return;
                }
                at = source->rows[object].usn;
                target->partner_usn[from] = at < safe ? at : safe;
        }
        target->partner_usn[from] = safe;

        for (unsigned epoch = 0; epoch < directory->n_epochs; epoch++) {
                int64_t usn = epoch == source->epoch ? safe : source->vector[epoch];

                if (epoch != target->epoch && target->vector[epoch] < usn)
                        target->vector[epoch] = usn;
        }
        collect_orphans(directory, to);
}

void directory_replicate_all(Directory *directory)
{
        for (unsigned round = 0; round < 2; round++)
                for (unsigned from = 0; from < directory->n_controllers; from++)
                        for (unsigned to = 0; to < directory->n_controllers; to++)
                                if (from != to)
                                        directory_replicate(directory, from, to, -1);
}

/* Copies, rollbacks and restores. */

/* A copy is consistent: none is made while writes are under way, whose USNs it would claim to hold. */
void directory_back_up(Directory *directory, unsigned controller)
{
        const Controller *dc = &directory->controllers[controller];

        if (dc->n_late > 0)
                return;

        directory->copies[controller] = *dc;
        directory->has_copy[controller] = true;
}

/* What exists in no copy any more is as gone as if it had been deleted. */
static void mark_lost(Directory *directory, const Controller *before, const Controller *after)
{
        for (unsigned object = 0; object < directory->n_objects; object++) {
                const Replica *was = &before->rows[object], *is = &after->rows[object];

                if (was->exists && !replica_is_live(is))
                        directory->was_deleted[object] = true;
                for (unsigned field = 0; field < N_FIELDS; field++)
                        if (stamp_is_newer(&was->cells[field].stamp, &is->cells[field].stamp))
                                directory->has_lost[object] = true;
        }
}

static void put_back(Directory *directory, unsigned controller)
{
        Controller *dc = &directory->controllers[controller];
        const Controller *copy = &directory->copies[controller];

        mark_lost(directory, dc, copy);
        *dc = *copy;
        dc->is_up = true;
}

bool directory_roll_back(Directory *directory, unsigned controller)
{
        const Controller *dc = &directory->controllers[controller],
                         *copy = &directory->copies[controller];

        if (!directory->has_copy[controller] || copy->epoch != dc->epoch ||
            copy->highest >= dc->highest || copy->is_rolled_back)
                return false;

        put_back(directory, controller);
        directory->controllers[controller].is_rolled_back = true;
        return true;
}

void directory_new_epoch(Directory *directory, unsigned controller)
{
        Controller *dc = &directory->controllers[controller];

        assert(directory->n_epochs < DIRECTORY_EPOCHS_MOST);
        dc->vector[dc->epoch] = dc->highest;
        dc->epoch = directory->n_epochs++;
        dc->vector[dc->epoch] = -1;
        dc->n_late = 0;
        dc->is_rolled_back = dc->has_strayed = false;
}

bool directory_restore(Directory *directory, unsigned controller)
{
        if (!directory->has_copy[controller] ||
            directory->n_epochs + directory->n_controllers >= DIRECTORY_EPOCHS_MOST)
                return false;

        put_back(directory, controller);
        directory_new_epoch(directory, controller);
        for (unsigned other = 0; other < directory->n_controllers; other++)
                if (other != controller)
                        directory_replicate(directory, other, controller, -1);
        return true;
}

bool directory_rebuild(Directory *directory, unsigned controller)
{
        Controller *dc = &directory->controllers[controller];
        Controller before = *dc;
        unsigned partner = 0;

        while (partner < directory->n_controllers &&
               (partner == controller || !directory->controllers[partner].is_up ||
                directory->controllers[partner].is_rolled_back))
                partner++;
        if (partner == directory->n_controllers ||
            directory->n_epochs + directory->n_controllers >= DIRECTORY_EPOCHS_MOST)
                return false;

        directory_new_epoch(directory, controller);
        memset(dc->rows, 0, sizeof(dc->rows));
        memset(dc->partner_usn, 0, sizeof(dc->partner_usn));
        for (unsigned epoch = 0; epoch < DIRECTORY_EPOCHS_MOST; epoch++)
                dc->vector[epoch] = -1;
        directory_replicate(directory, partner, controller, -1);
        mark_lost(directory, &before, dc);
        /* Its copies are of another life. */
        directory->has_copy[controller] = false;
        return true;
}

void directory_settle(Directory *directory)
{
        int64_t before, after = -1;
        unsigned rounds = 0;

        directory->now += INT64_C(3600) * 1000;
        (void)directory_tick(directory);

        for (unsigned c = 0; c < directory->n_controllers; c++)
                directory->controllers[c].is_up = true;
        for (unsigned c = 0; c < directory->n_controllers; c++)
                if (directory->controllers[c].is_rolled_back && !directory_rebuild(directory, c))
                        directory_new_epoch(directory, c);

        /* One round more than anything moves, for the vectors. */
        do {
                before = after;
                after = 0;
                directory_replicate_all(directory);
                for (unsigned c = 0; c < directory->n_controllers; c++)
                        after += directory->controllers[c].highest;
                rounds++;
                if (rounds > 100)
                        abort(); /* the model does not come to rest: its own mistake */
        } while (before != after);
}

/* Rights. */

void directory_close(Directory *directory, unsigned controller, unsigned unit)
{
        directory_write(directory, controller, unit, FIELD_MAIL, 1);
}

static bool reaches_all(const Directory *directory)
{
        for (unsigned c = 0; c < directory->n_controllers; c++) {
                const Controller *dc = &directory->controllers[c];

                if (!dc->is_up || dc->is_rolled_back || dc->n_late > 0)
                        return false;
        }

        return true;
}

/* Whoever is put back to a copy from before would have the former rights again. */
static void forget_copies(Directory *directory)
{
        for (unsigned c = 0; c < directory->n_controllers; c++)
                directory->has_copy[c] = false;
}

bool directory_open(Directory *directory)
{
        if (!reaches_all(directory))
                return false;

        directory_replicate_all(directory);
        for (unsigned object = N_FIXED_OBJECTS; object < directory->n_objects; object++)
                if (directory->kinds[object] == KIND_CONTAINER &&
                    directory->controllers[0].rows[object].cells[FIELD_MAIL].value)
                        directory_write(directory, 0, object, FIELD_MAIL, 0);
        directory_replicate_all(directory);
        forget_copies(directory);
        return true;
}

bool directory_hide(Directory *directory, unsigned unit)
{
        if (!reaches_all(directory))
                return false;

        directory_replicate_all(directory);
        directory_close(directory, 0, unit);
        directory_replicate_all(directory);
        forget_copies(directory);
        for (unsigned object = N_FIXED_OBJECTS; object < directory->n_objects; object++)
                if (controller_is_closed(&directory->controllers[0], object))
                        directory->was_deleted[object] = true;
        return true;
}

/* The beginning. */

void directory_init(Directory *directory, unsigned n_controllers, uint64_t salt)
{
        *directory = (Directory){
                .n_objects = N_FIXED_OBJECTS,
                .n_controllers = n_controllers,
                .n_epochs = n_controllers,
                .salt = salt,
        };

        for (unsigned object = 0; object < N_FIXED_OBJECTS; object++)
                directory->kinds[object] = KIND_CONTAINER;

        for (unsigned c = 0; c < n_controllers; c++) {
                Controller *dc = &directory->controllers[c];

                dc->is_up = true;
                dc->epoch = c;
                /* Controllers have lived for different times: their USNs must never be mixed up unseen. */
                dc->highest = 1000 + 700 * (int64_t)c;
                for (unsigned epoch = 0; epoch < DIRECTORY_EPOCHS_MOST; epoch++)
                        dc->vector[epoch] = -1;
        }

        directory_write(directory, 0, OBJECT_HEAD, FIELD_PLACE, place_make(OBJECT_HEAD, 0, false));
        directory_write(directory, 0, OBJECT_DELETED_OBJECTS, FIELD_PLACE,
                        place_make(OBJECT_HEAD, 0, true));
        directory_write(directory, 0, OBJECT_LOST_AND_FOUND, FIELD_PLACE,
                        place_make(OBJECT_HEAD, 0, false));
        directory_write(directory, 0, OBJECT_USERS, FIELD_PLACE, place_make(OBJECT_HEAD, 0, false));
        for (unsigned c = 1; c < n_controllers; c++) {
                directory_replicate(directory, 0, c, -1);
                directory_replicate(directory, c, 0, -1);
        }
}
