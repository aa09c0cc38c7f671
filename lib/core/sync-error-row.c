/* SPDX-License-Identifier: MIT */
#include "lib/core/sync-error-row.h"

#include <errno.h>
#include <string.h>

#define NAME_MAX_SIZE 64

/*
 * What members and columns are called, in small letters without blanks and signs: Connect Health's portal writes titles, its API the names of
 * members, scripts what their writers chose. The first of a field that has a value counts.
 */
static const struct {
        SyncErrorField field;
        const char *name;
} columns[] = {
        { SYNC_ERROR_NAME, "errorname" },
        { SYNC_ERROR_NAME, "errortype" },
        { SYNC_ERROR_NAME, "errorcode" },
        { SYNC_ERROR_NAME, "type" },
        { SYNC_ERROR_NAME, "error" },
        { SYNC_ERROR_NAME, "errorcategory" },
        { SYNC_ERROR_NAME, "category" },
        { SYNC_ERROR_MESSAGE, "servererrordetail" },
        { SYNC_ERROR_MESSAGE, "servererrordetails" },
        { SYNC_ERROR_MESSAGE, "errormessage" },
        { SYNC_ERROR_MESSAGE, "errordetail" },
        { SYNC_ERROR_MESSAGE, "errordetails" },
        { SYNC_ERROR_MESSAGE, "errordescription" },
        { SYNC_ERROR_MESSAGE, "errorliteral" },
        { SYNC_ERROR_MESSAGE, "errorverbatim" },
        { SYNC_ERROR_MESSAGE, "description" },
        { SYNC_ERROR_MESSAGE, "message" },
        { SYNC_ERROR_OCCURRED, "timeoccurred" },
        { SYNC_ERROR_OCCURRED, "occurreddatetime" },
        { SYNC_ERROR_OCCURRED, "timeoflastoccurrence" },
        { SYNC_ERROR_OCCURRED, "lastoccurred" },
        { SYNC_ERROR_OCCURRED, "whenstarted" },
        { SYNC_ERROR_OCCURRED, "createddate" },
        { SYNC_ERROR_OCCURRED, "timefirstoccurred" },
        { SYNC_ERROR_TITLE, "incomingobjectdisplayname" },
        { SYNC_ERROR_TITLE, "displayname" },
        { SYNC_ERROR_TITLE, "name" },
        { SYNC_ERROR_DN, "distinguishedname" },
        { SYNC_ERROR_DN, "onpremisesdistinguishedname" },
        { SYNC_ERROR_DN, "dn" },
        { SYNC_ERROR_GUID, "objectguid" },
        { SYNC_ERROR_ANCHOR, "sourceanchor" },
        { SYNC_ERROR_ANCHOR, "onpremisesimmutableid" },
        { SYNC_ERROR_ANCHOR, "immutableid" },
        { SYNC_ERROR_CLOUD_ID, "objectid" },
        { SYNC_ERROR_SID, "onpremisessecurityidentifier" },
        { SYNC_ERROR_SID, "securityidentifier" },
        { SYNC_ERROR_UPN, "onpremisesuserprincipalname" },
        { SYNC_ERROR_UPN, "userprincipalname" },
        { SYNC_ERROR_UPN, "upn" },
        { SYNC_ERROR_MAIL, "mail" },
        { SYNC_ERROR_MAIL, "email" },
        { SYNC_ERROR_ACCOUNT, "onpremisessamaccountname" },
        { SYNC_ERROR_ACCOUNT, "samaccountname" },
        { SYNC_ERROR_ATTRIBUTE, "attributename" },
        { SYNC_ERROR_ATTRIBUTE, "attributeinerror" },
        { SYNC_ERROR_ATTRIBUTE, "attribute" },
        { SYNC_ERROR_ATTRIBUTE, "conflictingattribute" },
        { SYNC_ERROR_ATTRIBUTE, "propertyname" },
        { SYNC_ERROR_ATTRIBUTE, "propertycausingerror" },
        { SYNC_ERROR_VALUE, "attributevalue" },
        { SYNC_ERROR_VALUE, "conflictingvalue" },
        { SYNC_ERROR_VALUE, "errorvalue" },
        { SYNC_ERROR_VALUE, "propertyvalue" },
        { SYNC_ERROR_VALUE, "value" },
};

/* False: it is longer than any that is known. */
static bool plain_name(const char *name, char ret[static NAME_MAX_SIZE])
{
        size_t n = 0;

        for (; *name; name++) {
                uint8_t c = ascii_lower((uint8_t)*name);

                if (c < 'a' || c > 'z')
                        continue;
                if (n == NAME_MAX_SIZE - 1)
                        return false;
                ret[n++] = (char)c;
        }
        ret[n] = 0;
        return true;
}

static const char *text_of(json_object *value)
{
        const char *text =
                json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";

        return *text ? text : NULL;
}

