/* SPDX-License-Identifier: MIT */
#include "tests/bench/company.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/util.h"

#define REGIONS 16
#define UNITS   3 /* below each */

static const char *const regions[REGIONS] = {
        "Berlin", "Oslo",   "Paris", "Istanbul", "Kraków", "Chicago", "Lisboa", "Madrid",
        "Roma",   "Zürich", "Wien",  "Praha",    "Dublin", "Malmö",   "Gent",   "Turku",
};
static const char *const units[UNITS] = { "Staff", "Projects", "Services" };

/* As people write them, and as account generators do. */
static const struct {
        const char *name, *alias;
} first_names[] = {
        { "Anna", "anna" },       { "Bernd", "bernd" },   { "Carla", "carla" }, { "David", "david" },
        { "Elif", "elif" },       { "Fatima", "fatima" }, { "Georg", "georg" }, { "Hugo", "hugo" },
        { "Zoë", "zoe" },         { "Jürgen", "juergen" }, { "Ida", "ida" },     { "Jonas", "jonas" },
        { "Katrin", "katrin" },   { "Lars", "lars" },     { "Søren", "soren" }, { "Nils", "nils" },
}, last_names[] = {
        { "Abel", "abel" },       { "Berg", "berg" },         { "Carlsen", "carlsen" },
        { "Dahl", "dahl" },       { "Müller", "mueller" },    { "Fischer", "fischer" },
        { "Hansen", "hansen" },   { "Janßen", "janssen" },    { "Lehmann", "lehmann" },
        { "Nowak", "nowak" },     { "Olsen", "olsen" },       { "Pérez", "perez" },
        { "Richter", "richter" }, { "Öztürk", "oeztuerk" },   { "Thomsen", "thomsen" },
        { "Zimmermann", "zimmermann" },
};
static const char *const departments[] = { "Sales", "Finance",   "Engineering", "Human Resources",
                                           "Legal", "Logistics", "Marketing",   "Research" };

/* What can be wrong with one. Of two objects in a row that share a value, both get a finding. */
typedef enum Flaw {
        FLAW_NONE,
        FLAW_SHARED_ADDRESS,
        FLAW_SHARED_MAIL,
        FLAW_LOGIN_SPACE,
        FLAW_LOGIN_LOCAL,
        FLAW_LOGIN_MISSING,
        FLAW_NICKNAME,
        FLAW_ADDRESS_SPACE,
        FLAW_TWO_PRIMARIES,
        FLAW_UNVERIFIED,
        FLAW_DISPLAY_NAME,
        N_FLAWS,
} Flaw;

static uint64_t mix(uint64_t z)
{
        z += UINT64_C(0x9e3779b97f4a7c15);
        z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
        return z ^ z >> 31;
}

static void add_bytes(MadeObject *object, const char *attribute, const void *data, size_t size)
{
        char *to = object->text + object->used;

        if (object->n_values == MADE_VALUES_MOST || object->used + size > sizeof(object->text))
                abort();

        memcpy(to, data, size);
        object->used += size;
        object->values[object->n_values++] = (struct MadeValue){ attribute, to, size };
}

static void add(MadeObject *object, const char *attribute, const char *format, ...) _printf_(3, 4);

static void add(MadeObject *object, const char *attribute, const char *format, ...)
{
        char text[512];
        va_list arguments;
        int n;

        va_start(arguments, format);
        n = vsnprintf(text, sizeof(text), format, arguments);
        va_end(arguments);
        if (n < 0 || (size_t)n >= sizeof(text))
                abort();

        add_bytes(object, attribute, text, (size_t)n);
}

static void make_guid(uint64_t number, uint8_t ret[static 16])
{
        uint64_t halves[2] = { mix(number), mix(~number) };

        memcpy(ret, halves, sizeof(halves));
}

/* Containers have numbers that no object has. */
static void container_guid(unsigned i, uint8_t ret[static 16])
{
        make_guid(UINT64_MAX / 2 - i, ret);
}

static void add_classes(MadeObject *object, const char *const *classes)
{
        for (; *classes; classes++) {
                add(object, "objectClass", "%s", *classes);
                object->class = *classes;
        }
}

