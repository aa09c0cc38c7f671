/* SPDX-License-Identifier: MIT */

/* Objects of the domain as entries: what one controller shows of them. */

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/simulate/server-internal.h"

void server_add(Object *object, const AttributeSet *attributes, AttributeId attribute,
                const void *data, size_t size)
{
        if (attribute_set_has(attributes, attribute) &&
            object_add_copy(object, attribute, data, size) < 0)
                abort();
}

_printf_(4, 5) void server_add_text(Object *object, const AttributeSet *attributes,
                                    AttributeId attribute, const char *format, ...)
{
        char text[512];
        va_list arguments;
        int n;

        if (!attribute_set_has(attributes, attribute))
                return;

        va_start(arguments, format);
        n = vsnprintf(text, sizeof(text), format, arguments);
        va_end(arguments);
        assert(n >= 0 && (size_t)n < sizeof(text));
        server_add(object, attributes, attribute, text, (size_t)n);
}

void server_add_string(Object *object, const AttributeSet *attributes, AttributeId attribute,
                       const char *string)
{
        server_add(object, attributes, attribute, string, strlen(string));
}

/* Names are written by hand: they are made again for every entry of every answer, and printf would take a tenth of a run. */
typedef struct Writer {
        char *at, *end;
} Writer;

static void write_text(Writer *writer, const char *text)
{
        size_t size = strlen(text);

        assert(size < (size_t)(writer->end - writer->at));
        memcpy(writer->at, text, size + 1);
        writer->at += size;
}

static void write_number(Writer *writer, unsigned number)
{
        char digits[12], *at = digits + sizeof(digits) - 1;

        *at = '\0';
        do
                *--at = (char)('0' + number % 10);
        while (number /= 10);
        write_text(writer, at);
}

static void write_name(Writer *writer, unsigned object, uint64_t place)
{
        write_text(writer, "Name ");
        write_number(writer, object);
        write_text(writer, ".");
        write_number(writer, place_name(place));
}

static void write_rdn(Writer *writer, const Server *server, unsigned object, uint64_t place)
{
        char guid[GUID_STRING_SIZE];
        Guid id;

        write_text(writer, server->directory->kinds[object] == KIND_CONTAINER ? "OU=" : "CN=");
        write_name(writer, object, place);
        if (!place_is_deleted(place))
                return;

        id = directory_object_guid(server->directory, object);
        guid_format(&id, guid);
        write_text(writer, "\\0ADEL:");
        write_text(writer, guid);
}

static void write_dn(Writer *writer, const Server *server, unsigned object)
{
        uint64_t place = server_controller(server)->rows[object].cells[FIELD_PLACE].value;

        switch (object) {
        case OBJECT_HEAD:
                write_text(writer, SERVER_NAMING_CONTEXT);
                return;
        case OBJECT_DELETED_OBJECTS:
                write_text(writer, "CN=Deleted Objects");
                break;
        case OBJECT_LOST_AND_FOUND:
                write_text(writer, "CN=LostAndFound");
                break;
        case OBJECT_USERS:
                write_text(writer, "CN=Users");
                break;
        default:
                write_rdn(writer, server, object, place);
        }

        write_text(writer, ",");
        write_dn(writer, server, place_parent(place));
}

static void add_classes(const Server *server, unsigned object, const AttributeSet *attributes,
                        Object *ret)
{
        static const char *const user[] = { "top", "person", "organizationalPerson", "user", NULL };
        static const char *const person[] = { "top",  "person",        "organizationalPerson",
                                              "user", "inetOrgPerson", NULL };
        static const char *const contact[] = { "top", "person", "organizationalPerson", "contact",
                                               NULL };
        static const char *const group[] = { "top", "group", NULL };
        static const char *const head[] = { "top", "domain", "domainDNS", NULL };
        static const char *const container[] = { "top", "container", NULL };
        static const char *const lost[] = { "top", "lostAndFound", NULL };
        static const char *const unit[] = { "top", "organizationalUnit", NULL };
        static const char *const unusual[] = { "top", "rpcContainer", NULL };
        const char *const *classes = unit;

        switch (server->directory->kinds[object]) {
        case KIND_USER:
                classes = user;
                break;
        case KIND_INETORGPERSON:
                classes = person;
                break;
        case KIND_CONTACT:
                classes = contact;
                break;
        case KIND_GROUP:
                classes = group;
                break;
        case KIND_CONTAINER:
                classes = object == OBJECT_HEAD             ? head
                          : object == OBJECT_LOST_AND_FOUND ? lost
                          : object < N_FIXED_OBJECTS        ? container
                                                            : unit;
                break;
        case KIND_OTHER:
                classes = unusual;
                break;
        case KIND_COMPUTER:
                abort();
        }

        for (; *classes; classes++)
                server_add_string(ret, attributes, ATTRIBUTE_OBJECT_CLASS, *classes);
}

