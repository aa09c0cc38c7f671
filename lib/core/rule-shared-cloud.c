/* SPDX-License-Identifier: MIT */

/*
 * What becomes of an object whose value somebody in the cloud has. A new one is matched first: by its anchor, by its primary address,
 * by its user principal name, in this order; whatever does not match and has the value nevertheless is in its way.
 */

#include <errno.h>
#include <string.h>

#include "lib/core/evaluate-cloud.h"
#include "lib/core/evaluate-internal.h"
#include "lib/core/predict.h"

/* One meeting of two. */
typedef struct Meeting {
        const Holder *holder;
        const CloudHolder *cloud;
        const CloudSettings *settings;
        bool is_in_cloud; /* the holder */
        bool by_address;  /* it will be, or is, an address of both or the sign-in name of one */
        bool by_primary;  /* it is the primary address of both */
        bool by_login;    /* it is the user principal name of both */
        bool by_mail;     /* it stands in mail of both, and nothing else */
        bool is_same_kind;
} Meeting;

/* They are looked up only where something is said: most meetings say nothing. */
#define RULE_IN_USE   "cloud-value-in-use"
#define RULE_CONFLICT "cloud-soft-match-conflict"
#define RULE_TYPE     "cloud-type-mismatch"
#define RULE_HARD     "cloud-hard-match-blocked"
#define RULE_ADMIN    "cloud-admin-conflict"
#define RULE_MATCH    "cloud-soft-match"

static CloudKind holder_kind(const Holder *holder)
{
        if (holder->object->kind == KIND_GROUP)
                return CLOUD_GROUP;
        return holder->object->kind == KIND_CONTACT ? CLOUD_CONTACT : CLOUD_USER;
}

static Meeting meeting_make(const Holder *holder, const CloudHolder *cloud,
                            const CloudSettings *settings, bool is_in_cloud)
{
        unsigned own = holder->claim->places, its = cloud->claim.places;
        bool own_smtp = own & (CLAIM_SMTP | CLAIM_SOLE_MAIL), its_smtp = its & CLAIM_SMTP;
        bool own_login = own & CLAIM_UPN, its_login = its & CLAIM_UPN;

        return (Meeting){
                .holder = holder,
                .cloud = cloud,
                .settings = settings,
                .is_in_cloud = is_in_cloud,
                .by_address = (own_smtp && (its_smtp || its_login)) || (own_login && its_smtp),
                .by_primary = own & (CLAIM_PRIMARY | CLAIM_SOLE_MAIL) && its & CLAIM_PRIMARY,
                .by_login = own_login && its_login,
                .by_mail = own & CLAIM_MAIL && its & CLAIM_MAIL,
                .is_same_kind = holder_kind(holder) == cloud->object->kind,
        };
}

/* ------------------------------------------------------------------ are they one? */

static bool value_is(const Value *value, Slice bytes)
{
        return value && bytes.size > 0 && slice_equal(value_slice(value), bytes);
}

static bool anchor_is(const Holder *holder, Slice anchor)
{
        const Tenant *tenant = holder->context->tenant;
        const Object *object = holder->object;
        AttributeId attribute = predict_anchor_attribute(tenant, object);
        Slice guid = { object->guid.bytes, sizeof(object->guid.bytes) };

        if (anchor.size == 0)
                return false;
        if (slice_equal(guid, anchor) &&
            (attribute == ATTRIBUTE_OBJECT_GUID || !tenant->source_anchor_is_set))
                return true;
        return value_is(object_value(object, attribute), anchor);
}

/* A synced contact has nothing but its addresses to be known by. */
static bool is_same_object(const Holder *holder, const CloudObject *object)
{
        switch (object->kind) {
        case CLOUD_USER:
                return object_is_user(holder->object) && anchor_is(holder, object->anchor);
        case CLOUD_GROUP:
                return value_is(object_value(holder->object, ATTRIBUTE_OBJECT_SID), object->sid);
        case CLOUD_CONTACT:
                return holder->object->kind == KIND_CONTACT && object->sync == CLOUD_SYNC_NOW;
        }

        return false;
}

/* ------------------------------------------------------------------ verdicts */

/* An object of several may be known in the cloud by the anchor of another one, which claims other keys. */
static bool is_part_of_person(const Holder *holder)
{
        for (size_t i = 0; i < holder->outcome->n_claims; i++) {
                const Claim *claim = &holder->outcome->claims[i];

                if (claim->space == KEY_JOIN &&
                    claim->places & (CLAIM_MASTER_SID | CLAIM_ORIGINATOR_SID | CLAIM_USER_MATCH))
                        return true;
        }

        return false;
}

