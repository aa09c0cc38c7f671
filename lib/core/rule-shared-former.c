/* SPDX-License-Identifier: MIT */

/* A name or address that a deleted user had, and somebody new has. */

#include <errno.h>

#include "lib/core/predict.h"
#include "lib/core/record.h"
#include "lib/core/rule-shared.h"
#include "lib/core/when.h"

/* Objects are seen deleted up to a poll later than they are. */
#define SEEN_LATE HOUR

/* As long as the connector may not have exported the deletion, the cloud has the old user and refuses the new one. */
#define EXPORTED_AFTER (35 * MINUTE)

static int take_down(Former *former, const Holder *holder)
{
        int r;

        former->deleted_at = holder->deleted_at;
        former->guid = holder->object->guid;
        buffer_reset(&former->dn);
        buffer_reset(&former->anchor);
        r = buffer_append(&former->dn, holder->object->dn.data, holder->object->dn.size);
        return r < 0 ? r : predict_anchor(holder->context->tenant, holder->object, &former->anchor);
}

int dispute_note_former(Dispute *dispute)
{
        int r = 0;

        for (size_t i = 0; i < dispute->n_holders && r >= 0; i++)
                if (dispute->holders[i].deleted_at > dispute->former.deleted_at)
                        r = take_down(&dispute->former, &dispute->holders[i]);

        return r < 0 ? r : 0;
}

/* 1: the cloud will take one for the other, and rightly; 0; or -ENOMEM. */
static int has_same_anchor(const Holder *holder, const Former *former)
{
        _cleanup_buffer_ Buffer own = BUFFER_INIT;
        int r;

        r = predict_anchor(holder->context->tenant, holder->object, &own);
        if (r < 0)
                return r;

        return slice_equal((Slice){ own.data, own.size },
                           (Slice){ former->anchor.data, former->anchor.size });
}

/* Is it a user that came after the other one had gone? Whoever was there before has not been created again. */
static bool is_successor(const Holder *holder, const Former *former)
{
        int64_t created;

        return holder->in_scope && object_is_user(holder->object) &&
               holder->claim->places & (CLAIM_UPN | CLAIM_PRIMARY) &&
               !guid_equal(&holder->object->guid, &former->guid) &&
               object_time(holder->object, ATTRIBUTE_WHEN_CREATED, &created) &&
               created >= former->deleted_at - SEEN_LATE;
}

void dispute_report_former(const Dispute *dispute, Hearing *hearing, const Rule *rule, size_t index)
{
        const Former *former = &dispute->former;
        const Holder *holder = &dispute->holders[index];
        int64_t now = hearing->context->now;
        int64_t exported = former->deleted_at + EXPORTED_AFTER;
        int64_t until = former->deleted_at + CLOUD_KEEPS_DELETED_DAYS * DAY;
        char deleted_text[RECORD_TIME_SIZE], until_text[RECORD_TIME_SIZE];
        char guid_text[GUID_STRING_SIZE];
        Verdict verdict = dispute_verdict(dispute, hearing, rule, index);
        const char *old;
        int r;

        if (former->deleted_at == 0 || now == 0 || now >= until || !is_successor(holder, former))
                return;

        r = has_same_anchor(holder, former);
        if (r != 0) {
                if (r < 0)
                        hearing->error = r;
                return;
        }

        record_format_time(former->deleted_at, deleted_text);
        record_format_time(until, until_text);
        guid_format(&holder->object->guid, guid_text);
        old = hearing_show(hearing, (Slice){ former->anchor.data, former->anchor.size });

        verdict.look_again_at = until;
        if (now < exported) {
                verdict.class = RULE_FAILS;
                verdict.look_again_at = exported;
        }
        verdict.detail = hearing_say(
                hearing,
                "%s had it until %s, when it was deleted; its mailbox and files stay with the old "
                "user, whom the cloud keeps until %s",
                hearing_show(hearing, (Slice){ former->dn.data, former->dn.size }), deleted_text,
                until_text);
        verdict.advice = hearing_say(
                hearing,
                "If it is another person, give them another name, or remove the old user from the "
                "cloud's bin. If it is the same one, give the old anchor to the new account before "
                "it is exported: Set-ADUser -Identity '%s' -Replace "
                "@{'mS-DS-ConsistencyGuid'=[Convert]::FromBase64String('%s')}",
                guid_text, old);
        hearing_report(hearing, &verdict);
}
