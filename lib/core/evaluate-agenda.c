/* SPDX-License-Identifier: MIT */

/* Which rules look at an object, and which of these what it has can fire at all. */

#include <errno.h>
#include <stdlib.h>

#include "lib/core/evaluate-internal.h"

static bool rule_asks(const Rule *rule, Kind kind)
{
        return !rule->is_shared && !rule->is_past && !rule->is_counterpart &&
               rule->kinds & kind_mask(kind);
}

/* The bit of an attribute. Those for which there is none left share the last. */
static uint64_t agenda_bit(Agenda *agenda, AttributeId attribute)
{
        if (agenda->bits[attribute] == 0)
                agenda->bits[attribute] = agenda->n_bits < AGENDA_BIT_SHARED
                                                  ? UINT64_C(1) << agenda->n_bits++
                                                  : UINT64_C(1) << AGENDA_BIT_SHARED;
        return agenda->bits[attribute];
}

static uint64_t agenda_bits(Agenda *agenda, const AttributeSet *set)
{
        uint64_t bits = 0;

        for (unsigned i = 1; i < ATTRIBUTE_MAX; i++)
                if (attribute_set_has(set, (AttributeId)i))
                        bits |= agenda_bit(agenda, (AttributeId)i);
        return bits;
}

/* What the row's filter says of it. A row that needs something wants that. */
static int agenda_read_filter(Agenda *agenda, AgendaItem *item)
{
        const Rule *rule = item->rule;
        AttributeSet wanted = {}, barred = {};
        const Filter *filter;
        int r;

        if (!rule->condition_filter)
                return 0;

        r = rule_parsed_filter(rule, &filter);
        if (r < 0)
                return r;

        filter_attributes(filter, &agenda->reads);
        if (!item->is_choosy && filter_wants(filter, &wanted)) {
                item->is_choosy = true;
                item->wants = agenda_bits(agenda, &wanted);
        }

        filter_bars(filter, &barred);
        item->bars = agenda_bits(agenda, &barred) & ~(UINT64_C(1) << AGENDA_BIT_SHARED);
        return 0;
}

static int agenda_add(Agenda *agenda, const Rule *rule)
{
        AgendaItem *item = &agenda->items[agenda->n++];

        *item = (AgendaItem){ .rule = rule };
        if (rule->is_on_demand) /* what it reads is known of few objects: it is asked of all */
                return 0;

        for (const AttributeId *read = rule->reads; read && *read != ATTRIBUTE_NONE; read++)
                attribute_set_add(&agenda->reads, *read);
        if (rule->needs != ATTRIBUTE_NONE) {
                attribute_set_add(&agenda->reads, rule->needs);
                item->wants = agenda_bit(agenda, rule->needs);
                item->is_choosy = true;
        }
        return agenda_read_filter(agenda, item);
}

static int agenda_make(Kind kind, Agenda *ret)
{
        Agenda fresh = {};
        int r = 0;

        fresh.items = calloc(n_rule_rows, sizeof(*fresh.items));
        if (!fresh.items)
                return -ENOMEM;

        for (size_t i = 0; i < n_rule_rows && r >= 0; i++)
                if (rule_asks(&rule_rows[i], kind) && rule_rows[i].class == RULE_EXCLUDED)
                        r = agenda_add(&fresh, &rule_rows[i]);
        fresh.n_excluding = fresh.n;
        for (size_t i = 0; i < n_rule_rows && r >= 0; i++)
                if (rule_asks(&rule_rows[i], kind) && rule_rows[i].class != RULE_EXCLUDED)
                        r = agenda_add(&fresh, &rule_rows[i]);
        if (r < 0) {
                free(fresh.items);
                return r;
        }

        *ret = fresh;
        return 0;
}

int agenda_of(Kind kind, const Agenda **ret)
{
        static Agenda agendas[KIND_GROUP + 1];
        Agenda *agenda = &agendas[kind];
        int r = agenda->items ? 0 : agenda_make(kind, agenda);

        if (r < 0)
                return r;
        *ret = agenda;
        return 0;
}

/* Where an attribute stands in for a row's, the row's own is had and known where that one is. */
static void holdings_replace(Holdings *holdings, const Agenda *agenda, const Object *object,
                             AttributeId own, AttributeId other)
{
        if (other == ATTRIBUTE_NONE)
                return;
        if (object_has(object, other))
                holdings->stood_for |= agenda->bits[own];
        if (!attribute_set_has(&object->known, other) && attribute_set_has(&agenda->reads, own))
                holdings->is_known = false;
}

void holdings_take(Holdings *holdings, const Agenda *agenda, const Object *object,
                   const Tenant *tenant)
{
        *holdings = (Holdings){
                .is_known = attribute_set_contains(&object->known, &agenda->reads),
        };
        for (size_t i = 0; i < object->n_values; i++)
                holdings->had |= agenda->bits[object->values[i].attribute];

        holdings_replace(holdings, agenda, object, ATTRIBUTE_USER_PRINCIPAL_NAME,
                         tenant->login_attribute);
        holdings_replace(holdings, agenda, object, ATTRIBUTE_MS_DS_CONSISTENCY_GUID,
                         tenant->source_anchor);
}
