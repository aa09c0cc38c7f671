/* SPDX-License-Identifier: MIT */
#include "lib/core/sync-error-xml.h"

#include <errno.h>
#include <expat.h>
#include <string.h>

#define TEXT_MAX  (64 << 10) /* of one element that is kept */
#define PIECE_MAX (1 << 20)

struct SyncErrorXml {
        SyncErrorList *list;
        XML_Parser parser;
        Buffer error;
        int failure; /* why the parser was stopped */
        size_t depth, n_objects;

        /* The object under way. */
        bool is_in_object;
        bool is_in_detail; /* <export-errordetail> or <import-errordetail> */
        Buffer fields[SYNC_ERROR_FIELDS];
        Buffer kind; /* error-type: what the error is called where it has no name */

        /* The text under way. */
        bool is_kept;
        SyncErrorField field; /* that it is for */
        SyncErrorField
                of_value; /* what <value>s of the <attr> are for; SYNC_ERROR_FIELDS: nothing */
        Buffer text;
};

static int xml_complain(SyncErrorXml *xml, const char *reason)
{
        int r;

        buffer_reset(&xml->error);
        r = buffer_append_format(&xml->error, "byte %lld, object %zu: ",
                                 (long long)XML_GetCurrentByteIndex(xml->parser),
                                 xml->is_in_object ? xml->n_objects : xml->n_objects + 1);
        if (r >= 0)
                r = text_escape(reason, strlen(reason), 800, &xml->error);
        if (r < 0 || !buffer_string(&xml->error))
                return -ENOMEM;
        return -EBADMSG;
}

static void xml_stop(SyncErrorXml *xml, int failure)
{
        if (failure >= 0 || xml->failure < 0)
                return;
        xml->failure = failure;
        (void)XML_StopParser(xml->parser, XML_FALSE);
}

/* ------------------------------------------------------------------ fields */

static bool has_field(const SyncErrorXml *xml, SyncErrorField field)
{
        return xml->fields[field].size > 0;
}

/* The first that is not empty counts: what was to be exported stands before what the cloud has. */
static void keep_in(SyncErrorXml *xml, Buffer *buffer, Slice text)
{
        text = text_trim(text.data, text.size);
        if (buffer->size == 0)
                xml_stop(xml, buffer_append(buffer, text.data, text.size));
}

static void keep(SyncErrorXml *xml, SyncErrorField field, Slice text)
{
        keep_in(xml, &xml->fields[field], text);
}

static const char *attribute_of(const char **attributes, const char *name)
{
        for (; *attributes; attributes += 2)
                if (strcmp(attributes[0], name) == 0)
                        return attributes[1];
        return NULL;
}

static void keep_attribute(SyncErrorXml *xml, Buffer *buffer, const char **attributes,
                           const char *name)
{
        const char *value = attribute_of(attributes, name);

        if (value)
                keep_in(xml, buffer, SLICE(value));
}

static void begin_text(SyncErrorXml *xml, SyncErrorField field)
{
        xml->is_kept = true;
        xml->field = field;
        buffer_reset(&xml->text);
}

/* ------------------------------------------------------------------ elements */

/* Attributes of the object in the connector space, of Entra ID's and of AD's. */
static const struct {
        const char *name;
        SyncErrorField field;
} object_attributes[] = {
        { "sourceAnchor", SYNC_ERROR_ANCHOR },
        { "userPrincipalName", SYNC_ERROR_UPN },
        { "mail", SYNC_ERROR_MAIL },
        { "displayName", SYNC_ERROR_TITLE },
        { "onPremisesDistinguishedName", SYNC_ERROR_DN },
        { "onPremisesSamAccountName", SYNC_ERROR_ACCOUNT },
        { "sAMAccountName", SYNC_ERROR_ACCOUNT },
        { "cloudAnchor", SYNC_ERROR_CLOUD_ID },
};

static SyncErrorField field_of_attribute(const char *name)
{
        for (size_t i = 0; name && i < ARRAY_SIZE(object_attributes); i++)
                if (strcmp(object_attributes[i].name, name) == 0)
                        return object_attributes[i].field;
        return SYNC_ERROR_FIELDS;
}

