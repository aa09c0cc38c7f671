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

/*
 * A copy is put back under a server that is being followed. It may be written to before anybody notices, which gives USNs a
 * second time; not past what the client has seen, since then nobody at all could tell.
 */
static void roll_back(History *h, unsigned dc)
{
        const Cursor *cursor = &h->client.domain.cursor;
        Guid epoch = directory_epoch_guid(&h->directory, history_controller(h, dc)->epoch);
        bool is_followed = guid_equal(&epoch, &cursor->invocation_id);

        if (!history_controller(h, dc)->is_up || !has_epochs(h) || is_last(h, dc) ||
            !directory_roll_back(&h->directory, dc))
                return;
        history_cut(h, dc);
        history_count(h, SITUATION_ROLLBACK);

        for (uint64_t n = history_roll(h, 4); is_followed && n > 0; n--) {
                int object = history_pick(h, dc, false, true);

                if (object < 0 || history_controller(h, dc)->highest + 1 >= cursor->canary_usn)
                        return;
                directory_write(&h->directory, dc, (unsigned)object, FIELD_DISPLAY_NAME,
                                history_roll(h, 1000));
                history_controller(h, dc)->has_strayed = true;
        }
}

void history_befall_server(History *h)
{
        unsigned dc = (unsigned)history_roll(h, h->directory.n_controllers);

        switch (history_roll(h, 14)) {
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
        default:
                history_pass_time(h, (int64_t)history_roll(h, 10 * MINUTE));
        }
}