static void container_dn(unsigned i, char *ret, size_t size)
{
        unsigned region = (i - 1) % REGIONS, unit = (i - 1 - REGIONS) / REGIONS;

        if (i == 0)
                (void)snprintf(ret, size, "OU=Contoso," COMPANY_BASE);
        else if (i <= REGIONS)
                (void)snprintf(ret, size, "OU=%s,OU=Contoso," COMPANY_BASE, regions[region]);
        else
                (void)snprintf(ret, size, "OU=%s,OU=%s,OU=Contoso," COMPANY_BASE, units[unit],
                               regions[region]);
}

void company_container(unsigned i, MadeObject *ret)
{
        static const char *const classes[] = { "top", "organizationalUnit", NULL };
        const char *end;
        uint8_t parent[16];

        *ret = (MadeObject){};
        container_dn(i, ret->dn, sizeof(ret->dn));
        add_classes(ret, classes);
        container_guid(i, ret->guid);
        add_bytes(ret, "objectGUID", ret->guid, sizeof(ret->guid));
        if (i > 0) {
                container_guid(i <= REGIONS ? 0 : 1 + (i - 1) % REGIONS, parent);
                add_bytes(ret, "parentGUID", parent, sizeof(parent));
        }
        end = strchr(ret->dn, ',');
        add(ret, "ou", "%.*s", (int)(end - ret->dn) - 3, ret->dn + 3);
        add(ret, "uSNChanged", "%lld", (long long)(COMPANY_FIRST_USN - COMPANY_CONTAINERS + i));
}

typedef struct Who {
        uint64_t i, random;
        const char *first, *last;
        char alias[80], name[80];
        Flaw flaw;
} Who;

static void find_who(uint64_t i, unsigned version, unsigned flawed, Who *ret)
{
        uint64_t random = mix(i);
        unsigned first = random & 15, last = random >> 4 & 15;

        *ret = (Who){
                .i = i,
                .random = random,
                .first = first_names[first].name,
                .last = last_names[last].name,
        };
        (void)snprintf(ret->alias, sizeof(ret->alias), "%s.%s%llu", first_names[first].alias,
                       last_names[last].alias, (unsigned long long)i);
        (void)snprintf(ret->name, sizeof(ret->name), "%s %s %llu", ret->first, ret->last,
                       (unsigned long long)i);
        if (mix(random + 1) % 1000 < flawed)
                ret->flaw = 1 + mix(random + 2) % (N_FLAWS - 1);
        if (version % 2 == 1 && ret->flaw == FLAW_NONE)
                ret->flaw = FLAW_NICKNAME;
}

static void add_addresses(MadeObject *object, const Who *who)
{
        uint64_t shared = who->flaw == FLAW_SHARED_ADDRESS && who->i > 0 ? who->i - 1 : who->i;
        const char *alias = who->alias;

        if (who->flaw == FLAW_SHARED_MAIL)
                add(object, "mail", "team.%llu@" COMPANY_MAIL, (unsigned long long)who->i / 2000);
        else
                add(object, "mail", "%s@" COMPANY_MAIL, alias);

        add(object, "mailNickname", "%s%s", alias, who->flaw == FLAW_NICKNAME ? "..x" : "");

        add(object, "proxyAddresses", "SMTP:%s@" COMPANY_MAIL, alias);
        add(object, "proxyAddresses", "smtp:a%llu@" COMPANY_MAIL, (unsigned long long)shared);
        if ((who->random >> 10 & 1) == 0)
                add(object, "proxyAddresses", "smtp:%s@contoso.mail.onmicrosoft.com", alias);
        if ((who->random >> 11 & 3) == 0)
                add(object, "proxyAddresses", "X500:/o=Contoso/ou=First/cn=Recipients/cn=%s",
                    alias);

        if (who->flaw == FLAW_ADDRESS_SPACE)
                add(object, "proxyAddresses", "smtp:%s space@" COMPANY_MAIL, alias);
        if (who->flaw == FLAW_TWO_PRIMARIES)
                add(object, "proxyAddresses", "SMTP:second.%s@" COMPANY_MAIL, alias);
        if (who->flaw == FLAW_UNVERIFIED)
                add(object, "proxyAddresses", "smtp:%s@contoso-old.com", alias);
}

