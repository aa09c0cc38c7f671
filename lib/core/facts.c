/* SPDX-License-Identifier: MIT */
#include "lib/core/facts.h"

#include <errno.h>
#include <string.h>

#include "lib/core/sid.h"

#define CONTROL_DISABLED      0x2
#define CONTROL_TRUST_ACCOUNT 0x800

static const AttributeId facts_read[] = {
        ATTRIBUTE_CN,
        ATTRIBUTE_GIVEN_NAME,
        ATTRIBUTE_GROUP_TYPE,
        ATTRIBUTE_HOME_MDB,
        ATTRIBUTE_LEGACY_EXCHANGE_DN,
        ATTRIBUTE_MAIL,
        ATTRIBUTE_MAIL_NICKNAME,
        ATTRIBUTE_MS_EXCH_MAILBOX_GUID,
        ATTRIBUTE_MS_EXCH_RECIPIENT_DISPLAY_TYPE,
        ATTRIBUTE_MS_EXCH_RECIPIENT_TYPE_DETAILS,
        ATTRIBUTE_PROXY_ADDRESSES,
        ATTRIBUTE_SAM_ACCOUNT_NAME,
        ATTRIBUTE_SN,
        ATTRIBUTE_TARGET_ADDRESS,
        ATTRIBUTE_USER_ACCOUNT_CONTROL,
        ATTRIBUTE_USER_PRINCIPAL_NAME,
};

void facts_attributes(AttributeSet *set)
{
        for (size_t i = 0; i < ARRAY_SIZE(facts_read); i++)
                attribute_set_add(set, facts_read[i]);
}

bool object_is_user(const Object *object)
{
        return object->kind == KIND_USER || object->kind == KIND_INETORGPERSON;
}

bool object_is_enabled(const Object *object)
{
        int64_t control = 0;

        (void)object_integer(object, ATTRIBUTE_USER_ACCOUNT_CONTROL, &control);
        return !(control & CONTROL_DISABLED);
}

int64_t object_recipient_type(const Object *object)
{
        int64_t type = 0;

        (void)object_integer(object, ATTRIBUTE_MS_EXCH_RECIPIENT_TYPE_DETAILS, &type);
        return type;
}

bool object_is_mailbox(const Object *object)
{
        static const int64_t remote = RECIPIENT_REMOTE_USER | RECIPIENT_REMOTE_ROOM |
                                      RECIPIENT_REMOTE_EQUIPMENT | RECIPIENT_REMOTE_SHARED |
                                      RECIPIENT_REMOTE_TEAM;

        return object_has(object, ATTRIBUTE_HOME_MDB) ||
               object_has(object, ATTRIBUTE_MS_EXCH_MAILBOX_GUID) ||
               object_recipient_type(object) & remote;
}

const Value *object_account_sid(const Object *object)
{
        static const AttributeId places[] = {
                ATTRIBUTE_MS_EXCH_MASTER_ACCOUNT_SID,
                ATTRIBUTE_MS_RTCSIP_ORIGINATOR_SID,
        };

        for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
                const Value *sid = object_value(object, places[i]);

                if (sid && !sid_is_self(sid->data, sid->size))
                        return sid;
        }

        return NULL;
}

static Slice facts_trimmed(const Object *object, AttributeId attribute)
{
        const Value *value = object_value(object, attribute);

        return value ? text_trim(value->data, value->size) : (Slice){};
}

static bool slice_has_at(Slice slice)
{
        return slice.size > 0 && memchr(slice.data, '@', slice.size);
}

/*
 * The connector looks for "SMTP:" in this very case, and its function for it is documented as case-sensitive. Microsoft's
 * page on users and contacts says that "smtp:" will do as well: whoever needs to know finds both answers here.
 */
static void facts_take_proxy(Facts *facts, const Address *proxy)
{
        bool has_at = slice_has_at(proxy->address);

        if (proxy->type != ADDRESS_SMTP)
                return;

        facts->n_smtp++;
        if (!proxy->is_primary) {
                facts->has_other_case_with_at |= has_at;
                return;
        }

        /* Values come in no order that lasts; where there are several primary addresses, one of them must stay the one. */
        if (!facts->primary || (has_at && !facts->has_primary_with_at) ||
            (has_at == facts->has_primary_with_at &&
             slice_precedes(proxy->address, facts->primary->address)))
                facts->primary = proxy;
        facts->has_primary_with_at |= has_at;
}

static int facts_parse_proxies(Facts *facts, Arena *arena)
{
        Address *proxies;
        AddressProblem *problems;
        size_t n;

        facts->proxy_values = object_values(facts->object, ATTRIBUTE_PROXY_ADDRESSES, &n);
        if (n == 0)
                return 0;

        /* n values are in memory already, each larger than nothing: the products cannot overflow. */
        proxies = arena_allocate(arena, n * sizeof(*proxies));
        problems = arena_allocate(arena, n * sizeof(*problems));
        if (!proxies || !problems)
                return -ENOMEM;

        for (size_t i = 0; i < n; i++) {
                proxies[i] = address_parse_proxy(facts->proxy_values[i].data,
                                                 facts->proxy_values[i].size);
                problems[i] = proxies[i].type == ADDRESS_SMTP ? address_check_smtp(&proxies[i])
                                                              : ADDRESS_OK;
                facts_take_proxy(facts, &proxies[i]);
        }

        facts->proxies = proxies;
        facts->proxy_problems = problems;
        facts->n_proxies = n;
        return 0;
}

