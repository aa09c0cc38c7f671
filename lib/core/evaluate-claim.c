/* SPDX-License-Identifier: MIT */

/* What an object claims: every value under which another object must be able to meet it, and people to find it. */

#include <errno.h>
#include <string.h>

#include "lib/core/dn.h"
#include "lib/core/evaluate-internal.h"
#include "lib/core/hash.h"
#include "lib/core/predict.h"
#include "lib/core/sid.h"

/* A SID of revision 1: its second byte says how many sub-authorities follow. */
static bool slice_is_sid(Slice value)
{
        return value.size >= 8 && value.data[0] == 1 && value.size == 8 + 4 * (size_t)value.data[1];
}

/* Bytes are equal or not; only text folds. Anchors are case-sensitive even where they are text. */
static bool space_folds(KeySpace space, Slice value)
{
        return space != KEY_ANCHOR && space != KEY_SID && space != KEY_CLOUD_ID &&
               space != KEY_NAME && !(space == KEY_JOIN && slice_is_sid(value));
}

static uint64_t claim_key(KeySpace space, Slice folded)
{
        uint8_t number = (uint8_t)space;
        uint64_t hash = hash_bytes(HASH_INIT, &number, 1);

        return hash_finish(hash_bytes(hash, folded.data, folded.size));
}

typedef int (*Fold)(const void *data, size_t size, Buffer *buffer);

/* Most values are folded as they stand; then no copy is made. */
static int claim_fold(struct OutcomeMemory *memory, Fold fold, Slice value, Slice *ret)
{
        const uint8_t *copy;
        int r;

        buffer_reset(&memory->scratch);
        r = fold(value.data, value.size, &memory->scratch);
        if (r < 0)
                return r;

        if (slice_equal(value, (Slice){ memory->scratch.data, memory->scratch.size })) {
                *ret = value;
                return 0;
        }

        copy = arena_copy(&memory->arena, memory->scratch.data, memory->scratch.size);
        if (!copy)
                return -ENOMEM;

        *ret = (Slice){ copy, memory->scratch.size };
        return 0;
}

static int claim_make(struct OutcomeMemory *memory, KeySpace space, AttributeId attribute,
                      Slice value, unsigned places, Claim *ret)
{
        Claim claim = {
                .space = space,
                .attribute = attribute,
                .value = value,
                .folded = value,
                .exact = value,
                .places = places,
        };
        int r;

        if (space_folds(space, value)) {
                r = claim_fold(memory, text_fold_ad, value, &claim.folded);
                if (r < 0)
                        return r;

                claim.exact = claim.folded;
                if (!text_is_ascii(value.data, value.size)) {
                        r = claim_fold(memory, text_fold_exact, value, &claim.exact);
                        if (r < 0)
                                return r;
                }
        }

        claim.key = claim_key(space, claim.folded);
        *ret = claim;
        return 0;
}

static int outcome_append_claim(Outcome *outcome, const Claim *claim)
{
        struct OutcomeMemory *memory = outcome->memory;

        if (outcome->n_claims == memory->n_claims_allocated) {
                size_t n = memory->n_claims_allocated ? memory->n_claims_allocated * 2 : 16;
                Claim *claims = reallocarray(outcome->claims, n, sizeof(*claims));

                if (!claims)
                        return -ENOMEM;
                outcome->claims = claims;
                memory->n_claims_allocated = n;
        }

        outcome->claims[outcome->n_claims++] = *claim;
        return 0;
}

/*
 * Most people sign in with their address, and it is their mail as well. What is spelled as the first claims are need be neither folded nor
 * hashed to be found among them.
 */
#define CLAIMS_LOOKED_AT 8

static Claim *outcome_find_spelling(Outcome *outcome, KeySpace space, Slice value)
{
        size_t n = outcome->n_claims < CLAIMS_LOOKED_AT ? outcome->n_claims : CLAIMS_LOOKED_AT;

        for (size_t i = 0; i < n; i++)
                if (outcome->claims[i].space == space &&
                    slice_equal(outcome->claims[i].value, value))
                        return &outcome->claims[i];
        return NULL;
}

/* One claim a space and folded value: a second place is added to the first, whose attribute and spelling stay. */
static int outcome_add_claim(Outcome *outcome, KeySpace space, AttributeId attribute, Slice value,
                             unsigned places)
{
        uint32_t number = (uint32_t)outcome->n_claims, first;
        Claim claim, *known;
        int r;

        if (value.size == 0)
                return 0;

        known = outcome_find_spelling(outcome, space, value);
        if (known) {
                known->places |= places;
                return 0;
        }

        r = claim_make(outcome->memory, space, attribute, value, places, &claim);
        if (r < 0)
                return r;
        r = crowd_note(&outcome->memory->said, claim.key, claim.folded, number, &first);
        if (r < 0)
                return r;
        if (first == number)
                return outcome_append_claim(outcome, &claim);

        outcome->claims[first].places |= places;
        return 0;
}