/* A connector of AD names its objects by their DN, that of Entra ID by the anchor. */
static void keep_dn(SyncErrorXml *xml, const char *dn)
{
        _cleanup_buffer_ Buffer anchor = BUFFER_INIT;
        int r;

        r = sync_error_anchor_of_dn(dn, &anchor);
        if (r == -EINVAL)
                keep(xml, SYNC_ERROR_DN, SLICE(dn));
        else if (r < 0)
                xml_stop(xml, r);
        else
                keep(xml, SYNC_ERROR_ANCHOR, (Slice){ anchor.data, anchor.size });
}

static void begin_object(SyncErrorXml *xml, const char **attributes)
{
        const char *dn = attribute_of(attributes, "cs-dn");

        xml->n_objects++;
        xml->is_in_object = true;
        xml->of_value = SYNC_ERROR_FIELDS;
        for (SyncErrorField field = 0; field < SYNC_ERROR_FIELDS; field++)
                buffer_reset(&xml->fields[field]);
        buffer_reset(&xml->kind);
        if (dn && *dn)
                keep_dn(xml, dn);
        else
                xml_stop(xml, xml_complain(xml, "the object has no cs-dn"));
}

/* Of which version of the tool what stands where is told by none: the element itself, or one below it. */
static void begin_in_detail(SyncErrorXml *xml, const char *name, const char **attributes)
{
        keep_attribute(xml, &xml->fields[SYNC_ERROR_OCCURRED], attributes, "date-occurred");
        if (strcmp(name, "error-name") == 0)
                begin_text(xml, SYNC_ERROR_NAME);
        else if (strcmp(name, "error-literal") == 0)
                begin_text(xml, SYNC_ERROR_MESSAGE);
        else if (strcmp(name, "server-error-detail") == 0 && !has_field(xml, SYNC_ERROR_MESSAGE))
                begin_text(xml, SYNC_ERROR_MESSAGE);
        else
                keep_attribute(xml, &xml->kind, attributes, "error-type");
}

static void begin_in_object(SyncErrorXml *xml, const char *name, const char **attributes)
{
        if (strcmp(name, "export-errordetail") == 0 || strcmp(name, "import-errordetail") == 0)
                xml->is_in_detail = true;

        if (xml->is_in_detail)
                begin_in_detail(xml, name, attributes);
        else if (strcmp(name, "attr") == 0)
                xml->of_value = field_of_attribute(attribute_of(attributes, "name"));
        else if (strcmp(name, "value") == 0 && xml->of_value != SYNC_ERROR_FIELDS)
                begin_text(xml, xml->of_value);
}

static void on_begin(void *userdata, const char *name, const char **attributes)
{
        SyncErrorXml *xml = userdata;

        if (xml->failure < 0)
                return;
        if (xml->depth++ == 0 && strcmp(name, "cs-objects") != 0)
                xml_stop(xml,
                         xml_complain(xml, "this is no file of csexport: its outermost element "
                                           "is not <cs-objects>"));
        else if (strcmp(name, "cs-object") == 0 && !xml->is_in_object)
                begin_object(xml, attributes);
        else if (xml->is_in_object)
                begin_in_object(xml, name, attributes);
}

/* The kind stands in front of the id: "User_6a1f…". */
static void trim_cloud_id(Buffer *id)
{
        const uint8_t *low = memchr(id->data ?: (const uint8_t *)"", '_', id->size);
        size_t n = low ? (size_t)(low - id->data) + 1 : 0;

        if (n > 0) {
                memmove(id->data, id->data + n, id->size - n);
                id->size -= n;
        }
}

static int end_object(SyncErrorXml *xml)
{
        const char *fields[SYNC_ERROR_FIELDS] = {};

        xml->is_in_object = false;
        keep(xml, SYNC_ERROR_NAME, (Slice){ xml->kind.data, xml->kind.size });
        trim_cloud_id(&xml->fields[SYNC_ERROR_CLOUD_ID]);
        if (!has_field(xml, SYNC_ERROR_NAME) && !has_field(xml, SYNC_ERROR_MESSAGE))
                return 0; /* no error: other filters of csexport have such objects, too */

        for (SyncErrorField field = 0; field < SYNC_ERROR_FIELDS; field++) {
                if (!has_field(xml, field))
                        continue;
                fields[field] = buffer_string(&xml->fields[field]);
                if (!fields[field])
                        return -ENOMEM;
        }
        return sync_error_list_add(xml->list, SYNC_ERROR_CSEXPORT, xml->n_objects, fields);
}

