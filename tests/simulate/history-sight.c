/* SPDX-License-Identifier: MIT */

/* Rights: one OU with what is in it comes into sight, or goes out of it, and no USN but that OU's tells. */

#include "tests/simulate/history-internal.h"

bool history_open(History *h)
{
        if (!h->is_closed || !directory_open(&h->directory))
                return false;
        h->is_closed = false;
        h->was_opened = true;
        history_count(h, SITUATION_CAME_INTO_SIGHT);
        return true;
}

/* At some request of it: the OU was met before or will be, and the same goes for each that is in it. */
void history_open_in_comparison(History *h)
{
        ClientTurn turn = CLIENT_ASKED;

        h->client.ops = &history_good_server;
        if (!h->is_closed || !history_is_at_rest(h) || client_poll(&h->client) != CLIENT_WAITING)
                return;

        feed_reconcile(h->client.feed, false, h->directory.now);
        for (uint64_t n = 1 + history_roll(h, 14); n > 0 && turn == CLIENT_ASKED; n--)
                turn = client_turn(&h->client);
        if (turn == CLIENT_ASKED && history_open(h))
                history_count(h, SITUATION_SIGHT_IN_COMPARISON);
        (void)client_run(&h->client);
        history_watch(h, CLIENT_COMMITTED);
}

/* Some of what is hidden changes there, before anybody misses it. */
void history_hide(History *h)
{
        int unit = history_pick(h, 0, true, true);

        if (unit < 0 || h->is_closed || !history_chance(h, 2) ||
            !directory_hide(&h->directory, (unsigned)unit))
                return;

        h->is_closed = h->was_hidden = true;
        history_count(h, SITUATION_OUT_OF_SIGHT);
        for (unsigned object = N_FIXED_OBJECTS; object < h->directory.n_objects; object++)
                if (h->directory.kinds[object] != KIND_CONTAINER && history_chance(h, 2) &&
                    replica_is_live(&history_controller(h, 0)->rows[object]) &&
                    controller_is_closed(history_controller(h, 0), object))
                        directory_write(&h->directory, 0, object, FIELD_MAIL,
                                        history_roll(h, DIRECTORY_ADDRESSES));
}
