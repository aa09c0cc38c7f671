/* SPDX-License-Identifier: MIT */

/* Names: nickname, user principal name, the address at the initial domain, source anchor. Addresses are in predict-address.c. */

#include "lib/core/predict.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "lib/core/predict-internal.h"
#include "lib/core/value-text.h"

#define SHOWN_MAX 200 /* bytes of a value in a sentence */
#define NOTES_MAX 12  /* one for each call of predictor_note() that there is */

/* ------------------------------------------------------------------ saying */

const char *predictor_say(Predictor *predictor, const char *format, ...)
{
        _cleanup_buffer_ Buffer text = BUFFER_INIT;
        const char *copy = NULL;
        va_list list;
        int r;

        va_start(list, format);
        r = buffer_append_vformat(&text, format, list);
        va_end(list);
        if (r >= 0)
                copy = arena_copy(&predictor->prediction->arena, text.data, text.size);
        if (!copy)
                predictor->error = -ENOMEM;
        return copy ?: "";
}

const char *predictor_show(Predictor *predictor, Slice value)
{
        _cleanup_buffer_ Buffer text = BUFFER_INIT;
        const char *shown;

        if (text_escape(value.data, value.size, SHOWN_MAX, &text) < 0 ||
            !(shown = buffer_string(&text))) {
                predictor->error = -ENOMEM;
                return "";
        }

        return predictor_say(predictor, "%s", shown);
}

void predictor_note(Predictor *predictor, const char *sentence)
{
        Prediction *prediction = predictor->prediction;

        assert(prediction->n_notes < NOTES_MAX);
        prediction->notes[prediction->n_notes++] = sentence;
}

/* "local@domain"; empty where one of them is. */
static Slice make_address(Predictor *predictor, Slice local, const char *between, Slice domain)
{
        _cleanup_buffer_ Buffer text = BUFFER_INIT;
        const uint8_t *copy;

        if (local.size == 0 || domain.size == 0)
                return (Slice){};

        if (buffer_append(&text, local.data, local.size) < 0 ||
            buffer_append_string(&text, between) < 0 ||
            buffer_append(&text, domain.data, domain.size) < 0 ||
            !(copy = arena_copy(&predictor->prediction->arena, text.data, text.size))) {
                predictor->error = -ENOMEM;
                return (Slice){};
        }

        return (Slice){ copy, text.size };
}

/* ------------------------------------------------------------------ domains */

const char *predictor_disowns(Predictor *predictor, Slice domain)
{
        const char *shown;

        switch (tenant_domain_standing(predictor->tenant, domain)) {
        case DOMAIN_VERIFIED:
                return NULL;

        case DOMAIN_UNVERIFIED:
                return predictor_say(predictor, "%s is not a verified domain of the tenant",
                                     predictor_show(predictor, domain));

        case DOMAIN_SUB_OF_VERIFIED:
                /* A tenant lists the domains below a verified one, too, once they were added: this one was not. */
                return predictor_say(predictor,
                                     "%s is not a verified domain of the tenant, although it is "
                                     "below one",
                                     predictor_show(predictor, domain));

        case DOMAIN_UNKNOWN:
                break;
        }

        shown = predictor_show(predictor, domain);
        if (!domain_is_public(domain))
                return predictor_say(predictor,
                                     "%s is no domain of the Internet, so nobody can verify it",
                                     shown);

        if (!predictor->says_unlisted)
                predictor_note(predictor,
                               "VerifiedDomain= is not set: every domain of the Internet is taken "
                               "for one that the tenant has verified.");
        predictor->says_unlisted = true;
        return NULL;
}

/* ------------------------------------------------------------------ names */

static Slice initial_domain(Predictor *predictor)
{
        const char *domain = predictor->tenant->initial_domain;

        predictor->misses_initial = !domain;
        return domain ? SLICE(domain) : (Slice){};
}

/*
 * The nickname at the initial domain. Where that is taken, four random digits stand behind the nickname, be it as an address (KB
 * 3190357, scenario 6) or as a user principal name (Microsoft's page on duplicate attributes; the "+" in its pattern is none).
 */
static Slice make_at_initial_domain(Predictor *predictor)
{
        Slice nickname = predictor->prediction->mail_nickname, domain = initial_domain(predictor);
        bool is_taken = predictor->context->is_moera_taken;

        if (is_taken && nickname.size > 0 && !predictor->says_taken) {
                predictor_note(predictor,
                               predictor_say(predictor,
                                             "The nickname %s is taken: " PREDICT_RANDOM_DIGITS
                                             " stands for four random digits.",
                                             predictor_show(predictor, nickname)));
                predictor->says_taken = true;
        }
        return make_address(predictor, nickname, is_taken ? PREDICT_RANDOM_DIGITS "@" : "@",
                            domain);
}

/*
 * Where the user principal name is absent, the connector makes one of the account's name and the domain's. Nothing is made up
 * for another attribute that LoginAttribute= names.
 */