static const char *meeting_doubt(const Meeting *meeting)
{
        const Holder *holder = meeting->holder;
        const CloudObject *object = meeting->cloud->object;
        bool is_anchored = object->anchor.size > 0 || object->sync == CLOUD_SYNC_NOW;

        if (meeting->cloud->claim.space != KEY_ANCHOR &&
            !slice_equal(holder->claim->exact, meeting->cloud->exact))
                return "the values differ in letters that Active Directory takes for equal";
        if (is_anchored && !holder->context->all_forests_scanned)
                return "its object may be in a forest that has not been read";
        if (is_anchored && is_part_of_person(holder))
                return "it may be the account of another object of the same person";
        if (is_anchored && object->kind == CLOUD_USER &&
            !holder->context->tenant->source_anchor_is_set)
                return "SourceAnchor= is not set, assumed to be mS-DS-ConsistencyGuid";
        return NULL;
}

static AttributeId meeting_attribute(const Meeting *meeting, const Hearing *hearing)
{
        const Claim *claim = meeting->holder->claim;

        if (meeting->cloud->claim.space != KEY_ADDRESS)
                return claim->attribute;
        if (claim->places & CLAIM_SMTP && (meeting->by_address || meeting->by_primary))
                return ATTRIBUTE_PROXY_ADDRESSES;
        if (claim->places & CLAIM_SOLE_MAIL && (meeting->by_address || meeting->by_primary))
                return ATTRIBUTE_MAIL;
        if (meeting->by_login || meeting->by_address)
                return claim->places & CLAIM_DERIVED
                               ? ATTRIBUTE_SAM_ACCOUNT_NAME
                               : hearing_attribute(hearing, ATTRIBUTE_USER_PRINCIPAL_NAME);
        return ATTRIBUTE_MAIL;
}

/* "guest Anna (anna@x.com)" tells people more than an id, which others[] has. */
static const char *meeting_name(const Meeting *meeting, Hearing *hearing)
{
        const CloudObject *object = meeting->cloud->object;
        Slice name = object->user_principal_name.size > 0 ? object->user_principal_name
                     : object->mail.size > 0              ? object->mail
                                                          : object->name;

        return hearing_show(hearing, name);
}

static void report_as(const Meeting *meeting, Hearing *hearing, const Rule *rule, RuleClass class,
                      bool is_sure, const char *what)
{
        const char *doubt = meeting_doubt(meeting), *name = meeting_name(meeting, hearing);
        Verdict verdict = hearing_verdict(hearing, rule);

        verdict.class = class;
        verdict.attribute = meeting_attribute(meeting, hearing);
        verdict.value = meeting->holder->claim->value;
        verdict.key = meeting->holder->claim->key;
        if (doubt || !is_sure)
                verdict.certainty = CERTAINTY_PROBABLE;
        verdict.detail = hearing_say(hearing, "%s has it: %s; %s%s%s",
                                     cloud_object_title(meeting->cloud->object), name, what,
                                     doubt ? "; " : "", doubt ?: "");
        hearing_report(hearing, &verdict);
}

static void report(const Meeting *meeting, Hearing *hearing, const char *id, bool is_sure,
                   const char *what)
{
        const Rule *rule = rule_find(id);

        report_as(meeting, hearing, rule, rule->class, is_sure, what);
}

/*
 * Since duplicate attribute resiliency, a user principal name or an SMTP address that is taken is quarantined, and the rest arrives;
 * all else is an error, and so is a new user whose address a group has.
 */
static bool is_quarantined(const Meeting *meeting)
{
        int setting = meeting->by_address ? meeting->settings->quarantine_proxies
                                          : meeting->settings->quarantine_upn;

        if (!meeting->by_address && !meeting->by_login)
                return false;
        if (!meeting->is_in_cloud && meeting->cloud->object->kind == CLOUD_GROUP &&
            holder_kind(meeting->holder) == CLOUD_USER)
                return false;
        return setting != 0;
}

/* Whether a sign-in name that is nobody's address takes an address away, no document says. */
static bool meeting_is_plain(const Meeting *meeting)
{
        bool both = meeting->holder->claim->places & (CLAIM_SMTP | CLAIM_SOLE_MAIL) &&
                    meeting->cloud->claim.places & CLAIM_SMTP;

        return !meeting->by_address || both || meeting->by_login;
}

