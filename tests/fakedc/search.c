/* SPDX-License-Identifier: MIT */
#include <ldap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "lib/core/util.h"
#include "tests/fakedc/answer.h"
#include "tests/fakedc/element.h"
#include "tests/fakedc/filter.h"

#define OID_SHOW_DELETED  "1.2.840.113556.1.4.417"
#define OID_SHOW_RECYCLED "1.2.840.113556.1.4.2064"
#define OID_DOMAIN_SCOPE  "1.2.840.113556.1.4.1339"
#define OID_NOTIFICATION  "1.2.840.113556.1.4.528"
#define OID_SD_FLAGS      "1.2.840.113556.1.4.801"
#define OID_EXTENDED_DN   "1.2.840.113556.1.4.529"

static const char *const supported_controls[] = {
        LDAP_CONTROL_PAGEDRESULTS, OID_SHOW_DELETED, OID_SHOW_RECYCLED, OID_DOMAIN_SCOPE,
        OID_NOTIFICATION,          OID_SD_FLAGS,     OID_EXTENDED_DN,
};

#define SERVER "CN=FAKEDC,CN=Servers,CN=Default-First-Site-Name,CN=Sites,CN=Configuration,"

typedef struct Search {
        struct berval base_bytes, filter, attributes;
        char base[4096];
        int scope;
        bool is_paged, is_notification, show_deleted;
        int page_size;
        struct berval cookie;
        bool has_unknown_control; /* critical */
} Search;

/* Taking the request apart. */

static bool is_supported(const struct berval *oid)
{
        for (size_t i = 0; i < ARRAY_SIZE(supported_controls); i++)
                if (oid->bv_len == strlen(supported_controls[i]) &&
                    memcmp(oid->bv_val, supported_controls[i], oid->bv_len) == 0)
                        return true;

        return false;
}

static bool oid_is(const struct berval *oid, const char *string)
{
        return oid->bv_len == strlen(string) && memcmp(oid->bv_val, string, oid->bv_len) == 0;
}

static bool parse_page_value(struct berval value, Search *search)
{
        struct berval content;

        return element_expect(&value, LBER_SEQUENCE, &content) &&
               element_expect_integer(&content, LBER_INTEGER, &search->page_size) &&
               element_expect(&content, LBER_OCTETSTRING, &search->cookie);
}

static bool parse_control(struct berval control, Search *search)
{
        struct berval oid, critical = { 0, NULL }, value = { 0, NULL };
        bool is_critical;

        if (!element_expect(&control, LBER_OCTETSTRING, &oid))
                return false;

        (void)element_expect(&control, LBER_BOOLEAN, &critical);
        (void)element_expect(&control, LBER_OCTETSTRING, &value);
        is_critical = critical.bv_len == 1 && critical.bv_val[0];

        if (is_critical && !is_supported(&oid))
                search->has_unknown_control = true;
        if (oid_is(&oid, OID_SHOW_DELETED) || oid_is(&oid, OID_SHOW_RECYCLED))
                search->show_deleted = true;
        if (oid_is(&oid, OID_NOTIFICATION))
                search->is_notification = true;
        if (oid_is(&oid, LDAP_CONTROL_PAGEDRESULTS)) {
                search->is_paged = true;
                return parse_page_value(value, search);
        }

        return true;
}

static bool parse_controls(struct berval rest, Search *search)
{
        struct berval controls, control;

        if (!element_expect(&rest, LDAP_TAG_CONTROLS, &controls))
                return rest.bv_len == 0;

        while (element_expect(&controls, LBER_SEQUENCE, &control))
                if (!parse_control(control, search))
                        return false;

        return controls.bv_len == 0;
}

static bool parse_search(struct berval request, struct berval rest, Search *ret)
{
        struct berval types_only, filter_content;
        Search search = {};
        unsigned tag;
        int ignored;

        if (!element_expect(&request, LBER_OCTETSTRING, &search.base_bytes) ||
            !element_expect_integer(&request, LBER_ENUMERATED, &search.scope) ||
            !element_expect_integer(&request, LBER_ENUMERATED, &ignored) ||
            !element_expect_integer(&request, LBER_INTEGER, &ignored) ||
            !element_expect_integer(&request, LBER_INTEGER, &ignored) ||
            !element_expect(&request, LBER_BOOLEAN, &types_only))
                return false;

        search.filter = request;
        if (!element_take(&request, &tag, &filter_content))
                return false;
        search.filter.bv_len -= request.bv_len;

        if (!element_expect(&request, LBER_SEQUENCE, &search.attributes) ||
            search.base_bytes.bv_len >= sizeof(search.base) || !parse_controls(rest, &search))
                return false;

        memcpy(search.base, search.base_bytes.bv_val, search.base_bytes.bv_len);
        *ret = search;
        return true;
}