/* The place of a name among the columns: fields that several name go to the first of them. */
static size_t column_of(const char *name)
{
        char plain[NAME_MAX_SIZE];
        size_t i = 0;

        if (!plain_name(name, plain))
                return ARRAY_SIZE(columns);
        while (i < ARRAY_SIZE(columns) && strcmp(columns[i].name, plain) != 0)
                i++;
        return i;
}

/* Fields that are known already stay. */
static void read_members(json_object *object, const char *fields[static SYNC_ERROR_FIELDS])
{
        const char *found[ARRAY_SIZE(columns)] = {};

        if (!json_object_is_type(object, json_type_object))
                return;
        json_object_object_foreach(object, name, value)
        {
                size_t column = column_of(name);

                if (column < ARRAY_SIZE(columns) && !found[column])
                        found[column] = text_of(value);
        }

        for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
                if (!fields[columns[i].field])
                        fields[columns[i].field] = found[i];
}

/* ------------------------------------------------------------------ Graph */

static int read_problem(json_object *problem, size_t number, const char *const object[],
                        SyncErrorList *list)
{
        const char *fields[SYNC_ERROR_FIELDS];

        memcpy(fields, object, sizeof(fields));
        fields[SYNC_ERROR_NAME] = text_of(inventory_member(problem, "category"))
                                          ?: "QuarantinedAttributeValueMustBeUnique";
        fields[SYNC_ERROR_OCCURRED] = text_of(inventory_member(problem, "occurredDateTime"));
        fields[SYNC_ERROR_ATTRIBUTE] = text_of(inventory_member(problem, "propertyCausingError"));
        fields[SYNC_ERROR_VALUE] = text_of(inventory_member(problem, "value"));
        return sync_error_list_add(list, SYNC_ERROR_GRAPH, number, fields);
}

static const char flattened[] =
        "onPremisesProvisioningErrors holds the name of a type instead of its values: export as "
        "JSON, with \"ConvertTo-Json -Depth 8\"";

static int read_graph(const InventoryElement *element, json_object *problems, SyncErrorList *list,
                      const char **ret_reason)
{
        const char *fields[SYNC_ERROR_FIELDS] = {};
        size_t n;

        read_members(element->value, fields);
        fields[SYNC_ERROR_NAME] = fields[SYNC_ERROR_MESSAGE] = fields[SYNC_ERROR_OCCURRED] = NULL;
        fields[SYNC_ERROR_ATTRIBUTE] = fields[SYNC_ERROR_VALUE] = NULL;
        fields[SYNC_ERROR_CLOUD_ID] = text_of(inventory_member(element->value, "id"));

        n = json_object_array_length(problems);
        for (size_t i = 0; i < n; i++) {
                json_object *problem = json_object_array_get_idx(problems, i);
                int r;

                if (!json_object_is_type(problem, json_type_object)) {
                        *ret_reason = flattened;
                        return -EBADMSG;
                }
                r = read_problem(problem, element->number, fields, list);
                if (r < 0)
                        return r;
        }

        return SYNC_ERROR_IS_GRAPH;
}

static bool names_problems(json_object *object)
{
        json_object_object_foreach(object, name, value)
        {
                (void)value;
                if (text_equals_nocase(SLICE(name), "onPremisesProvisioningErrors"))
                        return true;
        }

        return false;
}

/* ------------------------------------------------------------------ all */

int sync_error_row_read(const InventoryElement *element, SyncErrorList *list,
                        const char **ret_reason)
{
        json_object *problems = inventory_member(element->value, "onPremisesProvisioningErrors");
        const char *fields[SYNC_ERROR_FIELDS] = {};

        if (json_object_is_type(problems, json_type_array))
                return read_graph(element, problems, list, ret_reason);
        if (text_of(problems)) {
                *ret_reason = flattened;
                return -EBADMSG;
        }
        if (names_problems(element->value))
                return SYNC_ERROR_IS_GRAPH; /* null, or an empty cell: there is none */

        read_members(element->value, fields);
        read_members(inventory_member(element->value, "incomingObject"), fields);
        if (!fields[SYNC_ERROR_NAME] && !fields[SYNC_ERROR_MESSAGE]) {
                *ret_reason = "nothing in it says which error it is: expected a column or member "
                              "such as \"Error Type\", \"Error Message\" or "
                              "onPremisesProvisioningErrors";
                return -EBADMSG;
        }
        if (!sync_error_names_object(fields)) {
                *ret_reason = "nothing in it says which object it is of: expected a column or "
                              "member such as \"Source Anchor\", \"Distinguished Name\" or "
                              "\"User Principal Name\"";
                return -EBADMSG;
        }

        return sync_error_list_add(list, SYNC_ERROR_HEALTH, element->number, fields);
}
