/* SPDX-License-Identifier: MIT */

/* Verdicts among the objects that claim one key, but for addresses, which are a matter of their own. */

#include <errno.h>
#include <string.h>

#include "lib/core/rule-shared.h"

static uint64_t common_group(Common common, unsigned number)
{
        return (uint64_t)common << 32 | number;
}

int dispute_keep_text(Dispute *dispute, Slice text, Slice *ret)
{
        *ret = text;
        if (!dispute->is_in_parts || text.size == 0)
                return 0;

        ret->data = arena_copy(&dispute->texts, text.data, text.size);
        return ret->data ? 0 : -ENOMEM;
}

int dispute_note(Dispute *dispute, size_t index, Common common, unsigned number, Slice text)
{
        uint64_t group = common_group(common, number);
        uint32_t person = dispute->persons[dispute->first + index], first;
        Slice kept;
        int r;

        /* Thousands have the same: one copy is enough. */
        if (crowd_has(&dispute->crowd, group, text))
                return crowd_note(&dispute->crowd, group, text, person, &first);

        r = dispute_keep_text(dispute, text, &kept);
        return r < 0 ? r : crowd_note(&dispute->crowd, group, kept, person, &first);
}

bool dispute_has_other(const Dispute *dispute, size_t index, Common common, unsigned number,
                       Slice text)
{
        return crowd_has_other(&dispute->crowd, common_group(common, number), text,
                               dispute->persons[dispute->first + index]);
}

Verdict dispute_verdict(const Dispute *dispute, const Hearing *hearing, const Rule *rule,
                        size_t index)
{
        const Claim *claim = dispute->holders[index].claim;
        Verdict verdict = hearing_verdict(hearing, rule);

        verdict.attribute = claim->attribute;
        verdict.value = claim->value;
        verdict.key = claim->key;
        return verdict;
}

const char *dispute_doubt(bool is_same_spelling)
{
        return is_same_spelling
                       ? NULL
                       : "the values differ in letters that Active Directory takes for equal";
}

int dispute_for_each(const Dispute *dispute, DisputeFunction function, const void *userdata)
{
        Outcome *verdicts = dispute->outcome->outcome;

        for (size_t i = 0; i < dispute->n_holders; i++) {
                HolderVerdicts *mark = &dispute->outcome->holders[i];
                Hearing hearing = { .context = dispute->holders[i].context, .outcome = verdicts };

                mark->first = verdicts->n_verdicts;
                function(dispute, &hearing, i, userdata);
                mark->n = verdicts->n_verdicts - mark->first;
                if (hearing.error < 0)
                        return hearing.error;
        }

        return 0;
}

/* ------------------------------------------------------------------ values of one attribute */

static int note_common(Dispute *dispute)
{
        for (size_t i = 0; i < dispute->n_holders; i++) {
                const Holder *holder = &dispute->holders[i];
                int r;

                if (!holder->in_scope)
                        continue;

                r = dispute_note(dispute, i, COMMON_KEY, 0, (Slice){});
                if (r >= 0)
                        r = dispute_note(dispute, i, COMMON_SPELLING, 0, holder->claim->exact);
                if (r >= 0)
                        r = dispute_note(dispute, i, COMMON_FOREST, holder->forest, (Slice){});
                if (r >= 0 && object_is_mailbox(holder->object))
                        r = dispute_note(dispute, i, COMMON_FOREST_MAILBOX, holder->forest,
                                         (Slice){});
                if (r >= 0 && object_is_enabled(holder->object))
                        r = dispute_note(dispute, i, COMMON_ENABLED, 0, (Slice){});
                if (r < 0)
                        return r;
        }

        return 0;
}

/* Reply addresses of former mailboxes travel between forests on purpose; two mailboxes of one forest have no reason to. */
static void adjust_x500(const Dispute *dispute, size_t index, Verdict *verdict)
{
        const Holder *holder = &dispute->holders[index];

        if (!object_is_mailbox(holder->object) ||
            !dispute_has_other(dispute, index, COMMON_FOREST_MAILBOX, holder->forest, (Slice){}))
                verdict->severity = SEVERITY_NOTICE;
}

