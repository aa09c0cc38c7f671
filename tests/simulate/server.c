/* SPDX-License-Identifier: MIT */
#include "tests/simulate/server-internal.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONFIGURATION_NC "CN=Configuration," SERVER_NAMING_CONTEXT
#define SCHEMA_NC        "CN=Schema," CONFIGURATION_NC

void server_init(Server *server, const Directory *directory, unsigned controller,
                 const ServerManner *manner)
{
        *server = (Server){ .directory = directory, .controller = controller, .manner = *manner };
        if (object_new(&server->object) < 0)
                abort();
}

void server_done(Server *server)
{
        object_free(server->object);
}

/* The directory's own entries. */

static int give(Server *server, Feed *feed)
{
        if (object_seal(server->object) < 0)
                abort();
        server->n_entries++;
        return feed_entry(feed, server->object);
}

static void begin(Server *server, const FeedRequest *request)
{
        object_reset(server->object);
        server->object->known = request->attributes;
}

static int answer_root(Server *server, const FeedRequest *request, Feed *feed)
{
        static const char *const controls[] = { "1.2.840.113556.1.4.319", "1.2.840.113556.1.4.417",
                                                "1.2.840.113556.1.4.2064",
                                                "1.2.840.113556.1.4.1339" };
        const AttributeSet *attributes = &request->attributes;
        Object *object = server->object;

        begin(server, request);
        server_add_text(object, attributes, ATTRIBUTE_SUPPORTED_CAPABILITIES, "%s",
                        server->manner.is_not_ad ? "1.2.840.113556.1.4.1851"
                                                 : "1.2.840.113556.1.4.800");
        for (size_t i = 0; i < ARRAY_SIZE(controls); i++)
                server_add_string(object, attributes, ATTRIBUTE_SUPPORTED_CONTROL, controls[i]);
        if (!server->manner.lacks_notification)
                server_add_text(object, attributes, ATTRIBUTE_SUPPORTED_CONTROL,
                                "1.2.840.113556.1.4.528");
        server_add_text(object, attributes, ATTRIBUTE_DEFAULT_NAMING_CONTEXT, "%s",
                        server->manner.is_other_domain ? "DC=other,DC=example"
                                                       : SERVER_NAMING_CONTEXT);
        server_add_text(object, attributes, ATTRIBUTE_CONFIGURATION_NAMING_CONTEXT,
                        CONFIGURATION_NC);
        server_add_text(object, attributes, ATTRIBUTE_SCHEMA_NAMING_CONTEXT, SCHEMA_NC);
        server_add_text(object, attributes, ATTRIBUTE_DNS_HOST_NAME, "dc%u.sim.example",
                        server->controller);
        server_add_text(object, attributes, ATTRIBUTE_DS_SERVICE_NAME,
                        "CN=NTDS Settings,CN=DC%u,CN=Servers,%s", server->controller,
                        CONFIGURATION_NC);
        server_add_text(object, attributes, ATTRIBUTE_HIGHEST_COMMITTED_USN, "%" PRId64,
                        server_controller(server)->highest);
        server_add_text(object, attributes, ATTRIBUTE_IS_SYNCHRONIZED,
                        server->manner.is_not_synchronized ? "FALSE" : "TRUE");
        return give(server, feed);
}

static unsigned settings_controller(const Server *server, const char *dn)
{
        unsigned number;

        if (sscanf(dn, "CN=NTDS Settings,CN=DC%u,", &number) != 1 ||
            number >= server->directory->n_controllers)
                abort();
        return number;
}

/* Every controller holds the settings of all: only rootDSE tells who answers. */
static int answer_settings(Server *server, const FeedRequest *request, Feed *feed)
{
        unsigned named = settings_controller(server, request->base);
        Guid dsa = directory_dsa_guid(server->directory, named);
        Guid epoch = directory_epoch_guid(server->directory,
                                          server->directory->controllers[named].epoch);

        begin(server, request);
        server_add(server->object, &request->attributes, ATTRIBUTE_OBJECT_GUID, dsa.bytes,
                   sizeof(dsa.bytes));
        server_add(server->object, &request->attributes, ATTRIBUTE_INVOCATION_ID, epoch.bytes,
                   sizeof(epoch.bytes));
        server_add_text(server->object, &request->attributes, ATTRIBUTE_MS_DS_IS_RODC,
                        server->manner.is_read_only ? "TRUE" : "FALSE");
        return give(server, feed);
}

