/* SPDX-License-Identifier: MIT */
#include "tests/simulate/history-internal.h"

void history_cut(History *h, unsigned dc)
{
        if (h->client.is_connected && h->client.server.controller == dc)
                client_disconnect(&h->client);
}

static void take_down(History *h, unsigned dc)
{
        unsigned n_up = 0;

        for (unsigned other = 0; other < h->directory.n_controllers; other++)
                n_up += history_controller(h, other)->is_up;
        if (n_up < 2 || !history_controller(h, dc)->is_up)
                return;

        history_controller(h, dc)->is_up = false;
        history_controller(h, dc)->n_late = 0;
        history_cut(h, dc);
        history_count(h, SITUATION_OUTAGE);
}

static bool has_epochs(History *h)
{
        return h->directory.n_epochs + h->directory.n_controllers < DIRECTORY_EPOCHS_MOST;
}

/* Somebody must be left who is whole, and who the others can be mended from. */
static bool is_last(History *h, unsigned dc)
{
        for (unsigned other = 0; other < h->directory.n_controllers; other++)
                if (other != dc && !history_controller(h, other)->is_rolled_back)
                        return false;

        return true;
}

/* Does the object that betrays a rollback still stand there, as it was before? Then the server may write as much as it likes. */
static bool is_betrayed(History *h, unsigned dc)
{
        const Cursor *cursor = &h->client.domain.cursor;
        int canary = directory_find(&h->directory, &cursor->canary);
        const Replica *row;

        if (canary < 0)
                return false;
        row = &history_controller(h, dc)->rows[canary];
        return replica_is_live(row) && row->usn < cursor->canary_usn;
}

/*
 * A copy is put back under a server that is being followed. It may be written to before anybody notices, which gives USNs a
 * second time: past what the client has seen only where the canary tells, since then else nobody at all could.
 */
static void stray(History *h, unsigned dc)
{
        const Cursor *cursor = &h->client.domain.cursor;
        bool goes_past = is_betrayed(h, dc) && !history_chance(h, 4) &&
                         cursor->canary_usn - history_controller(h, dc)->highest < 200;
        uint64_t n = history_roll(h, 4);

        if (goes_past)
                n += (uint64_t)(cursor->canary_usn - history_controller(h, dc)->highest) + 4;

        for (; n > 0; n--) {
                int object = history_pick(h, dc, false, true);

                if (object < 0 ||
                    (!goes_past && history_controller(h, dc)->highest + 1 >= cursor->canary_usn))
                        return;
                if (object == directory_find(&h->directory, &cursor->canary))
                        continue;
                directory_write(&h->directory, dc, (unsigned)object, FIELD_DISPLAY_NAME,
                                history_roll(h, 1000));
                history_controller(h, dc)->has_strayed = true;
                h->is_lied_to = true;
        }

        if (history_controller(h, dc)->highest > cursor->canary_usn &&
            history_controller(h, dc)->highest > cursor->watermark)
                history_count(h, SITUATION_ROLLBACK_PASSED);
}

static void roll_back(History *h, unsigned dc)
{
        Guid epoch = directory_epoch_guid(&h->directory, history_controller(h, dc)->epoch);

        if (!history_controller(h, dc)->is_up || !has_epochs(h) || is_last(h, dc) ||
            !directory_roll_back(&h->directory, dc))
                return;
        history_cut(h, dc);
        history_count(h, SITUATION_ROLLBACK);

        /* Whoever has ordered a full read of it already would get what is nobody else's truth. */
        if (guid_equal(&epoch, &h->client.domain.cursor.invocation_id) && !h->is_read_ordered)
                stray(h, dc);
}

void history_befall_server(History *h)
{
        unsigned dc = (unsigned)history_roll(h, h->directory.n_controllers);

        switch (history_roll(h, 15)) {
        case 0:
        case 1:
                take_down(h, dc);
                break;
        case 2:
        case 3:
        case 4:
                history_controller(h, dc)->is_up = true;
                break;
        case 5:
        case 6:
        case 7:
                directory_back_up(&h->directory, dc);
                break;
        case 8:
        case 9:
                roll_back(h, dc);
                break;
        case 10:
                if (history_controller(h, dc)->is_up && !history_controller(h, dc)->has_strayed &&
                    directory_restore(&h->directory, dc)) {
                        history_cut(h, dc);
                        history_count(h, SITUATION_NEW_EPOCH);
                }
                break;
        case 11:
                /* Even under a connection that lives on. */
                if (history_is_writable(h, dc) && has_epochs(h)) {
                        directory_new_epoch(&h->directory, dc);
                        history_count(h, SITUATION_NEW_EPOCH);
                }
                break;
        case 12:
                /* Who was rolled back is mended some day. */
                if (history_controller(h, dc)->is_rolled_back && history_controller(h, dc)->is_up &&
                    directory_rebuild(&h->directory, dc))
                        history_cut(h, dc);
                break;
        case 13:
                (void)history_open(h);
                break;
        default:
                history_pass_time(h, (int64_t)history_roll(h, 10 * MINUTE));
        }
}