static void report_in_use(const Meeting *meeting, Hearing *hearing, const char *why)
{
        bool is_quiet = is_quarantined(meeting);

        report_as(meeting, hearing, rule_find(RULE_IN_USE), is_quiet ? RULE_ALTERED : RULE_FAILS,
                  meeting_is_plain(meeting),
                  why        ? why
                  : is_quiet ? "the value is taken away from what comes, without an error"
                             : "the export fails");
}

/* May what comes become this object? By the primary address, or by the user principal name where the tenant has that on. */
static bool meeting_matches(const Meeting *meeting)
{
        const CloudObject *object = meeting->cloud->object;

        return !meeting->is_in_cloud && !object->is_deleted && !object->is_guest &&
               (meeting->by_primary ||
                (meeting->by_login && meeting->settings->soft_match_on_upn != 0));
}

/* Where a match is refused, every SMTP address counts, not the primary one alone. */
static bool meeting_is_refused(const Meeting *meeting)
{
        const CloudObject *object = meeting->cloud->object;

        return !meeting->is_in_cloud && !object->is_deleted && !object->is_guest &&
               (meeting->by_login ||
                (meeting->by_address && meeting->cloud->claim.places & CLAIM_SMTP &&
                 meeting->holder->claim->places & (CLAIM_SMTP | CLAIM_SOLE_MAIL)));
}

static const char *add_present(Hearing *hearing, const char *text, const char *name, Slice value)
{
        if (value.size == 0)
                return text;
        return hearing_say(hearing, "%s%s%s %s", text, *text ? ", " : "", name,
                           hearing_show(hearing, value))
                       ?: "";
}

#define PRESENT_ADDRESSES 5

/* What the account has now, and the directory's values will take the place of. */
static const char *present_values(const CloudObject *object, Hearing *hearing)
{
        const char *text = "", *name = "proxyAddresses";
        Slice rest = object->addresses;

        text = add_present(hearing, text, "displayName", object->name);
        text = add_present(hearing, text, "userPrincipalName", object->user_principal_name);
        text = add_present(hearing, text, "mail", object->mail);
        for (unsigned i = 0; i < PRESENT_ADDRESSES && rest.size > 0; i++) {
                const uint8_t *end = memchr(rest.data, '\n', rest.size);
                size_t n = end ? (size_t)(end - rest.data) : rest.size, skipped = n + (end != NULL);

                text = add_present(hearing, text, name, (Slice){ rest.data, n });
                rest = (Slice){ rest.data + skipped, rest.size - skipped };
                name = "and";
        }
        return rest.size > 0 ? hearing_say(hearing, "%s and more", text) ?: "" : text;
}

static void judge_match(const Meeting *meeting, Hearing *hearing)
{
        const CloudObject *object = meeting->cloud->object;

        if (meeting->settings->block_soft_match > 0)
                report_in_use(meeting, hearing,
                              "the tenant blocks soft matches, so it is in the way");
        else if (object->is_admin)
                report(meeting, hearing, RULE_ADMIN, true,
                       "an account with a role is not taken over");
        else
                report(meeting, hearing, RULE_MATCH, meeting->by_primary,
                       hearing_say(hearing, "it will be taken over, by the %s; it has now: %s",
                                   meeting->by_primary ? "primary address"
                                                       : "user principal name, where no primary "
                                                         "address matches before",
                                   present_values(object, hearing))
                               ?: "");
}

static void judge_address(const Meeting *meeting, Hearing *hearing)
{
        const CloudObject *object = meeting->cloud->object;

        if (!meeting->by_address && !meeting->by_primary && !meeting->by_login && !meeting->by_mail)
                return;

        if (meeting_is_refused(meeting) && !meeting->is_same_kind)
                report(meeting, hearing, RULE_TYPE, true, "objects of two kinds never become one");
        else if (meeting_is_refused(meeting) &&
                 (object->anchor.size > 0 || object->sync == CLOUD_SYNC_NOW)) {
                if (meeting->settings->quarantine_proxies > 0)
                        report_as(meeting, hearing, rule_find(RULE_CONFLICT), RULE_ALTERED, true,
                                  "it belongs to another anchor, so the value is quarantined");
                else
                        report(meeting, hearing, RULE_CONFLICT, true,
                               "it belongs to another anchor");
        } else if (meeting->is_same_kind && meeting_matches(meeting))
                judge_match(meeting, hearing);
        else
                report_in_use(meeting, hearing, NULL);
}