static int outcome_add_value(Outcome *outcome, KeySpace space, const Object *object,
                             AttributeId attribute, unsigned places)
{
        const Value *value = object_value(object, attribute);

        return value ? outcome_add_claim(outcome, space, attribute, value_slice(value), places) : 0;
}

/* ------------------------------------------------------------------ addresses */

/* What Entra ID drops, nobody else can be deprived of. Of letters with diacritics it is not sure that they are dropped. */
static bool proxy_arrives(const Facts *facts, size_t index)
{
        AddressProblem problem = facts->proxy_problems[index];

        return (problem == ADDRESS_OK || problem == ADDRESS_NON_ASCII) &&
               !domain_is_reserved(facts->proxies[index].domain);
}

static int claim_proxies(Outcome *outcome, const Facts *facts, bool arriving)
{
        for (size_t i = 0; i < facts->n_proxies; i++) {
                const Address *proxy = &facts->proxies[i];
                unsigned places = CLAIM_SMTP | (proxy->is_primary ? CLAIM_PRIMARY : 0);
                int r;

                if (proxy->type != ADDRESS_SMTP || proxy_arrives(facts, i) != arriving)
                        continue;

                r = outcome_add_claim(outcome, KEY_ADDRESS, ATTRIBUTE_PROXY_ADDRESSES,
                                      proxy->address, arriving ? places : 0);
                if (r < 0)
                        return r;
        }

        return 0;
}

/* "n/a" in mail is no address: it is found by it, but disputes nothing. */
static int claim_mail(Outcome *outcome, const Facts *facts)
{
        unsigned places = CLAIM_MAIL | (facts->n_smtp == 0 ? CLAIM_SOLE_MAIL : 0);
        bool is_address = facts->mail.size > 0 && memchr(facts->mail.data, '@', facts->mail.size);

        return outcome_add_claim(outcome, KEY_ADDRESS, ATTRIBUTE_MAIL, facts->mail,
                                 is_address ? places : 0);
}

/*
 * A linked mailbox arrives as the account that it is joined to, or not at all: the enabled account's name is the one to sign in
 * with, and its own is nobody's.
 */
static bool signs_in_elsewhere(const Facts *facts)
{
        return facts->recipient_type == RECIPIENT_LINKED_MAILBOX && !facts->is_enabled &&
               object_account_sid(facts->object);
}

/* Where the user principal name is absent, the connector makes one of the account's name and the domain's. */
static int claim_derived_login(Outcome *outcome, const EvaluateContext *context, const Facts *facts)
{
        struct OutcomeMemory *memory = outcome->memory;
        const Value *account = object_value(facts->object, ATTRIBUTE_SAM_ACCOUNT_NAME);
        const uint8_t *copy;
        int r;

        if (!account || facts->login_attribute != ATTRIBUTE_USER_PRINCIPAL_NAME)
                return 0;

        buffer_reset(&memory->scratch);
        r = buffer_append(&memory->scratch, account->data, account->size);
        if (r >= 0)
                r = buffer_append_format(&memory->scratch, "@%s", context->domain);
        if (r < 0)
                return r;

        copy = arena_copy(&memory->arena, memory->scratch.data, memory->scratch.size);
        if (!copy)
                return -ENOMEM;

        return outcome_add_claim(outcome, KEY_ADDRESS, ATTRIBUTE_SAM_ACCOUNT_NAME,
                                 (Slice){ copy, memory->scratch.size }, CLAIM_UPN | CLAIM_DERIVED);
}

/*
 * An unknown user principal name is not an absent one: then nothing is made up. With LoginAttribute=, AD's own is still what
 * people search by.
 */
static int claim_login(Outcome *outcome, const EvaluateContext *context, const Facts *facts)
{
        int r;

        if (!facts->is_user)
                return 0;

        if (facts->login.size > 0)
                r = outcome_add_claim(outcome, KEY_ADDRESS, facts->login_attribute, facts->login,
                                      signs_in_elsewhere(facts) ? 0 : CLAIM_UPN);
        else if (!signs_in_elsewhere(facts) &&
                 attribute_set_has(&facts->object->known, facts->login_attribute))
                r = claim_derived_login(outcome, context, facts);
        else
                r = 0;
        if (r < 0)
                return r;

        return outcome_add_value(outcome, KEY_ADDRESS, facts->object, ATTRIBUTE_USER_PRINCIPAL_NAME,
                                 0);
}

