/* SPDX-License-Identifier: MIT */
#include "tests/simulate/history-internal.h"

#include <inttypes.h>
#include <string.h>

/* What is closed was filled before anybody looked: nothing goes out of sight. */
static unsigned pick_parent(History *h, unsigned dc)
{
        int unit = history_pick(h, dc, true, true);
        const Controller *controller = history_controller(h, dc);

        if (unit < 0 || history_chance(h, 4))
                return OBJECT_USERS;
        if (h->client.store && controller->rows[unit].cells[FIELD_MAIL].value)
                return OBJECT_USERS;
        return (unsigned)unit;
}

void history_operate_add(History *h, unsigned dc)
{
        static const Kind kinds[] = { KIND_USER,          KIND_USER,    KIND_USER,
                                      KIND_INETORGPERSON, KIND_CONTACT, KIND_GROUP };
        int object =
                directory_add(&h->directory, dc, kinds[history_roll(h, 6)], pick_parent(h, dc));

        if (object < 0)
                return;
        history_count(h, SITUATION_ADDITION);
        directory_write(&h->directory, dc, (unsigned)object, FIELD_MAIL,
                        history_roll(h, DIRECTORY_ADDRESSES));
        if (!history_chance(h, 3))
                directory_write(&h->directory, dc, (unsigned)object, FIELD_UPN,
                                history_roll(h, DIRECTORY_ADDRESSES));
}

void history_operate_add_unit(History *h, unsigned dc)
{
        if (dc == 0)
                (void)directory_add(&h->directory, dc, KIND_CONTAINER,
                                    history_chance(h, 2) ? OBJECT_HEAD : pick_parent(h, dc));
}

static uint64_t some_value(History *h, Field field)
{
        return field == FIELD_PROXIES
                       ? history_roll(h, 1 << DIRECTORY_ADDRESSES) &
                                 history_roll(h, 1 << DIRECTORY_ADDRESSES) & ~UINT64_C(1)
                       : history_roll(h, DIRECTORY_ADDRESSES);
}

void history_operate_write(History *h, unsigned dc)
{
        Field field = (Field)(FIELD_MAIL + history_roll(h, N_FIELDS - FIELD_MAIL));
        int object = history_pick(h, dc, false, true);

        if (object >= 0)
                directory_write(&h->directory, dc, (unsigned)object, field, some_value(h, field));
}

static void operate_late(History *h, unsigned dc)
{
        Field field = (Field)(FIELD_MAIL + history_roll(h, N_FIELDS - FIELD_MAIL));
        int object = history_pick(h, dc, false, true);

        if (object >= 0 &&
            directory_write_late(&h->directory, dc, (unsigned)object, field, some_value(h, field),
                                 SECOND + (int64_t)history_roll(h, 4 * MINUTE)))
                history_count(h, SITUATION_LATE_WRITE);
}

/* Whether one answer brings both is seen when it has come. */
static void note_move(History *h, const Controller *controller)
{
        Witness *witness = &h->witness;

        if (witness->n_moves == HISTORY_MOVES_MOST)
                memmove(&witness->moves[0], &witness->moves[1],
                        --witness->n_moves * sizeof(witness->moves[0]));
        witness->moves[witness->n_moves++] = (ValueMove){
                .epoch = controller->epoch,
                .first = controller->highest - 1,
                .last = controller->highest,
        };
}

/* The case that must never show as a duplicate: one gives it up, the other takes it, and both come in one answer. */
static void operate_move_value(History *h, unsigned dc)
{
        int from = history_pick(h, dc, false, true), to = history_pick(h, dc, false, true);
        uint64_t address;

        if (from < 0 || to < 0 || from == to)
                return;
        address = history_controller(h, dc)->rows[from].cells[FIELD_MAIL].value;
        if (address == 0)
                return;

        directory_write(&h->directory, dc, (unsigned)from, FIELD_MAIL, 0);
        directory_write(&h->directory, dc, (unsigned)to, FIELD_MAIL, address);
        note_move(h, history_controller(h, dc));
}

static void operate_move(History *h, unsigned dc)
{
        int object = history_pick(h, dc, false, true);
        uint64_t place;

        if (object < 0)
                return;
        place = history_controller(h, dc)->rows[object].cells[FIELD_PLACE].value;
        directory_write(&h->directory, dc, (unsigned)object, FIELD_PLACE,
                        place_make(history_chance(h, 2) ? place_parent(place) : pick_parent(h, dc),
                                   place_name(place) + 1, false));
        history_count(h, SITUATION_MOVE);
}