/* What keeps an account from being taken over, or restored, by its anchor. NULL: nothing. */
static const char *hard_match_block(const Meeting *meeting)
{
        const CloudObject *object = meeting->cloud->object;

        if (meeting->settings->block_hard_match > 0)
                return object->is_deleted
                               ? "the tenant blocks matches by the anchor, so it is not restored"
                               : "the tenant blocks that synced objects take over others by the "
                                 "anchor";
        if (object->is_admin)
                return object->is_deleted
                               ? "an account with a role is not restored by the anchor"
                               : "an account with a role is not taken over by the anchor";
        if (object->is_bound && !object->is_deleted)
                return "an account with an onPremisesObjectIdentifier is not taken over by the "
                       "anchor, since July 2026";
        return NULL;
}

/*
 * The anchor is that of an account which is not synced, or is in the bin: it would be taken over, and restored, but for what blocks that. One
 * in the bin is bound to what it was synced from, which is nearly always what comes back.
 */
static void judge_anchor(const Meeting *meeting, Hearing *hearing)
{
        const char *block = meeting->is_in_cloud ? NULL : hard_match_block(meeting);

        if (block)
                report(meeting, hearing, RULE_HARD, true, block);
}

static void judge_meeting(const Meeting *meeting, Hearing *hearing)
{
        switch (meeting->cloud->claim.space) {
        case KEY_ANCHOR:
                judge_anchor(meeting, hearing);
                return;
        case KEY_ADDRESS:
                if (!is_same_object(meeting->holder, meeting->cloud->object))
                        judge_address(meeting, hearing);
                return;
        case KEY_SIP:
                if (!is_same_object(meeting->holder, meeting->cloud->object))
                        report_in_use(meeting, hearing, NULL);
                return;
        case KEY_X500:
        case KEY_SAM:
        case KEY_NICKNAME:
        case KEY_TARGET:
        case KEY_JOIN:
        case KEY_NAME:
        case KEY_SID:
        case KEY_CLOUD_ID:
                return;
        }
}

/* Live ones first: of two meetings by one rule on one value, the first is told. */
static void judge_holder(const Holder *holder, bool is_in_cloud, const CloudHolder *clouds,
                         size_t n_clouds, const CloudSettings *settings, Hearing *hearing)
{
        for (unsigned deleted = 0; deleted < 2; deleted++)
                for (size_t i = 0; i < n_clouds; i++) {
                        Meeting meeting = meeting_make(holder, &clouds[i], settings, is_in_cloud);

                        if (clouds[i].object->is_deleted == (deleted == 1))
                                judge_meeting(&meeting, hearing);
                }
}

/* A finding is named by rule, attribute and value: two of one name would be one. */
static void drop_repeats(Outcome *outcome, size_t first)
{
        size_t n = first;

        for (size_t i = first; i < outcome->n_verdicts; i++) {
                bool is_repeat = false;

                for (size_t k = first; k < n && !is_repeat; k++)
                        is_repeat =
                                outcome->verdicts[k].rule == outcome->verdicts[i].rule &&
                                outcome->verdicts[k].attribute == outcome->verdicts[i].attribute;
                if (!is_repeat)
                        outcome->verdicts[n++] = outcome->verdicts[i];
        }
        outcome->n_verdicts = n;
}

int evaluate_cloud(KeySpace space, const Holder *holders, const bool *is_in_cloud, size_t n_holders,
                   const CloudHolder *clouds, size_t n_clouds, const CloudSettings *settings,
                   KeyOutcome *outcome)
{
        Outcome *verdicts = outcome->outcome;
        int r;

        r = key_outcome_reset(outcome, n_holders);
        if (r < 0)
                return r;

        for (size_t i = 0; i < n_holders; i++) {
                HolderVerdicts *mark = &outcome->holders[i];
                Hearing hearing = { .context = holders[i].context, .outcome = verdicts };

                mark->first = verdicts->n_verdicts;
                if (holders[i].in_scope)
                        judge_holder(&holders[i], is_in_cloud[i], clouds, n_clouds, settings,
                                     &hearing);
                if (hearing.error < 0)
                        return hearing.error;
                drop_repeats(verdicts, mark->first);
                mark->n = verdicts->n_verdicts - mark->first;
        }

        return 0;
}