/* The weightiest place first, for the claim keeps its spelling: what arrives as an address, the sign-in name, the rest. */
static int claim_addresses(Outcome *outcome, const EvaluateContext *context, const Facts *facts)
{
        int r;

        r = claim_proxies(outcome, facts, true);
        if (r >= 0 && facts->n_smtp == 0)
                r = claim_mail(outcome, facts);
        if (r >= 0)
                r = claim_login(outcome, context, facts);
        if (r >= 0 && facts->n_smtp > 0)
                r = claim_mail(outcome, facts);
        if (r >= 0)
                r = claim_proxies(outcome, facts, false);
        return r;
}

/* ------------------------------------------------------------------ the other spaces */

static int claim_other_types(Outcome *outcome, const Facts *facts)
{
        const Value *sip = object_value(facts->object, ATTRIBUTE_MS_RTCSIP_PRIMARY_USER_ADDRESS);
        int r = 0;

        for (size_t i = 0; i < facts->n_proxies && r >= 0; i++) {
                const Address *proxy = &facts->proxies[i];

                if (proxy->type == ADDRESS_SIP)
                        r = outcome_add_claim(outcome, KEY_SIP, ATTRIBUTE_PROXY_ADDRESSES,
                                              proxy->address, 0);
                else if (proxy->type == ADDRESS_X500)
                        r = outcome_add_claim(outcome, KEY_X500, ATTRIBUTE_PROXY_ADDRESSES,
                                              proxy->address, 0);
        }
        if (r >= 0 && sip)
                r = outcome_add_claim(outcome, KEY_SIP, ATTRIBUTE_MS_RTCSIP_PRIMARY_USER_ADDRESS,
                                      address_parse_proxy(sip->data, sip->size).address, 0);
        if (r >= 0)
                r = outcome_add_claim(outcome, KEY_TARGET, ATTRIBUTE_TARGET_ADDRESS,
                                      facts->target.address, 0);
        return r;
}

/*
 * What the cloud knows an object by: a user by the anchor, which is the objectGUID where there is nothing else, a group by its SID. The
 * cache has objectGUID apart from the values.
 */
static int claim_anchor(Outcome *outcome, const Facts *facts)
{
        const Object *object = facts->object;
        AttributeId attribute = predict_anchor_attribute(facts->tenant, object);

        if (object->kind == KIND_GROUP)
                return outcome_add_value(outcome, KEY_SID, object, ATTRIBUTE_OBJECT_SID, 0);
        if (!facts->is_user)
                return 0;
        if (attribute != ATTRIBUTE_OBJECT_GUID)
                return outcome_add_value(outcome, KEY_ANCHOR, object, attribute, 0);
        if (guid_is_null(&object->guid))
                return 0;
        return outcome_add_claim(outcome, KEY_ANCHOR, attribute,
                                 (Slice){ object->guid.bytes, sizeof(object->guid.bytes) }, 0);
}

static int claim_cloud_id(Outcome *outcome, const Object *object)
{
        const uint8_t *copy;
        Guid guid;

        if (!cloud_id_of(object, &guid))
                return 0;

        copy = arena_copy(&outcome->memory->arena, guid.bytes, sizeof(guid.bytes));
        return copy ? outcome_add_claim(outcome, KEY_CLOUD_ID,
                                        ATTRIBUTE_MS_DS_EXTERNAL_DIRECTORY_OBJECT_ID,
                                        (Slice){ copy, sizeof(guid.bytes) }, 0)
                    : -ENOMEM;
}

static int claim_sid(Outcome *outcome, const Object *object, AttributeId attribute, unsigned place)
{
        const Value *sid = object_value(object, attribute);

        return sid && !sid_is_self(sid->data, sid->size)
                       ? outcome_add_value(outcome, KEY_JOIN, object, attribute, place)
                       : 0;
}