static int answer_schema(Server *server, const FeedRequest *request, Feed *feed)
{
        static const char term[] = "(lDAPDisplayName=";
        int r = 0;

        for (const char *at = request->filter; (at = strstr(at, term)) && r >= 0;) {
                AttributeId attribute;
                size_t size;

                at += strlen(term);
                size = strcspn(at, ")");
                attribute = attribute_find(at, size);
                assert(attribute != ATTRIBUTE_NONE);
                /* Letters, digits and hyphens: nothing that we made up ourselves. */
                assert(!memchr(at, ':', size) && !memchr(at, ';', size));
                if (attribute_set_has(&server->manner.not_in_schema, attribute))
                        continue;

                begin(server, request);
                server_add(server->object, &request->attributes, ATTRIBUTE_LDAP_DISPLAY_NAME, at,
                           size);
                r = give(server, feed);
        }

        return r;
}

static int answer_lifetime(Server *server, const FeedRequest *request, Feed *feed)
{
        begin(server, request);
        server_add_text(server->object, &request->attributes, ATTRIBUTE_TOMBSTONE_LIFETIME, "%u",
                        server->manner.tombstone_lifetime ? server->manner.tombstone_lifetime : 60);
        return give(server, feed);
}

static int answer_partitions(Server *server, const FeedRequest *request, Feed *feed)
{
        begin(server, request);
        return give(server, feed);
}

/* replUpToDateVector, version 2: all epochs but the controller's own, in the order of their GUIDs. */
static void add_vector(Server *server, const FeedRequest *request)
{
        const Controller *controller = server_controller(server);
        uint8_t blob[16 + 32 * DIRECTORY_EPOCHS_MOST] = { 2 };
        uint8_t *cursor = blob + 16;
        uint32_t n = 0;

        for (unsigned epoch = 0; epoch < server->directory->n_epochs; epoch++) {
                Guid guid = directory_epoch_guid(server->directory, epoch);

                if (epoch == controller->epoch || controller->vector[epoch] < 0)
                        continue;
                memcpy(cursor, guid.bytes, sizeof(guid.bytes));
                for (unsigned i = 0; i < 8; i++)
                        cursor[16 + i] = (uint8_t)(controller->vector[epoch] >> 8 * i);
                cursor += 32;
                n++;
        }

        blob[8] = (uint8_t)n;
        if (n > 0 && !server->manner.lacks_vector)
                server_add(server->object, &request->attributes, ATTRIBUTE_REPL_UP_TO_DATE_VECTOR,
                           blob, (size_t)(cursor - blob));
}

/* Objects of the domain. */

static bool object_is_visible(const Server *server, unsigned object, const FeedRequest *request)
{
        const Replica *replica = &server_controller(server)->rows[object];

        if (!replica->exists || (object == OBJECT_USERS && server->manner.hides_users))
                return false;
        if (server->manner.hides != 0 && object == server->manner.hides)
                return false;
        if (replica_is_live(replica))
                return !controller_is_closed(server_controller(server), object);

        return request->show_deleted &&
               (!server->manner.hides_deleted || object == OBJECT_DELETED_OBJECTS);
}

static bool filter_names(const Server *server, unsigned object, const char *filter)
{
        Guid guid = directory_object_guid(server->directory, object);
        char term[GUID_FILTER_SIZE];

        guid_format_filter(&guid, term);
        return strstr(filter, term);
}