/* A disabled and an enabled account in two forests may well be meant to become one. */
static void adjust_anchor(const Dispute *dispute, const Hearing *hearing, size_t index,
                          Verdict *verdict)
{
        const Holder *holder = &dispute->holders[index];

        if (!dispute_has_other(dispute, index, COMMON_FOREST, holder->forest, (Slice){}) &&
            !(object_is_enabled(holder->object) &&
              dispute_has_other(dispute, index, COMMON_ENABLED, 0, (Slice){}))) {
                verdict->certainty = CERTAINTY_PROBABLE;
                verdict->detail =
                        "the holders are in different forests and one is disabled: they may "
                        "be meant to be one";
        }
        if (!hearing->context->tenant->source_anchor_is_set) {
                verdict->certainty = CERTAINTY_PROBABLE;
                verdict->detail = "SourceAnchor= is not set, assumed to be mS-DS-ConsistencyGuid";
        }
}

static void judge_value(const Dispute *dispute, Hearing *hearing, size_t index,
                        const void *userdata)
{
        const Holder *holder = &dispute->holders[index];
        const Rule *rule = userdata;
        Verdict verdict = dispute_verdict(dispute, hearing, rule, index);
        bool is_same_spelling;

        if (!holder->in_scope || !dispute_has_other(dispute, index, COMMON_KEY, 0, (Slice){}))
                return;

        is_same_spelling =
                dispute_has_other(dispute, index, COMMON_SPELLING, 0, holder->claim->exact);
        if (!is_same_spelling)
                verdict.certainty = CERTAINTY_PROBABLE;
        verdict.detail = dispute_doubt(is_same_spelling);

        if (holder->claim->space == KEY_X500)
                adjust_x500(dispute, index, &verdict);
        if (holder->claim->space == KEY_ANCHOR)
                adjust_anchor(dispute, hearing, index, &verdict);
        hearing_report(hearing, &verdict);
}

/* ------------------------------------------------------------------ joins */

static bool is_object(const NamingObject *object, size_t number, const Guid *guid)
{
        return object->number == number || (!guid_is_null(guid) && guid_equal(&object->guid, guid));
}

static void naming_add(Naming *naming, size_t number, const Guid *guid)
{
        NamingObject *place = naming->first.is_there ? &naming->second : &naming->first;

        if (place->is_there ||
            (place == &naming->second && is_object(&naming->first, number, guid)))
                return;
        *place = (NamingObject){ true, number, *guid };
}

static bool naming_has_other(const Naming *naming, size_t number, const Guid *guid)
{
        return naming->second.is_there ||
               (naming->first.is_there && !is_object(&naming->first, number, guid));
}

static bool dispute_names_other(const Dispute *dispute, const Naming *naming, size_t index)
{
        return naming_has_other(naming, dispute->first + index,
                                &dispute->holders[index].object->guid);
}

typedef struct JoinDispute {
        const Rule *linked_mailbox;
        const Rule *master_account;
} JoinDispute;

/* Is this the SID of the account that the linked mailbox waits for? */
static bool holder_waits_here(const Holder *holder)
{
        const Value *sid = object_account_sid(holder->object);

        return sid && object_is_user(holder->object) &&
               object_recipient_type(holder->object) == RECIPIENT_LINKED_MAILBOX &&
               sid->size == holder->claim->folded.size &&
               memcmp(sid->data, holder->claim->folded.data, sid->size) == 0;
}

static void judge_linked_mailbox(const Dispute *dispute, const JoinDispute *joins, Hearing *hearing,
                                 size_t index)
{
        const Holder *holder = &dispute->holders[index];
        const Rule *rule = joins->linked_mailbox;
        const Value *type = object_value(holder->object, rule->attribute);
        Verdict verdict = dispute_verdict(dispute, hearing, rule, index);
        size_t n_before = hearing->outcome->n_verdicts;

        if (!holder->context->selected || !holder_waits_here(holder) ||
            dispute_names_other(dispute, &dispute->self, index))
                return;

        verdict.attribute = rule->attribute;
        verdict.value = value_slice(type);
        if (!object_is_enabled(holder->object))
                verdict.severity = SEVERITY_WARNING;
        if (!holder->context->all_forests_scanned) {
                verdict.certainty = CERTAINTY_PROBABLE;
                verdict.detail = "its account may be in a forest that has not been read";
        }
        hearing_report(hearing, &verdict);

        /* Where the rule is switched off, nothing was said, and the object arrives. */
        dispute->outcome->holders[index].is_join_excluded =
                hearing->outcome->n_verdicts > n_before && verdict.certainty == CERTAINTY_CERTAIN;
}