/* Sending entries. */

static void send_entry(Client *client, int id, const Entry *entry, struct berval attributes)
{
        BerElement *ber = answer_begin();

        answer_put(ber_printf(ber, "{it{s{", id, LDAP_RES_SEARCH_ENTRY, entry->dn));
        for (size_t i = 0; i < entry->n_attributes; i++) {
                const Attribute *attribute = entry->attributes + i;

                if (!answer_is_wanted(attributes, attribute->name, strlen(attribute->name)))
                        continue;

                answer_put(ber_printf(ber, "{s[", attribute->name));
                for (size_t j = 0; j < attribute->n_values; j++)
                        answer_put(ber_printf(ber, "o", attribute->values[j].bv_val,
                                              attribute->values[j].bv_len));
                answer_put(ber_printf(ber, "]}"));
        }

        answer_put(ber_printf(ber, "}}}"));
        client_send_ber(client, ber);
}

/* The root of all: told about the server, not about the domain. Made anew each time, because it tells the latest USN. */
static void send_root(Client *client, int id, struct berval attributes)
{
        const Directory *directory = &client->server->directory;
        const Fault *fault = &client->server->fault;
        const char *base = directory->base;
        char text[4096];
        Entry root = { .dn = (char *)"" };
        const struct {
                const char *name, *prefix, *value;
        } strings[] = {
                { "defaultNamingContext", "", base },
                { "rootDomainNamingContext", "", base },
                { "namingContexts", "", base },
                { "configurationNamingContext", "CN=Configuration,", base },
                { "schemaNamingContext", "CN=Schema,CN=Configuration,", base },
                { "serverName", SERVER, base },
                { "dsServiceName", "CN=NTDS Settings," SERVER, base },
                { "dnsHostName", "fakedc.", directory->domain },
                { "supportedLDAPVersion", "", "3" },
                { "supportedCapabilities", "",
                  fault_is(fault, FAULT_NOT_AD) ? "1.2.3" : "1.2.840.113556.1.4.800" },
                { "isSynchronized", "", fault_is(fault, FAULT_NOT_SYNCED) ? "FALSE" : "TRUE" },
                { "isGlobalCatalogReady", "", "TRUE" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(strings); i++)
                entry_add(&root, strings[i].name, text,
                          (size_t)snprintf(text, sizeof(text), "%s%s", strings[i].prefix,
                                           strings[i].value));

        for (size_t i = 0; i < ARRAY_SIZE(supported_controls); i++)
                entry_add(&root, "supportedControl", supported_controls[i],
                          strlen(supported_controls[i]));

        entry_add(&root, "highestCommittedUSN", text,
                  (size_t)snprintf(text, sizeof(text), "%lld", (long long)directory->usn));
        entry_add(&root, "currentTime", text, directory_format_time(text, sizeof(text)));

        send_entry(client, id, &root, attributes);
        while (root.n_attributes > 0)
                entry_remove(&root, root.attributes[0].name);
        free(root.attributes);
}

static void send_references(Client *client, int id)
{
        static const char *const names[] = { "ForestDnsZones", "DomainDnsZones", "Configuration" };

        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                BerElement *ber = answer_begin();
                char url[256];

                snprintf(url, sizeof(url), "ldap://%s.%s/", names[i],
                         client->server->directory.domain);
                answer_put(ber_printf(ber, "{it{s}}", id, LDAP_RES_SEARCH_REFERENCE, url));
                client_send_ber(client, ber);
        }
}

static void send_bad_entry(Client *client, int id)
{
        BerElement *ber = answer_begin();

        /* A list whose only attribute is a number. */
        answer_put(ber_printf(ber, "{it{s{i}}}", id, LDAP_RES_SEARCH_ENTRY, "CN=Bad", 7));
        client_send_ber(client, ber);
}