static void take_login(Predictor *predictor)
{
        Facts *facts = &predictor->facts;
        const Value *account = object_value(facts->object, ATTRIBUTE_SAM_ACCOUNT_NAME);

        if (!facts->is_user || facts->login.size > 0)
                return;

        if (facts->login_attribute != ATTRIBUTE_USER_PRINCIPAL_NAME) {
                predictor_note(predictor,
                               predictor_say(predictor,
                                             "LoginAttribute= names %s, and the account has none: "
                                             "it has nothing to sign in with.",
                                             attribute_name(facts->login_attribute)));
                return;
        }
        if (!account)
                return; /* then it never arrives: rule samaccountname-missing */

        facts->login = make_address(predictor, text_trim(account->data, account->size), "@",
                                    SLICE(predictor->context->domain));
        facts->login_problems = upn_check(facts->login.data, facts->login.size);
        predictor_note(predictor,
                       predictor_say(predictor,
                                     "There is no user principal name: the connector makes it %s.",
                                     predictor_show(predictor, facts->login)));
}

/*
 * At the first synchronisation it is the first that there is of several (UPN-doc); from then on it follows mailNickname alone,
 * and stays as it was where that is absent (KB 3190357, scenarios 3 and 5). The connector gives a contact its cn.
 */
static Slice predict_nickname(Predictor *predictor)
{
        const Facts *facts = &predictor->facts;
        const PredictState *previous = predictor->context->previous;
        const Value *cn = object_value(facts->object, ATTRIBUTE_CN);

        if (facts->nickname.size == 0 && previous && previous->mail_nickname.size > 0)
                return previous->mail_nickname;
        if (facts->object->kind == KIND_GROUP && !facts->is_mail_enabled) {
                predictor_note(predictor, "The group is not mail-enabled; which nickname Entra ID "
                                          "gives it is not documented.");
                return (Slice){};
        }
        if (facts->nickname.size == 0 && facts->object->kind == KIND_CONTACT && cn)
                return text_trim(cn->data, cn->size);
        return facts_predict_nickname(facts);
}

static unsigned first_bit(unsigned bits)
{
        return bits & -bits;
}

/* Why it cannot stay what it is, as a clause; NULL: it can. */
static const char *predict_upn_refusal(Predictor *predictor)
{
        const Facts *facts = &predictor->facts;

        if (facts->login_problems != UPN_OK)
                return predictor_say(predictor, "it %s",
                                     upn_problem_text(first_bit(facts->login_problems)));
        return predictor_disowns(predictor, upn_suffix(facts->login.data, facts->login.size));
}

/*
 * It is made anew only when the on-premises name was changed, or the tenant's domains were: then what the cloud holds is that
 * very name, of a domain that was verified.
 */
static bool upn_is_kept(const Predictor *predictor)
{
        const PredictState *previous = predictor->context->previous;
        Slice login = predictor->facts.login;

        return previous && previous->user_principal_name.size > 0 &&
               slice_equal(previous->login, login) &&
               !slice_equal(previous->user_principal_name, login);
}

static Slice predict_upn(Predictor *predictor)
{
        const Facts *facts = &predictor->facts;
        const char *refusal;
        Slice made;

        if (facts->login.size == 0)
                return (Slice){};
        refusal = predict_upn_refusal(predictor);
        if (!refusal)
                return facts->login;

        made = upn_is_kept(predictor) ? predictor->context->previous->user_principal_name
                                      : make_at_initial_domain(predictor);
        predictor_note(predictor,
                       predictor_say(predictor, "The user principal name %s becomes %s: %s.",
                                     predictor_show(predictor, facts->login),
                                     made.size > 0 ? predictor_show(predictor, made)
                                                   : "the nickname at the initial domain",
                                     refusal));

        /* Two of Microsoft's pages differ: one lets it be replaced, the other lets the export fail (IdentityDataValidationFailed). */
        if (facts->login_problems & ~(unsigned)UPN_WHITE_SPACE)
                predictor_note(predictor,
                               "Instead of replacing it, Entra ID may refuse the object.");
        if (made.size > 0 && upn_check(made.data, made.size) != UPN_OK)
                predictor_note(predictor,
                               "The nickname holds what a user principal name must not hold; what "
                               "Entra ID makes of that is not documented.");
        return made;
}

/*
 * KB 3190357 makes it of the user principal name where it explains the term, and of the nickname in all of its scenarios: the
 * scenarios are what was seen. Made once, for whoever has a mailbox; kept for good, without licence too (scenario 4).
 */
static Slice predict_moera(Predictor *predictor)
{
        const PredictContext *context = predictor->context;
        const Facts *facts = &predictor->facts;
        bool has_mailbox = facts->is_user
                                   ? context->is_licensed
                                   : facts->object->kind == KIND_GROUP && facts->is_mail_enabled;

        if (context->previous && context->previous->moera.size > 0)
                return context->previous->moera;
        if (!has_mailbox)
                return (Slice){};

        return make_at_initial_domain(predictor);
}