static void judge_join(const Dispute *dispute, Hearing *hearing, size_t index, const void *userdata)
{
        const JoinDispute *joins = userdata;
        const Holder *holder = &dispute->holders[index];
        unsigned places = holder->claim->places;
        Verdict verdict;

        judge_linked_mailbox(dispute, joins, hearing, index);

        if (!holder->in_scope)
                return;

        verdict = dispute_verdict(dispute, hearing, joins->master_account, index);
        if (places & CLAIM_MASTER_SID && dispute_names_other(dispute, &dispute->master, index))
                verdict.attribute = ATTRIBUTE_MS_EXCH_MASTER_ACCOUNT_SID;
        else if (places & CLAIM_ORIGINATOR_SID &&
                 dispute_names_other(dispute, &dispute->originator, index))
                verdict.attribute = ATTRIBUTE_MS_RTCSIP_ORIGINATOR_SID;
        else
                return;
        hearing_report(hearing, &verdict);
}

static int note_joins(Dispute *dispute)
{
        for (size_t i = 0; i < dispute->n_holders; i++) {
                const Holder *holder = &dispute->holders[i];
                const Guid *guid = &holder->object->guid;
                size_t number = dispute->first + i;

                if (!holder->in_scope)
                        continue;
                if (holder->claim->places & CLAIM_SELF_SID)
                        naming_add(&dispute->self, number, guid);
                if (holder->claim->places & CLAIM_MASTER_SID)
                        naming_add(&dispute->master, number, guid);
                if (holder->claim->places & CLAIM_ORIGINATOR_SID)
                        naming_add(&dispute->originator, number, guid);
        }

        return 0;
}

static int judge_joins(const Dispute *dispute)
{
        const JoinDispute joins = {
                .linked_mailbox = rule_find("linked-mailbox"),
                .master_account = rule_find("master-account-not-unique"),
        };

        return dispute_for_each(dispute, judge_join, &joins);
}

/* ------------------------------------------------------------------ all spaces */

int dispute_note_all(Dispute *dispute)
{
        switch (dispute->space) {
        case KEY_ADDRESS:
                return dispute_note_addresses(dispute);
        case KEY_SIP:
        case KEY_X500:
        case KEY_ANCHOR:
        case KEY_NICKNAME:
        case KEY_TARGET:
                return note_common(dispute);
        case KEY_JOIN:
                return note_joins(dispute);
        case KEY_SAM:
        case KEY_NAME:
        case KEY_SID:
        case KEY_CLOUD_ID:
                return 0;
        }

        return 0;
}

static int judge_values(const Dispute *dispute, const char *rule)
{
        return dispute_for_each(dispute, judge_value, rule_find(rule));
}

int dispute_judge_all(const Dispute *dispute)
{
        switch (dispute->space) {
        case KEY_ADDRESS:
                return dispute_judge_addresses(dispute);
        case KEY_SIP:
                return judge_values(dispute, "sip-not-unique");
        case KEY_X500:
                return judge_values(dispute, "x500-not-unique");
        case KEY_ANCHOR:
                return judge_values(dispute, "anchor-not-unique");
        case KEY_NICKNAME:
                return judge_values(dispute, "mailnickname-not-unique");
        case KEY_TARGET:
                return judge_values(dispute, "target-address-not-unique");
        case KEY_JOIN:
                return judge_joins(dispute);
        case KEY_SAM:
        case KEY_NAME:
        case KEY_SID:
        case KEY_CLOUD_ID:
                return 0;
        }

        return 0;
}