static bool facts_is_mail_intended(const Object *object)
{
        return object_has(object, ATTRIBUTE_MAIL_NICKNAME) ||
               object_has(object, ATTRIBUTE_TARGET_ADDRESS) ||
               object_has(object, ATTRIBUTE_PROXY_ADDRESSES) ||
               object_has(object, ATTRIBUTE_LEGACY_EXCHANGE_DN) ||
               object_has(object, ATTRIBUTE_MS_EXCH_RECIPIENT_DISPLAY_TYPE);
}

/* Rooms, equipment, shared mailboxes and what Exchange made for itself: nobody signs in as one of them. */
static bool recipient_type_is_quiet(int64_t type)
{
        static const int64_t quiet[] = {
                4,  /* shared mailbox */
                16, /* room */
                32, /* equipment */
                RECIPIENT_REMOTE_ROOM,
                RECIPIENT_REMOTE_EQUIPMENT,
                RECIPIENT_REMOTE_SHARED,
                INT64_C(1) << 36, /* public folder mailbox */
                INT64_C(1) << 39, /* monitoring mailbox */
                INT64_C(1) << 42, /* audit log mailbox */
        };

        for (size_t i = 0; i < ARRAY_SIZE(quiet); i++)
                if (type == quiet[i])
                        return true;

        return type & RECIPIENT_SYSTEM_MASK;
}

static bool value_begins_any(const Value *value, const char *const *prefixes)
{
        if (!value)
                return false;

        for (; *prefixes; prefixes++)
                if (text_begins_nocase((Slice){ value->data, value->size }, *prefixes))
                        return true;
        return false;
}

static bool object_is_machine_made(const Object *object)
{
        static const char *const accounts[] = { "krbtgt", "HM_", "SM_", "$331000-", NULL };
        static const char *const names[] = { "HealthMailbox", NULL };
        Slice dn = { object->dn.data, object->dn.size };
        int64_t control = 0;

        (void)object_integer(object, ATTRIBUTE_USER_ACCOUNT_CONTROL, &control);
        return control & CONTROL_TRUST_ACCOUNT ||
               value_begins_any(object_value(object, ATTRIBUTE_SAM_ACCOUNT_NAME), accounts) ||
               value_begins_any(object_value(object, ATTRIBUTE_CN), names) ||
               text_contains_nocase(dn, ",CN=Microsoft Exchange System Objects,");
}

/* A front-line worker without mail has a name; an account without mail and name is no person's. */
static bool facts_has_no_person(const Facts *facts)
{
        return facts->mail.size == 0 && facts->nickname.size == 0 && facts->n_smtp == 0 &&
               !object_has(facts->object, ATTRIBUTE_GIVEN_NAME) &&
               !object_has(facts->object, ATTRIBUTE_SN);
}

static void facts_take_login(Facts *facts)
{
        const Value *value;

        facts->login_attribute = facts->tenant->login_attribute;
        if (facts->login_attribute == ATTRIBUTE_NONE)
                facts->login_attribute = ATTRIBUTE_USER_PRINCIPAL_NAME;

        value = object_value(facts->object, facts->login_attribute);
        if (!value)
                return;

        facts->login = (Slice){ value->data, value->size };
        if (facts->is_user)
                facts->login_problems = upn_check(value->data, value->size);
}

int facts_gather(Facts *facts, const Object *object, const Tenant *tenant, Arena *arena)
{
        const Value *target = object_value(object, ATTRIBUTE_TARGET_ADDRESS);
        int r;

        *facts = (Facts){
                .object = object,
                .tenant = tenant,
                .is_user = object_is_user(object),
                .is_enabled = object_is_enabled(object),
                .recipient_type = object_recipient_type(object),
                .mail = facts_trimmed(object, ATTRIBUTE_MAIL),
                .nickname = facts_trimmed(object, ATTRIBUTE_MAIL_NICKNAME),
        };

        r = facts_parse_proxies(facts, arena);
        if (r < 0)
                return r;

        if (target)
                facts->target = address_parse_proxy(target->data, target->size);
        facts_take_login(facts);
        facts->is_mail_enabled = facts->has_primary_with_at || slice_has_at(facts->mail);
        facts->is_mail_intended = facts_is_mail_intended(object);
        facts->is_quiet = !facts->is_enabled || recipient_type_is_quiet(facts->recipient_type) ||
                          object_is_machine_made(object) || facts_has_no_person(facts);
        return 0;
}

static Slice slice_before_at(Slice slice)
{
        const uint8_t *at = slice.size > 0 ? memchr(slice.data, '@', slice.size) : NULL;

        return at ? (Slice){ .data = slice.data, .size = (size_t)(at - slice.data) } : slice;
}

/* The order is that of Microsoft's page on how the user principal name is populated. */
Slice facts_predict_nickname(const Facts *facts)
{
        if (facts->nickname.size > 0)
                return facts->nickname;
        if (facts->primary)
                return facts->primary->local;
        if (facts->mail.size > 0)
                return slice_before_at(facts->mail);
        if (facts->login.size > 0)
                return slice_before_at(facts->login);

        for (size_t i = 0; i < facts->n_proxies; i++)
                if (facts->proxies[i].type == ADDRESS_SMTP)
                        return facts->proxies[i].local;
        return (Slice){};
}