static bool filter_matches(const Server *server, unsigned object, const char *filter)
{
        static const char newer[] = "(&(uSNChanged>=", guids[] = "(|(objectGUID=";

        if (strcmp(filter, "(objectClass=*)") == 0)
                return true;

        /* Nobody has a connector here, no group has members, and surveys find nobody. */
        if (strncmp(filter, "(|(sAMAccountName=", 18) == 0 ||
            strncmp(filter, "(&(objectClass=group)(uSNChanged>=", 34) == 0 ||
            strncmp(filter, "(&(objectCategory=person)(", 26) == 0 ||
            strncmp(filter, "(&(|(objectCategory=person)(", 28) == 0 ||
            strncmp(filter, "(&(objectClass=foreignSecurityPrincipal)", 40) == 0)
                return false;

        if (strncmp(filter, guids, strlen(guids)) == 0)
                return filter_names(server, object, filter);

        /* All that remain ask for the classes of rules.md section 0, which every model object has but this one. */
        if (server->directory->kinds[object] == KIND_OTHER)
                return false;
        if (strncmp(filter, newer, strlen(newer)) == 0)
                return server_controller(server)->rows[object].usn >=
                       strtoll(filter + strlen(newer), NULL, 10);

        assert(strncmp(filter, "(|(&(|(objectClass=user)", 24) == 0);
        return true;
}

static int answer_object(Server *server, unsigned object, const FeedRequest *request, Feed *feed)
{
        server_make_object(server, object, &request->attributes, server->object);
        if (object == OBJECT_HEAD &&
            attribute_set_has(&request->attributes, ATTRIBUTE_REPL_UP_TO_DATE_VECTOR))
                add_vector(server, request);
        return give(server, feed);
}

/*
 * The order in which an index is walked: by USN where the filter asks for it, else by place, so that what is renamed or
 * moved meanwhile may be met twice or not at all.
 */
static uint64_t walk_key(const Server *server, unsigned object, const FeedRequest *request)
{
        const Replica *replica = &server_controller(server)->rows[object];
        uint64_t place = replica->cells[FIELD_PLACE].value;

        if (strncmp(request->filter, "(&(uSNChanged", 13) == 0)
                return (uint64_t)replica->usn * DIRECTORY_OBJECTS_MOST + object + 1;

        return ((uint64_t)place_parent(place) << 40 | (uint64_t)place_name(place) << 8 | object) +
               1;
}

static bool is_in_scope(unsigned object, const Server *server, const FeedRequest *request)
{
        return object_is_visible(server, object, request) &&
               filter_matches(server, object, request->filter);
}

static int next_live(const Server *server, const FeedRequest *request)
{
        int next = -1;
        uint64_t next_key = 0;

        for (unsigned object = 0; object < server->directory->n_objects; object++) {
                uint64_t key = walk_key(server, object, request);

                if (key > server->last_key && (next < 0 || key < next_key) &&
                    is_in_scope(object, server, request)) {
                        next = (int)object;
                        next_key = key;
                }
        }

        return next;
}

/* The list is made with the first page; what vanished since is left out, what came since is not seen. */
static int next_listed(Server *server, const FeedRequest *request)
{
        while (server->at < server->n_list) {
                unsigned object = server->list[server->at++];

                if (object_is_visible(server, object, request))
                        return (int)object;
        }

        return -1;
}

static int next_object(Server *server, const FeedRequest *request)
{
        int object;

        if (!server->manner.walks_live)
                return next_listed(server, request);

        object = next_live(server, request);
        if (object >= 0)
                server->last_key = walk_key(server, (unsigned)object, request);
        return object;
}

static void open_search(Server *server, const FeedRequest *request)
{
        server->n_list = server->at = 0;
        server->last_key = 0;
        for (unsigned object = 0; object < server->directory->n_objects; object++)
                if (is_in_scope(object, server, request))
                        server->list[server->n_list++] = object;
}

static bool has_more(Server *server, const FeedRequest *request)
{
        return server->manner.walks_live ? next_live(server, request) >= 0
                                         : server->at < server->n_list;
}

static bool fault_ends_early(Fault fault)
{
        return fault.type == FAULT_CUT || fault.type == FAULT_CODE || fault.type == FAULT_SHORT;
}