static void predict_names(Predictor *predictor)
{
        Prediction *prediction = predictor->prediction;

        take_login(predictor);
        prediction->mail_nickname = predict_nickname(predictor);
        if (predictor->facts.is_user)
                prediction->user_principal_name = predict_upn(predictor);

        prediction->state = (PredictState){
                .login = predictor->facts.login,
                .user_principal_name = prediction->user_principal_name,
                .mail_nickname = prediction->mail_nickname,
                .moera = predict_moera(predictor),
        };
}

/* ------------------------------------------------------------------ the whole */

static void note_what_is_not_known(Predictor *predictor)
{
        const Object *object = predictor->facts.object;

        if (predictor->misses_initial)
                predictor_note(predictor, "InitialDomain= is not set: the addresses that Entra ID "
                                          "makes there cannot be told.");
        if (!predictor->facts.is_user)
                predictor_note(predictor,
                               predictor_say(predictor,
                                             "Microsoft describes the calculation for users; for "
                                             "a %s it is taken to be the same.",
                                             kind_name(object->kind)));
}

static int predictor_init(Predictor *predictor, const Object *object)
{
        Prediction *prediction = predictor->prediction;
        Arena *arena = &prediction->arena;
        size_t n;
        int r;

        r = facts_gather(&predictor->facts, object, predictor->tenant, arena);
        if (r < 0)
                return r;

        n = predictor->facts.n_proxies +
            2; /* the user principal name and the initial domain's; mail among the dropped */
        predictor->secondary = arena_allocate(arena, n * sizeof(*predictor->secondary));
        predictor->others = arena_allocate(arena, n * sizeof(*predictor->others));
        predictor->dropped = arena_allocate(arena, n * sizeof(*predictor->dropped));
        prediction->notes = arena_allocate(arena, NOTES_MAX * sizeof(*prediction->notes));
        if (!predictor->secondary || !predictor->others || !predictor->dropped ||
            !prediction->notes)
                return -ENOMEM;

        prediction->secondary = predictor->secondary;
        prediction->others = predictor->others;
        prediction->dropped = predictor->dropped;
        return 0;
}

int predict(const PredictContext *context, const Object *object, Prediction *ret)
{
        Predictor predictor = { .context = context, .tenant = context->tenant, .prediction = ret };
        int r;

        arena_reset(&ret->arena);
        *ret = (Prediction){ .arena = ret->arena };

        r = predictor_init(&predictor, object);
        if (r < 0)
                return r;

        predict_names(&predictor);
        predict_addresses(&predictor);
        note_what_is_not_known(&predictor);
        crowd_done(&predictor.held);
        return predictor.error;
}

void prediction_done(Prediction *prediction)
{
        arena_done(&prediction->arena);
        *prediction = (Prediction){};
}

/* ------------------------------------------------------------------ source anchor */

/* Groups and contacts are anchored by objectGUID, and so are users until the connector has written mS-DS-ConsistencyGuid. */
AttributeId predict_anchor_attribute(const Tenant *tenant, const Object *object)
{
        AttributeId attribute = tenant->source_anchor;

        if (!object_is_user(object))
                return ATTRIBUTE_OBJECT_GUID;
        if (attribute == ATTRIBUTE_NONE)
                attribute = ATTRIBUTE_MS_DS_CONSISTENCY_GUID;
        if (attribute == ATTRIBUTE_MS_DS_CONSISTENCY_GUID && !object_has(object, attribute))
                attribute = ATTRIBUTE_OBJECT_GUID;
        return attribute;
}

int predict_anchor(const Tenant *tenant, const Object *object, Buffer *buffer)
{
        AttributeId attribute = predict_anchor_attribute(tenant, object);
        const Value *value = object_value(object, attribute);

        /* The cache has objectGUID apart from the values. */
        if (attribute == ATTRIBUTE_OBJECT_GUID)
                return guid_is_null(&object->guid)
                               ? 0
                               : value_text_base64(
                                         (Slice){ object->guid.bytes, sizeof(object->guid.bytes) },
                                         buffer);
        if (!value)
                return 0;

        switch (attribute_syntax(attribute)) {
        case SYNTAX_OCTETS:
        case SYNTAX_GUID:
        case SYNTAX_SID:
                return value_text_base64((Slice){ value->data, value->size }, buffer);
        case SYNTAX_STRING:
        case SYNTAX_INTEGER:
        case SYNTAX_BOOLEAN:
        case SYNTAX_DN:
        case SYNTAX_TIME:
        case SYNTAX_OID:
                return value_text_string(text_trim(value->data, value->size), buffer);
        }

        return -EINVAL; /* no such syntax: attribute_syntax() gives none but these */
}