/* The end of a search; cookie NULL: no paging control. */
static void send_done(Client *client, int id, int code, const char *cookie)
{
        Fault *fault = &client->server->fault;
        BerElement *ber = answer_begin(), *value;
        struct berval bytes;

        if (fault_is(fault, FAULT_EXTENDED)) {
                answer_put(
                        ber_printf(ber, "{it{ess}}", id, LDAP_RES_EXTENDED, (int)fault->n, "", ""));
                client_send_ber(client, ber);
                return;
        }

        if (fault_is(fault, FAULT_REFERRAL)) {
                answer_put(ber_printf(ber, "{it{esst{s}}}", id, LDAP_RES_SEARCH_RESULT,
                                      LDAP_REFERRAL, "", "", LDAP_TAG_REFERRAL,
                                      "ldap://elsewhere.example/"));
                client_send_ber(client, ber);
                return;
        }

        answer_put(ber_printf(ber, "{it{ess}", id, LDAP_RES_SEARCH_RESULT, code, "", ""));
        if (cookie && !fault_is(fault, FAULT_NO_COOKIE)) {
                value = answer_begin();
                answer_put(ber_printf(value, "{is}", 0, cookie));
                answer_put(ber_flatten2(value, &bytes, 0));
                answer_put(ber_printf(ber, "t{{sO}}", LDAP_TAG_CONTROLS, LDAP_CONTROL_PAGEDRESULTS,
                                      &bytes));
                ber_free(value, 1);
        }

        answer_put(ber_printf(ber, "}"));
        client_send_ber(client, ber);
}

/* Searching. */

static bool is_in_scope(const Search *search, const Entry *base, const Entry *entry)
{
        if (search->scope == LDAP_SCOPE_BASE)
                return entry == base;
        if (search->scope == LDAP_SCOPE_ONELEVEL)
                return entry != base && strcasecmp(dn_parent(entry->dn), base->dn) == 0;

        return dn_is_below(entry->dn, base->dn) && entry->is_operational == base->is_operational;
}

static const Entry **find_entries(Client *client, const Search *search, const Entry *base,
                                  size_t *ret_n)
{
        const Directory *directory = &client->server->directory;
        const Entry **found = calloc(directory->n_entries + 1, sizeof(*found));
        size_t n = 0;

        if (!found)
                abort();

        for (size_t i = 0; i < directory->n_entries; i++) {
                const Entry *entry = directory->entries[i];

                if ((!entry->is_deleted || search->show_deleted) && !entry->is_hidden &&
                    is_in_scope(search, base, entry) &&
                    filter_match(&search->filter, entry) == MATCH_YES)
                        found[n++] = entry;
        }

        *ret_n = n;
        return found;
}

static void search_unpaged(Client *client, int id, const Search *search, const Entry *base)
{
        size_t n, limit;
        const Entry **found = find_entries(client, search, base, &n);

        limit = n > PAGE_LARGEST ? PAGE_LARGEST : n;
        for (size_t i = 0; i < limit; i++)
                send_entry(client, id, found[i], search->attributes);

        free(found);
        send_done(client, id, n > limit ? LDAP_SIZELIMIT_EXCEEDED : LDAP_SUCCESS, NULL);
}

static void paged_done(PagedSearch *paged)
{
        free(paged->entries);
        *paged = (PagedSearch){};
}

/* Cookies are the connection's: "CONNECTION.SEARCH". */
static PagedSearch *paged_find(Client *client, const struct berval *cookie)
{
        unsigned connection, number;
        char text[32] = {};

        if (cookie->bv_len >= sizeof(text) || fault_is(&client->server->fault, FAULT_WRONG_COOKIE))
                return NULL;

        memcpy(text, cookie->bv_val, cookie->bv_len);
        if (sscanf(text, "%u.%u", &connection, &number) != 2 || connection != client->number)
                return NULL;

        for (size_t i = 0; i < ARRAY_SIZE(client->searches); i++)
                if (client->searches[i].number == number)
                        return client->searches + i;

        return NULL;
}

/* What is replayed stands below the base of the domain; nobody searches for it from elsewhere. */
static bool is_of_replay(const Client *client, const Search *search, const Entry *base)
{
        const Server *server = client->server;

        return server->replay.n_records > 0 && search->scope == LDAP_SCOPE_SUBTREE &&
               strcasecmp(base->dn, server->directory.base) == 0 &&
               !fault_is(&server->fault, FAULT_EMPTY);
}