static int answer_subtree(Server *server, const FeedRequest *request, Fault fault, Feed *feed,
                          FeedResult *ret)
{
        unsigned page = request->is_paged ? request->page_size : UINT32_MAX;
        bool is_first = request->cookie.size == 0 || fault.type == FAULT_FORGETFUL;
        int object, r;

        if (!is_first &&
            (request->cookie.size != strlen(server->cookie) ||
             memcmp(request->cookie.data, server->cookie, request->cookie.size) != 0)) {
                ret->code = 12; /* a cookie of another connection */
                return 0;
        }
        if (is_first)
                open_search(server, request);

        for (unsigned n = 0; n < page && (object = next_object(server, request)) >= 0; n++) {
                if (fault_ends_early(fault) && n >= fault.n)
                        break;
                r = answer_object(server, (unsigned)object, request, feed);
                if (r >= 0 && fault.type == FAULT_REPEAT)
                        r = answer_object(server, (unsigned)object, request, feed);
                if (r < 0)
                        return r;
        }

        if (ret->has_page_control && has_more(server, request) && fault.type != FAULT_SHORT) {
                snprintf(server->cookie, sizeof(server->cookie), "c%u", ++server->n_cookies);
                ret->cookie = SLICE(server->cookie);
        }
        return 0;
}

static int answer_children(Server *server, const FeedRequest *request, Feed *feed)
{
        int r = 0;

        for (unsigned object = 0, n = 0; object < server->directory->n_objects && r >= 0;
             object++) {
                const Replica *replica = &server_controller(server)->rows[object];

                if (object_is_visible(server, object, request) &&
                    object != OBJECT_DELETED_OBJECTS &&
                    place_parent(replica->cells[FIELD_PLACE].value) == OBJECT_DELETED_OBJECTS &&
                    n++ < request->page_size)
                        r = answer_object(server, object, request, feed);
        }
        return r;
}

static int answer_guid(Server *server, const FeedRequest *request, Feed *feed, FeedResult *ret)
{
        char text[GUID_STRING_SIZE] = "";
        Guid guid;
        int object;

        memcpy(text, request->base + strlen("<GUID="), sizeof(text) - 1);
        if (guid_parse(text, &guid) < 0)
                abort();

        object = directory_find(server->directory, &guid);
        if (object < 0 || !object_is_visible(server, (unsigned)object, request)) {
                ret->code = 32;
                return 0;
        }
        return answer_object(server, (unsigned)object, request, feed);
}

static bool begins(const char *string, const char *with)
{
        return strncmp(string, with, strlen(with)) == 0;
}

static int answer_good(Server *server, const FeedRequest *request, Fault fault, Feed *feed,
                       FeedResult *ret)
{
        ret->has_page_control = request->is_paged && fault.type != FAULT_NO_PAGE_CONTROL;

        if (request->scope == FEED_BASE && request->base[0] == '\0')
                return answer_root(server, request, feed);
        if (begins(request->base, "CN=NTDS Settings,"))
                return answer_settings(server, request, feed);
        if (begins(request->base, "CN=Directory Service,"))
                return answer_lifetime(server, request, feed);
        if (begins(request->base, "CN=Partitions,"))
                return answer_partitions(server, request, feed);
        if (begins(request->base, "CN=Deleted Objects,"))
                return answer_children(server, request, feed);
        if (begins(request->base, "<GUID="))
                return answer_guid(server, request, feed, ret);
        if (strcmp(request->base, SCHEMA_NC) == 0)
                return answer_schema(server, request, feed);

        assert(strcmp(request->base, SERVER_NAMING_CONTEXT) == 0);
        if (request->scope == FEED_BASE)
                return answer_object(server, OBJECT_HEAD, request, feed);
        return answer_subtree(server, request, fault, feed, ret);
}

int server_answer(Server *server, const FeedRequest *request, Fault fault, Feed *feed,
                  FeedResult *ret)
{
        bool stops_early = fault.type == FAULT_CUT || fault.type == FAULT_CODE;
        int r = 0;

        *ret = (FeedResult){};
        server->n_requests++;

        switch (fault.type) {
        case FAULT_NONE:
        case FAULT_CUT:
        case FAULT_CODE:
        case FAULT_SHORT:
        case FAULT_NO_PAGE_CONTROL:
        case FAULT_FORGETFUL:
        case FAULT_REPEAT:
                if (!stops_early || fault.n > 0)
                        r = answer_good(server, request, fault, feed, ret);
                break;
        case FAULT_EMPTY:
                ret->has_page_control = request->is_paged;
                break;
        case FAULT_REFERRAL:
                ret->is_referral = true;
                break;
        }

        if (stops_early)
                *ret = (FeedResult){ .code = fault.type == FAULT_CUT ? -1 : fault.code };
        return r;
}