static void add_sid(MadeObject *object, uint64_t i)
{
        uint8_t sid[28] = {
                1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 7, 7, 7, 7, 8, 8, 8, 8, 9, 9, 9, 9
        };

        for (unsigned k = 0; k < 4; k++)
                sid[24 + k] = (uint8_t)((i + 10000) >> 8 * k);
        add_bytes(object, "objectSid", sid, sizeof(sid));
}

static void add_login(MadeObject *object, const Who *who)
{
        if (who->flaw != FLAW_LOGIN_MISSING)
                add(object, "userPrincipalName", "%s%s@%s", who->alias,
                    who->flaw == FLAW_LOGIN_SPACE ? " space" : "",
                    who->flaw == FLAW_LOGIN_LOCAL ? "contoso.local" : COMPANY_MAIL);
}

static void add_user(MadeObject *object, const Who *who)
{
        static const char *const classes[] = { "top", "person", "organizationalPerson", "user",
                                               NULL };

        add_classes(object, classes);
        add_sid(object, who->i);
        add(object, "sAMAccountName", "u%llu", (unsigned long long)who->i);
        add_login(object, who);
        add(object, "userAccountControl", "%d", (who->random >> 16 & 15) == 0 ? 514 : 512);
        add(object, "givenName", "%s", who->first);
        add(object, "sn", "%s %llu", who->last, (unsigned long long)who->i);
        add(object, "legacyExchangeDN",
            "/o=Contoso/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn=%s",
            who->alias);
        add_addresses(object, who);
}

static void add_group(MadeObject *object, const Who *who)
{
        static const char *const classes[] = { "top", "group", NULL };

        add_classes(object, classes);
        add_sid(object, who->i);
        add(object, "sAMAccountName", "g%llu", (unsigned long long)who->i);
        add(object, "groupType", "-2147483640");
        add_addresses(object, who);
        add(object, "description", "All who work in %s on %s %llu",
            departments[who->random >> 20 & 7], who->last, (unsigned long long)who->i);
}

static void add_contact(MadeObject *object, const Who *who)
{
        static const char *const classes[] = { "top", "person", "organizationalPerson", "contact",
                                               NULL };

        add_classes(object, classes);
        add(object, "givenName", "%s", who->first);
        add(object, "sn", "%s %llu", who->last, (unsigned long long)who->i);
        add(object, "targetAddress", "SMTP:%s@fabrikam.com", who->alias);
        add_addresses(object, who);
}

void company_object(uint64_t i, unsigned version, unsigned flawed, int64_t usn, MadeObject *ret)
{
        unsigned kind = (unsigned)(i % 20), container;
        char above[128];
        uint8_t parent[16];
        Who who;

        find_who(i, version, flawed, &who);
        container = 1 + REGIONS + (unsigned)(who.random >> 32 & 0xffff) % (REGIONS * UNITS);
        container_dn(container, above, sizeof(above));
        container_guid(container, parent);

        ret->n_values = ret->used = 0;
        (void)snprintf(ret->dn, sizeof(ret->dn), "CN=%s,%s", who.name, above);
        make_guid(i, ret->guid);
        if (kind == 7)
                add_contact(ret, &who);
        else if (kind == 3 || kind == 13)
                add_group(ret, &who);
        else
                add_user(ret, &who);

        add_bytes(ret, "objectGUID", ret->guid, sizeof(ret->guid));
        add_bytes(ret, "parentGUID", parent, sizeof(parent));
        add(ret, "uSNChanged", "%lld", (long long)usn);
        add(ret, "cn", "%s", who.name);
        if (who.flaw == FLAW_DISPLAY_NAME)
                add(ret, "displayName", " ");
        else
                add(ret, "displayName", "%s, %s (%u)", who.last, who.name, version % 10);
        add(ret, "whenCreated", "20%02u0%u15083000.0Z", (unsigned)(who.random >> 40 & 15) + 5,
            (unsigned)(who.random >> 44 & 7) + 1);
}
