/* SPDX-License-Identifier: MIT */

/* Who is in the groups that the configuration names, and what follows for those who came and who went. */

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "lib/state/apply-internal.h"
#include "lib/state/measure.h"

static ApplyMembers *apply_members(Apply *apply, size_t index)
{
        assert(index < apply->settings.config->n_memberships);

        if (!apply->members)
                apply->members =
                        calloc(apply->settings.config->n_memberships, sizeof(*apply->members));
        return apply->members ? &apply->members[index] : NULL;
}

int apply_membership(Apply *apply, size_t index)
{
        ApplyMembers *members = apply_members(apply, index);

        if (!members)
                return -ENOMEM;

        members->is_answered = true;
        members->list.n = 0;
        return 0;
}

int apply_stage_member(Apply *apply, size_t index, const Guid *guid)
{
        ApplyMembers *members = apply_members(apply, index);

        return members ? guid_list_add(&members->list, guid) : -ENOMEM;
}

int apply_write_members(Apply *apply)
{
        const Config *config = apply->settings.config;

        for (size_t i = 0; apply->members && i < config->n_memberships; i++) {
                ApplyMembers *members = &apply->members[i];
                int r;

                if (!members->is_answered)
                        continue;
                r = membership_replace(apply->store, apply->domain->id,
                                       config->memberships[i].filter, &members->list,
                                       &apply->members_changed, &apply->has_flipped);
                if (r < 0)
                        return r;
        }

        return 0;
}

void apply_members_done(Apply *apply)
{
        for (size_t i = 0; apply->members && i < apply->settings.config->n_memberships; i++)
                guid_list_done(&apply->members[i].list);
        free(apply->members);
        guid_list_done(&apply->members_changed);
        guid_list_done(&apply->counted);
}

static int apply_judge_list(Apply *apply, const GuidList *list, Budget *budget)
{
        while (apply->position < list->n) {
                const Guid *guid = &list->guids[apply->position];
                int r;

                if (budget_is_spent(budget))
                        return APPLY_MORE;
                budget_spend(budget, BUDGET_OBJECT);
                apply->position++;

                /* Told of before the object itself has come: then it will be judged with it. */
                r = cache_find(apply->store, apply->domain->id, guid, &apply->new.row);
                if (r > 0)
                        r = apply_judge_again(apply, apply->new.row.id, false);
                if (r < 0)
                        return r;
        }

        return 0;
}

int apply_changed_members(Apply *apply, Budget *budget)
{
        return apply_judge_list(apply, &apply->members_changed, budget);
}

/* Where all is judged, they are judged with it. */
int apply_counted(Apply *apply, Budget *budget)
{
        int r = 0;

        if (!apply->is_whole) {
                if (apply->position == 0 && apply->counted.n == 0)
                        r = measure_list_news(apply->store, apply->domain->id, &apply->counted);
                if (r >= 0)
                        r = apply_judge_list(apply, &apply->counted, budget);
                if (r != 0 || apply->counted.n == 0)
                        return r;
        }

        return measure_settle(apply->store, apply->domain->id);
}
