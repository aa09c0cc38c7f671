/* SPDX-License-Identifier: MIT */
#include "ctl/prediction-writer.h"

#include <errno.h>
#include <string.h>

#include "ctl/entry.h"
#include "ctl/file-guid.h"

/* ------------------------------------------------------------------ text */

/* Names and addresses are text, whatever attribute they came from. */
static int print_text(Output *output, const char *label, Slice text)
{
        return text.size > 0 ? entry_value(output, label, ATTRIBUTE_MAIL, text, "")
                             : entry_print(output, label, "-");
}

static int print_texts(Output *output, const char *label, const Slice *texts, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                int r = print_text(output, i == 0 ? label : "", texts[i]);

                if (r < 0)
                        return r;
        }

        return 0;
}

static int print_addresses(Output *output, const char *heading, const Prediction *prediction)
{
        int r;

        (void)putc('\n', output->stream);
        output_format(output, STYLE_STRONG, "%s\n", heading);
        if ((r = print_text(output, "primary, mail", prediction->primary)) < 0 ||
            (r = print_texts(output, "secondary", prediction->secondary, prediction->n_secondary)) <
                    0 ||
            (r = print_texts(output, "other", prediction->others, prediction->n_others)) < 0)
                return r;

        for (size_t i = 0; i < prediction->n_dropped; i++) {
                const PredictedDrop *drop = &prediction->dropped[i];

                r = entry_value(output,
                                drop->attribute == ATTRIBUTE_MAIL ? "dropped mail" : "dropped",
                                drop->attribute, drop->value, drop->reason);
                if (r < 0)
                        return r;
        }

        return 0;
}

static bool slices_are_equal(const Slice *a, size_t n_a, const Slice *b, size_t n_b)
{
        for (size_t i = 0; i < n_a && n_a == n_b; i++)
                if (!slice_equal(a[i], b[i]))
                        return false;
        return n_a == n_b;
}

/* The same values are dropped for the same reasons then. */
static bool addresses_are_equal(const Prediction *a, const Prediction *b)
{
        return slice_equal(a->primary, b->primary) &&
               slices_are_equal(a->secondary, a->n_secondary, b->secondary, b->n_secondary) &&
               a->n_others == b->n_others && a->n_dropped == b->n_dropped;
}

static bool has_note(const Prediction *prediction, const char *note)
{
        for (size_t i = 0; i < prediction->n_notes; i++)
                if (strcmp(prediction->notes[i], note) == 0)
                        return true;
        return false;
}

static int print_notes(Output *output, const Prediction *prediction, const Prediction *said)
{
        for (size_t i = 0; i < prediction->n_notes; i++) {
                int r;

                if (said && has_note(said, prediction->notes[i]))
                        continue;
                r = entry_print(output, "note", prediction->notes[i]);
                if (r < 0)
                        return r;
        }

        return 0;
}

static int print_names(Output *output, const Predicted *predicted)
{
        const Prediction *prediction = predicted->licensed;
        _cleanup_buffer_ Buffer text = BUFFER_INIT;
        int r;

        if (predicted->left_out) {
                r = buffer_append_format(&text, "%s. If it did:", predicted->left_out);
                if (r < 0 || !buffer_string(&text) ||
                    entry_print(output, "Will not arrive", (const char *)text.data) < 0)
                        return -ENOMEM;
        }

        buffer_reset(&text);
        if (predicted->anchor)
                r = buffer_append_format(&text, "%s  (of %s)", predicted->anchor,
                                         attribute_name(predicted->anchor_attribute));
        else
                r = buffer_append_format(&text, "-  (no %s)",
                                         attribute_name(predicted->anchor_attribute));
        if (r < 0 || !buffer_string(&text) ||
            entry_print(output, "Source anchor", (const char *)text.data) < 0)
                return -ENOMEM;

        if (prediction->state.login.size > 0 || prediction->user_principal_name.size > 0)
                r = print_text(output, "User principal name", prediction->user_principal_name);
        return r < 0 ? r : print_text(output, "Mail nickname", prediction->mail_nickname);
}

int prediction_print_body(Output *output, const Predicted *predicted)
{
        const Prediction *licensed = predicted->licensed, *unlicensed = predicted->unlicensed;
        Kind kind = predicted->object->kind;
        bool is_user = kind == KIND_USER || kind == KIND_INETORGPERSON;
        int r;

        r = print_names(output, predicted);
        if (r >= 0)
                r = print_notes(output, licensed, NULL);
        if (r >= 0)
                r = print_notes(output, unlicensed, licensed);
        if (r < 0)
                return r;

        if (!is_user)
                return print_addresses(output, "Addresses", licensed);
        if (addresses_are_equal(licensed, unlicensed))
                return print_addresses(output, "With and without an Exchange Online licence",
                                       licensed);

        r = print_addresses(output, "With an Exchange Online licence", licensed);
        return r < 0 ? r
                     : print_addresses(output, "Without an Exchange Online licence", unlicensed);
}