static void on_end(void *userdata, const char *name)
{
        SyncErrorXml *xml = userdata;

        if (xml->failure < 0)
                return;
        xml->depth--;
        if (xml->is_kept)
                keep(xml, xml->field, (Slice){ xml->text.data, xml->text.size });
        xml->is_kept = false;

        if (strcmp(name, "attr") == 0)
                xml->of_value = SYNC_ERROR_FIELDS;
        else if (strcmp(name, "export-errordetail") == 0 || strcmp(name, "import-errordetail") == 0)
                xml->is_in_detail = false;
        else if (strcmp(name, "cs-object") == 0)
                xml_stop(xml, end_object(xml));
}

static void on_text(void *userdata, const char *text, int size)
{
        SyncErrorXml *xml = userdata;

        if (!xml->is_kept || xml->failure < 0)
                return;
        if (xml->text.size + (size_t)size > TEXT_MAX)
                xml_stop(xml, xml_complain(xml, "a value is longer than 64 KiB"));
        else
                xml_stop(xml, buffer_append(&xml->text, text, (size_t)size));
}

/* csexport writes none; with one, a small file may become a large one. */
static void on_doctype(void *userdata, const char *name, const char *system, const char *public,
                       int has_internal)
{
        SyncErrorXml *xml = userdata;

        xml_stop(xml, xml_complain(xml, "it has a DOCTYPE, which csexport never writes"));
}

/* ------------------------------------------------------------------ all */

int sync_error_xml_new(SyncErrorList *list, SyncErrorXml **ret)
{
        _cleanup_(sync_error_xml_freep) SyncErrorXml *xml = calloc(1, sizeof(*xml));

        if (!xml)
                return -ENOMEM;

        xml->list = list;
        xml->of_value = SYNC_ERROR_FIELDS;
        xml->parser = XML_ParserCreate(NULL);
        if (!xml->parser)
                return -ENOMEM;
        XML_SetUserData(xml->parser, xml);
        XML_SetElementHandler(xml->parser, on_begin, on_end);
        XML_SetCharacterDataHandler(xml->parser, on_text);
        XML_SetStartDoctypeDeclHandler(xml->parser, on_doctype);

        *ret = TAKE_PTR(xml);
        return 0;
}

SyncErrorXml *sync_error_xml_free(SyncErrorXml *xml)
{
        if (!xml)
                return NULL;

        if (xml->parser)
                XML_ParserFree(xml->parser);
        buffer_done(&xml->error);
        buffer_done(&xml->text);
        buffer_done(&xml->kind);
        for (SyncErrorField field = 0; field < SYNC_ERROR_FIELDS; field++)
                buffer_done(&xml->fields[field]);
        free(xml);
        return NULL;
}

static int xml_failure(SyncErrorXml *xml, bool is_end)
{
        enum XML_Error error = XML_GetErrorCode(xml->parser);

        if (xml->failure < 0)
                return xml->failure;
        if (error == XML_ERROR_NO_MEMORY)
                return -ENOMEM;
        if (is_end &&
            (error == XML_ERROR_NO_ELEMENTS || error == XML_ERROR_UNCLOSED_TOKEN ||
             error == XML_ERROR_PARTIAL_CHAR || error == XML_ERROR_UNCLOSED_CDATA_SECTION))
                return xml_complain(xml, "the file is truncated: <cs-objects> does not end");
        return xml_complain(xml, XML_ErrorString(error));
}

int sync_error_xml_feed(SyncErrorXml *xml, const void *data, size_t size)
{
        const char *bytes = data;

        while (size > 0) {
                size_t n = size < PIECE_MAX ? size : PIECE_MAX;

                if (XML_Parse(xml->parser, bytes, (int)n, XML_FALSE) != XML_STATUS_OK)
                        return xml_failure(xml, false);
                bytes += n;
                size -= n;
        }
        return 0;
}

int sync_error_xml_end(SyncErrorXml *xml)
{
        return XML_Parse(xml->parser, "", 0, XML_TRUE) != XML_STATUS_OK ? xml_failure(xml, true)
                                                                        : 0;
}

const char *sync_error_xml_error(const SyncErrorXml *xml)
{
        return (const char *)xml->error.data;
}

size_t sync_error_xml_count(const SyncErrorXml *xml)
{
        return xml->n_objects;
}