static void add_fields(const Server *server, unsigned object, const AttributeSet *attributes,
                       Object *ret)
{
        const Cell *cells = server_controller(server)->rows[object].cells;
        uint64_t proxies = cells[FIELD_PROXIES].value;

        if (cells[FIELD_MAIL].value)
                server_add_text(ret, attributes, ATTRIBUTE_MAIL, "address%u@sim.example",
                                (unsigned)cells[FIELD_MAIL].value);
        if (cells[FIELD_UPN].value)
                server_add_text(ret, attributes, ATTRIBUTE_USER_PRINCIPAL_NAME,
                                "address%u@sim.example", (unsigned)cells[FIELD_UPN].value);
        if (cells[FIELD_DISPLAY_NAME].value)
                server_add_text(ret, attributes, ATTRIBUTE_DISPLAY_NAME, "Display %u",
                                (unsigned)cells[FIELD_DISPLAY_NAME].value);

        /* Bit n: address n. The lowest is the primary one. */
        for (unsigned n = 1, is_first = 1; n < 64; n++)
                if (proxies >> n & 1) {
                        server_add_text(ret, attributes, ATTRIBUTE_PROXY_ADDRESSES,
                                        "%s:address%u@sim.example", is_first ? "SMTP" : "smtp", n);
                        is_first = 0;
                }
}

void server_make_object(const Server *server, unsigned object, const AttributeSet *attributes,
                        Object *ret)
{
        const Directory *directory = server->directory;
        const Replica *replica = &server_controller(server)->rows[object];
        uint64_t place = replica->cells[FIELD_PLACE].value;
        Guid guid = directory_object_guid(directory, object);
        Guid parent = directory_object_guid(directory, place_parent(place));
        char text[2048];
        Writer writer = { text, text + sizeof(text) };

        object_reset(ret);
        write_dn(&writer, server, object);
        if (object_set_dn(ret, text, (size_t)(writer.at - text)) < 0)
                abort();
        ret->known = *attributes;

        add_classes(server, object, attributes, ret);
        server_add(ret, attributes, ATTRIBUTE_OBJECT_GUID, guid.bytes, sizeof(guid.bytes));
        /* The root has none, and who may not see the parent does not see its GUID either: then the DN must do. */
        if (object != OBJECT_HEAD &&
            !(server->manner.hides_users && place_parent(place) == OBJECT_USERS))
                server_add(ret, attributes, ATTRIBUTE_PARENT_GUID, parent.bytes,
                           sizeof(parent.bytes));
        server_add_text(ret, attributes, ATTRIBUTE_USN_CHANGED, "%" PRId64, replica->usn);
        if (place_is_deleted(place))
                server_add_string(ret, attributes, ATTRIBUTE_IS_DELETED, "TRUE");

        if (directory->kinds[object] != KIND_CONTAINER && directory->kinds[object] != KIND_OTHER) {
                writer.at = text;
                write_name(&writer, object, place);
                server_add_string(ret, attributes, ATTRIBUTE_CN, text);
                if (directory->kinds[object] != KIND_CONTACT)
                        server_add_text(ret, attributes, ATTRIBUTE_SAM_ACCOUNT_NAME, "sam%u",
                                        object);
                add_fields(server, object, attributes, ret);
        }

        if (object_seal(ret) < 0)
                abort();
}