int prediction_print(Output *output, const Predicted *predicted)
{
        int r;

        if ((r = entry_title(output, predicted->object)) < 0 ||
            (r = entry_dn(output, predicted->object)) < 0 ||
            (r = entry_print(output, "Kind", kind_name(predicted->object->kind))) < 0)
                return r;

        return prediction_print_body(output, predicted);
}

/* ------------------------------------------------------------------ JSON */

/* Empty is null. */
static int add_text(json_object *object, const char *key, Slice text)
{
        return text.size > 0 ? json_add_bytes(object, key, text.data, text.size)
                             : json_add_string(object, key, NULL);
}

/* Bytes that should be text, as json_add_bytes() shows them; they go into an array, which has no keys. */
static int make_text(Slice text, json_object **ret)
{
        _cleanup_json_ json_object *holder = json_object_new_object();
        int r;

        if (!holder)
                return -ENOMEM;
        r = json_add_bytes(holder, "text", text.data, text.size);
        if (r < 0)
                return r;

        *ret = json_object_get(json_object_object_get(holder, "text"));
        return 0;
}

static int add_texts(json_object *object, const char *key, const Slice *texts, size_t n)
{
        json_object *array = json_object_new_array(), *text;
        int r;

        r = json_add(object, key, array);
        for (size_t i = 0; i < n && r >= 0; i++) {
                r = make_text(texts[i], &text);
                if (r >= 0)
                        r = json_append(array, text);
        }
        return r;
}

static int add_dropped(json_object *object, const Prediction *prediction)
{
        json_object *array = json_object_new_array();
        int r;

        r = json_add(object, "dropped", array);
        for (size_t i = 0; i < prediction->n_dropped && r >= 0; i++) {
                const PredictedDrop *drop = &prediction->dropped[i];
                json_object *element = json_object_new_object();

                r = json_append(array, element);
                if (r >= 0)
                        r = json_add_string(element, "attribute", attribute_name(drop->attribute));
                if (r >= 0)
                        r = json_add_bytes(element, "value", drop->value.data, drop->value.size);
                if (r >= 0)
                        r = json_add_string(element, "reason", drop->reason);
        }
        return r;
}

static int add_notes(json_object *object, const Prediction *prediction)
{
        json_object *array = json_object_new_array();
        int r;

        r = json_add(object, "notes", array);
        for (size_t i = 0; i < prediction->n_notes && r >= 0; i++)
                r = json_append(array, json_object_new_string(prediction->notes[i]));
        return r;
}

static int add_prediction(json_object *parent, const char *key, const Prediction *prediction)
{
        json_object *object = json_object_new_object();
        int r;

        if ((r = json_add(parent, key, object)) < 0 ||
            (r = add_text(object, "user_principal_name", prediction->user_principal_name)) < 0 ||
            (r = add_text(object, "mail", prediction->primary)) < 0 ||
            (r = add_text(object, "mail_nickname", prediction->mail_nickname)) < 0 ||
            (r = add_text(object, "primary", prediction->primary)) < 0 ||
            (r = add_texts(object, "secondary", prediction->secondary, prediction->n_secondary)) <
                    0 ||
            (r = add_texts(object, "others", prediction->others, prediction->n_others)) < 0 ||
            (r = add_dropped(object, prediction)) < 0)
                return r;

        return add_notes(object, prediction);
}

int prediction_json(const Predicted *predicted, json_object **ret)
{
        _cleanup_json_ json_object *object = json_object_new_object();
        const Object *source = predicted->object;
        const Guid *guid = file_guid_is_made(&source->guid) ? &GUID_NULL : &source->guid;
        int r;

        if (!object)
                return -ENOMEM;

        if ((r = json_add_bytes(object, "dn", source->dn.data, source->dn.size)) < 0 ||
            (r = json_add_string(object, "domain", predicted->domain)) < 0 ||
            (r = json_add_guid(object, "guid", guid)) < 0 ||
            (r = json_add_string(object, "kind", kind_name(source->kind))) < 0 ||
            (r = json_add_string(object, "left_out", predicted->left_out)) < 0 ||
            (r = json_add_string(object, "source_anchor", predicted->anchor)) < 0 ||
            (r = add_prediction(object, "unlicensed", predicted->unlicensed)) < 0 ||
            (r = add_prediction(object, "licensed", predicted->licensed)) < 0)
                return r;

        *ret = TAKE_PTR(object);
        return 0;
}