/* Only one controller moves OUs, so that no two moves can make a ring of them. */
static void operate_move_unit(History *h, unsigned dc)
{
        int unit = history_pick(h, dc, true, true);
        unsigned parent = history_chance(h, 3) ? OBJECT_HEAD : pick_parent(h, dc);
        uint64_t place;

        if (dc != 0 || unit < 0)
                return;
        place = history_controller(h, dc)->rows[unit].cells[FIELD_PLACE].value;
        if (history_chance(h, 2) ||
            controller_is_within(history_controller(h, dc), parent, (unsigned)unit))
                parent = place_parent(place);

        directory_write(&h->directory, dc, (unsigned)unit, FIELD_PLACE,
                        place_make(parent, place_name(place) + 1, false));
        history_count(h, SITUATION_UNIT_RENAME);
        if (h->is_in_read)
                history_count(h, SITUATION_UNIT_RENAME_IN_READ);
}

static void operate_delete(History *h, unsigned dc)
{
        int object = history_pick(h, dc, false, true);

        if (object < 0)
                return;
        directory_delete(&h->directory, dc, (unsigned)object, h->has_recycle_bin);
        history_count(h, SITUATION_DELETION);
}

static void operate_delete_unit(History *h, unsigned dc)
{
        int unit = history_pick(h, dc, true, true);

        if (dc != 0 || unit < 0)
                return;
        for (unsigned object = 0; object < h->directory.n_objects; object++)
                if (replica_is_live(&history_controller(h, dc)->rows[object]) &&
                    place_parent(
                            history_controller(h, dc)->rows[object].cells[FIELD_PLACE].value) ==
                            (unsigned)unit)
                        return;
        directory_delete(&h->directory, dc, (unsigned)unit, h->has_recycle_bin);
}

static void operate_undelete(History *h, unsigned dc)
{
        int object = history_pick(h, dc, false, false);

        if (object < 0)
                return;
        directory_undelete(&h->directory, dc, (unsigned)object, pick_parent(h, dc));
        history_count(h, SITUATION_UNDELETION);
}

void history_operate(History *h)
{
        static const struct {
                void (*function)(History *h, unsigned dc);
                unsigned weight;
        } operations[] = {
                { history_operate_add, 6 },    { history_operate_add_unit, 1 },
                { history_operate_write, 12 }, { operate_late, 2 },
                { operate_move_value, 5 },     { operate_move, 4 },
                { operate_move_unit, 3 },      { operate_delete, 3 },
                { operate_delete_unit, 1 },    { operate_undelete, 3 },
        };
        unsigned dc = (unsigned)history_roll(h, h->directory.n_controllers), at, total = 0;

        if (!history_is_writable(h, dc))
                return;

        for (size_t i = 0; i < ARRAY_SIZE(operations); i++)
                total += operations[i].weight;
        at = (unsigned)history_roll(h, total);
        for (size_t i = 0; i < ARRAY_SIZE(operations); i++) {
                if (at < operations[i].weight) {
                        int64_t before = history_controller(h, dc)->highest;

                        operations[i].function(h, dc);
                        if (history_controller(h, dc)->highest == before)
                                return; /* there was nothing to do it to */
                        history_tell(h, "dc%u writes USN %" PRIi64 " to %" PRIi64, dc, before + 1,
                                     history_controller(h, dc)->highest);
                        history_count(h, SITUATION_OPERATIONS);
                        return;
                }
                at -= operations[i].weight;
        }
}

void history_replicate(History *h)
{
        unsigned from = (unsigned)history_roll(h, h->directory.n_controllers),
                 to = (unsigned)history_roll(h, h->directory.n_controllers);

        if (from == to)
                return;
        directory_replicate(&h->directory, from, to,
                            history_chance(h, 3) ? (int)history_roll(h, 6) : -1);
        history_tell(h, "dc%u receives from dc%u, up to its USN %" PRIi64 ", own USN %" PRIi64, to,
                     from, history_controller(h, to)->vector[history_controller(h, from)->epoch],
                     history_controller(h, to)->highest);
        history_count(h, SITUATION_REPLICATION);
}