static int claim_user_match(Outcome *outcome, const Facts *facts)
{
        const Object *object = facts->object;
        int r;

        switch (facts->tenant->user_match) {
        case USER_MATCH_NONE:
        case USER_MATCH_SID: /* the SIDs join in any case */
                return 0;

        case USER_MATCH_MAIL:
                return facts->is_user || object->kind == KIND_CONTACT
                               ? outcome_add_claim(outcome, KEY_JOIN, ATTRIBUTE_MAIL, facts->mail,
                                                   CLAIM_USER_MATCH)
                               : 0;

        case USER_MATCH_SAM_AND_NICKNAME:
                if (!facts->is_user)
                        return 0;
                r = outcome_add_value(outcome, KEY_JOIN, object, ATTRIBUTE_SAM_ACCOUNT_NAME,
                                      CLAIM_USER_MATCH);
                return r < 0 ? r
                             : outcome_add_claim(outcome, KEY_JOIN, ATTRIBUTE_MAIL_NICKNAME,
                                                 facts->nickname, CLAIM_USER_MATCH);

        case USER_MATCH_ATTRIBUTE:
                return facts->is_user ? outcome_add_value(outcome, KEY_JOIN, object,
                                                          facts->tenant->user_match_attribute,
                                                          CLAIM_USER_MATCH)
                                      : 0;
        }

        return 0;
}

static int claim_joins(Outcome *outcome, const Facts *facts)
{
        const Object *object = facts->object;
        int r = 0;

        if (facts->is_user) {
                r = claim_sid(outcome, object, ATTRIBUTE_OBJECT_SID, CLAIM_SELF_SID);
                if (r >= 0)
                        r = claim_sid(outcome, object, ATTRIBUTE_MS_EXCH_MASTER_ACCOUNT_SID,
                                      CLAIM_MASTER_SID);
                if (r >= 0)
                        r = claim_sid(outcome, object, ATTRIBUTE_MS_RTCSIP_ORIGINATOR_SID,
                                      CLAIM_ORIGINATOR_SID);
        }

        return r < 0 ? r : claim_user_match(outcome, facts);
}

/* By its own part of the name, which no rename above it changes. What is no name is found by none. */
static int claim_name(Outcome *outcome, const Object *object)
{
        struct OutcomeMemory *memory = outcome->memory;
        Slice rdn, parent;
        const uint8_t *copy;
        int r;

        if (dn_split((Slice){ object->dn.data, object->dn.size }, &rdn, &parent) < 0)
                return 0;

        buffer_reset(&memory->scratch);
        r = dn_normalize(rdn, &memory->scratch);
        if (r < 0)
                return r == -EBADMSG ? 0 : r;

        copy = arena_copy(&memory->arena, memory->scratch.data, memory->scratch.size);
        return copy ? outcome_add_claim(outcome, KEY_NAME, ATTRIBUTE_DISTINGUISHED_NAME,
                                        (Slice){ copy, memory->scratch.size }, 0)
                    : -ENOMEM;
}

int outcome_claim(Outcome *outcome, const EvaluateContext *context, const Facts *facts)
{
        int r;

        r = claim_addresses(outcome, context, facts);
        if (r >= 0)
                r = claim_other_types(outcome, facts);
        if (r >= 0)
                r = claim_anchor(outcome, facts);
        if (r >= 0)
                r = claim_cloud_id(outcome, facts->object);
        if (r >= 0)
                r = claim_joins(outcome, facts);
        if (r >= 0)
                r = outcome_add_value(outcome, KEY_SAM, facts->object, ATTRIBUTE_SAM_ACCOUNT_NAME,
                                      0);
        if (r >= 0)
                r = outcome_add_claim(outcome, KEY_NICKNAME, ATTRIBUTE_MAIL_NICKNAME,
                                      facts->nickname, 0);
        if (r >= 0)
                r = claim_name(outcome, facts->object);
        return r;
}

/*
 * The same claims wherever it was: what they weigh is asked when they are judged, but which there are must follow from the object alone.
 * The place that it was deleted from goes on being moved, in and out of scope, and nobody looks after the dead then.
 */
void outcome_claim_former(Outcome *outcome, bool was_in_scope)
{
        size_t n = 0;

        for (size_t i = 0; i < outcome->n_claims; i++) {
                Claim *claim = &outcome->claims[i];

                if (claim->space != KEY_ADDRESS || !(claim->places & (CLAIM_UPN | CLAIM_PRIMARY)))
                        continue;
                claim->places = was_in_scope ? CLAIM_FORMER : 0;
                outcome->claims[n++] = *claim;
        }
        outcome->n_claims = n;
}

int evaluate_make_key(KeySpace space, Slice value, uint64_t *ret)
{
        _cleanup_buffer_ Buffer folded = BUFFER_INIT;
        int r;

        if (!space_folds(space, value)) {
                *ret = claim_key(space, value);
                return 0;
        }

        r = text_fold_ad(value.data, value.size, &folded);
        if (r < 0)
                return r;

        *ret = claim_key(space, (Slice){ folded.data, folded.size });
        return 0;
}