static void begin_replay(Server *server, const Search *search, PagedSearch *paged)
{
        struct timespec now;

        replay_search(&server->replay, &search->filter, &paged->replay);
        if (!replay_wants_all(search->attributes))
                return;

        (void)clock_gettime(CLOCK_REALTIME, &now);
        server->asked = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static bool send_replayed(Client *client, int id, const Search *search, PagedSearch *paged,
                          size_t most)
{
        const Replay *replay = &client->server->replay;

        if (most > 0 && paged->replay.classes) {
                Buffer messages = BUFFER_INIT;

                (void)replay_take(replay, &paged->replay, id, search->attributes, most, &messages);
                if (messages.size > 0)
                        client_send(client, messages.data, messages.size);
                buffer_done(&messages);
        }

        return !paged->replay.classes || replay_is_at_end(replay, &paged->replay);
}

/* A new one takes the place of the oldest: a client may have ten. */
static PagedSearch *paged_new(Client *client, const Search *search, const Entry *base)
{
        PagedSearch *paged = client->searches + client->n_searches % ARRAY_SIZE(client->searches);

        paged_done(paged);
        paged->number = ++client->n_searches;
        paged->page = 1;
        if (!fault_is(&client->server->fault, FAULT_EMPTY))
                paged->entries = find_entries(client, search, base, &paged->n_entries);
        if (is_of_replay(client, search, base))
                begin_replay(client->server, search, paged);

        return paged;
}

static void reverse_page(PagedSearch *paged, size_t size)
{
        size_t first = paged->next, last = paged->n_entries;

        if (last - first > size)
                last = first + size;
        while (first + 1 < last) {
                const Entry *entry = paged->entries[first];

                paged->entries[first++] = paged->entries[--last];
                paged->entries[last] = entry;
        }
}

static void paged_page(Client *client, int id, const Search *search, PagedSearch *paged)
{
        Fault *fault = &client->server->fault;
        size_t size = search->page_size < 1 || search->page_size > PAGE_LARGEST
                              ? PAGE_LARGEST
                              : (size_t)search->page_size;
        bool is_all;
        char cookie[32] = "";

        if (fault_is(fault, FAULT_RESULT) && fault->m == (long)paged->page) {
                paged_done(paged);
                send_done(client, id, (int)fault->n, "");
                return;
        }

        /* The answer that ought to come after page N is page N once more. */
        if (fault_is(fault, FAULT_REPEAT_PAGE) && fault->n + 1 == (long)paged->page) {
                fault->type = FAULT_NONE;
                paged->next = paged->previous;
        }

        paged->previous = paged->next;
        if (fault_is(fault, FAULT_REORDER))
                reverse_page(paged, size);
        for (size_t i = 0; i < size && paged->next < paged->n_entries; i++, paged->next++)
                send_entry(client, id, paged->entries[paged->next], search->attributes);
        is_all = send_replayed(client, id, search, paged, size - (paged->next - paged->previous));
        paged->page++;

        if (fault_is(fault, FAULT_ENDLESS))
                paged->next = paged->previous;

        if (paged->next < paged->n_entries || !is_all || fault_is(fault, FAULT_ENDLESS))
                snprintf(cookie, sizeof(cookie), "%u.%u", client->number, paged->number);
        else
                paged_done(paged);

        send_done(client, id, LDAP_SUCCESS, cookie);
}

static void search_paged(Client *client, int id, const Search *search, const Entry *base)
{
        PagedSearch *paged;

        if (search->cookie.bv_len == 0)
                paged = paged_new(client, search, base);
        else
                paged = paged_find(client, &search->cookie);

        /* What AD says to a cookie of another connection. */
        if (!paged) {
                send_done(client, id, LDAP_UNAVAILABLE_CRITICAL_EXTENSION, NULL);
                return;
        }

        paged_page(client, id, search, paged);
}

/* Notifications. */

static void watch_done(Watch *watch)
{
        free(watch->base);
        free(watch->attributes);
        *watch = (Watch){};
}

static void search_notification(Client *client, int id, const Search *search, const Entry *base)
{
        if (!filter_is_present_class(&search->filter)) {
                send_done(client, id, LDAP_UNWILLING_TO_PERFORM, NULL);
                return;
        }

        for (size_t i = 0; i < ARRAY_SIZE(client->watches); i++) {
                Watch *watch = client->watches + i;

                if (watch->message_id)
                        continue;

                watch_done(watch);
                watch->base = strdup(base->dn);
                watch->attributes = malloc(search->attributes.bv_len + 1);
                if (!watch->base || !watch->attributes)
                        abort();

                memcpy(watch->attributes, search->attributes.bv_val, search->attributes.bv_len);
                watch->attributes_size = search->attributes.bv_len;
                watch->message_id = id;
                return;
        }

        send_done(client, id, LDAP_ADMINLIMIT_EXCEEDED, NULL);
}

void answer_changed(Server *server, const Entry *entry)
{
        for (Client *client = server->clients; client; client = client->next) {
                for (size_t i = 0; i < ARRAY_SIZE(client->watches); i++) {
                        const Watch *watch = client->watches + i;

                        if (watch->message_id && dn_is_below(entry->dn, watch->base))
                                send_entry(client, watch->message_id, entry,
                                           (struct berval){ watch->attributes_size,
                                                            watch->attributes });
                }
        }
}

void answer_forget(Client *client)
{
        for (size_t i = 0; i < ARRAY_SIZE(client->searches); i++)
                paged_done(client->searches + i);
        for (size_t i = 0; i < ARRAY_SIZE(client->watches); i++)
                watch_done(client->watches + i);
}

/* One by its GUID. */
static void search_replayed(Client *client, int id, const Search *search)
{
        Buffer messages = BUFFER_INIT;
        uint8_t guid[16];
        bool is_there =
                dn_read_guid(search->base, guid) &&
                replay_take_guid(&client->server->replay, guid, id, search->attributes, &messages);

        if (is_there)
                client_send(client, messages.data, messages.size);
        buffer_done(&messages);
        send_done(client, id, is_there ? LDAP_SUCCESS : LDAP_NO_SUCH_OBJECT, NULL);
}

static void search_domain(Client *client, int id, const Search *search)
{
        Fault *fault = &client->server->fault;
        const Entry *base = directory_find(&client->server->directory, search->base);

        if (fault_is(fault, FAULT_SEARCH_RESULT)) {
                send_done(client, id, (int)fault->n, NULL);
                return;
        }

        if (fault_is(fault, FAULT_TELLTALE)) {
                answer_telltale(client, id, LDAP_RES_SEARCH_RESULT, LDAP_OPERATIONS_ERROR);
                return;
        }

        if (!base || base->is_hidden) {
                search_replayed(client, id, search);
                return;
        }

        if (search->is_notification) {
                search_notification(client, id, search, base);
                return;
        }

        if (fault_is(fault, FAULT_REFERENCES))
                send_references(client, id);
        if (fault_take(fault, FAULT_BAD_ENTRY))
                send_bad_entry(client, id);

        if (search->is_paged)
                search_paged(client, id, search, base);
        else
                search_unpaged(client, id, search, base);
}

void answer_search(Client *client, int id, struct berval request, struct berval rest)
{
        Search search;

        client->server->n_searches++;
        if (!parse_search(request, rest, &search)) {
                answer_result(client, id, LDAP_RES_SEARCH_RESULT, LDAP_PROTOCOL_ERROR, "");
                return;
        }

        if (search.has_unknown_control) {
                send_done(client, id, LDAP_UNAVAILABLE_CRITICAL_EXTENSION, NULL);
                return;
        }

        if (search.base_bytes.bv_len == 0 && search.scope == LDAP_SCOPE_BASE) {
                send_root(client, id, search.attributes);
                answer_result(client, id, LDAP_RES_SEARCH_RESULT, LDAP_SUCCESS, "");
                return;
        }

        if (!client->is_bound) {
                answer_result(
                        client, id, LDAP_RES_SEARCH_RESULT, LDAP_OPERATIONS_ERROR,
                        "000004DC: LdapErr: DSID-0C090A5C, comment: In order to perform this "
                        "operation a "
                        "successful bind must be completed on the connection., data 0, v4563");
                return;
        }

        search_domain(client, id, &search);
}
