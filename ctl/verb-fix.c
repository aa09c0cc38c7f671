/* SPDX-License-Identifier: MIT */

/* Repairs as LDIF for an administrator to review and to apply with ldapmodify, or in the nine columns of IdFix. Nothing is written here. */

#include <errno.h>
#include <string.h>

#include "ctl/csv.h"
#include "ctl/finding-entry.h"
#include "ctl/json-output.h"
#include "ctl/listing.h"
#include "lib/core/dn.h"
#include "lib/core/ldif-write.h"
#include "lib/core/value-text.h"
#include "lib/state/fix.h"

/* ------------------------------------------------------------------ LDIF */

static Slice half(const RepairEdit *edit, bool is_old)
{
        return is_old ? edit->old : edit->new;
}

/* "delete: mail", its values, "-"; or "add:". Nothing where the attribute has no such edit. */
static int write_part(const Repair *repair, AttributeId attribute, bool is_old, Buffer *buffer)
{
        const char *name = attribute_name(attribute);
        bool is_begun = false;
        int r = 0;

        for (size_t i = 0; i < repair->n_edits && r >= 0; i++) {
                Slice value = half(&repair->edits[i], is_old);

                if (repair->edits[i].attribute != attribute || !value.data)
                        continue;
                if (!is_begun)
                        r = buffer_append_format(buffer, "%s: %s\n", is_old ? "delete" : "add",
                                                 name);
                is_begun = true;
                if (r >= 0)
                        r = ldif_write_value(name, value, buffer);
        }

        return r >= 0 && is_begun ? buffer_append_string(buffer, "-\n") : r;
}

static int write_reasons(const Repair *repair, Buffer *buffer)
{
        _cleanup_buffer_ Buffer text = BUFFER_INIT;

        for (size_t i = 0; i < repair->n_reasons; i++) {
                const RepairReason *reason = &repair->reasons[i];
                int r;

                buffer_reset(&text);
                r = buffer_append_format(&text, "%s: %s%s%s", rule_id(reason->rule),
                                         rule_title(reason->rule), reason->detail ? ": " : "",
                                         reason->detail ? reason->detail : "");
                if (r >= 0)
                        r = buffer_string(&text)
                                    ? ldif_write_comment((const char *)text.data, buffer)
                                    : -ENOMEM;
                if (r < 0)
                        return r;
        }

        return 0;
}

/* What goes, goes first: an attribute of one value takes no second. */
static int write_fix(const Fix *fix, Buffer *buffer)
{
        Slice dn = { fix->before->dn.data, fix->before->dn.size };
        int r;

        if ((r = buffer_append_byte(buffer, '\n')) < 0 ||
            (r = write_reasons(&fix->repair, buffer)) < 0 ||
            (r = ldif_write_value("dn", dn, buffer)) < 0 ||
            (r = buffer_append_string(buffer, "changetype: modify\n")) < 0)
                return r;

        for (AttributeId attribute = 1; attribute < ATTRIBUTE_MAX && r >= 0; attribute++) {
                r = write_part(&fix->repair, attribute, true, buffer);
                if (r >= 0)
                        r = write_part(&fix->repair, attribute, false, buffer);
        }
        return r;
}

static int print_ldif(Scanctl *scanctl, const FixList *list)
{
        FILE *stream = scanctl->output.stream;

        (void)fprintf(stream,
                      "# %zu of %zu object%s with findings can be put right without a decision; "
                      "that closes %zu finding%s.\n"
                      "# Review it, then, with a ticket of kinit: ldapmodify -N -Y GSSAPI -H "
                      "ldap://DC -f FILE. A "
                      "value that was changed meanwhile makes its record fail.\n",
                      list->n_fixes, list->n_wanted, list->n_wanted == 1 ? "" : "s",
                      finding_list_size(list->closes),
                      finding_list_size(list->closes) == 1 ? "" : "s");

        for (size_t i = 0; i < list->n_fixes; i++) {
                _cleanup_buffer_ Buffer text = BUFFER_INIT;
                int r = write_fix(&list->fixes[i], &text);

                if (r < 0)
                        return r;
                (void)fwrite(text.data, 1, text.size, stream);
        }

        return 0;
}

/* ------------------------------------------------------------------ CSV */

static const struct {
        const char *rule;
        const char *error;
} idfix_errors[] = {
        { "contact-without-mail", "Blank" },
        { "displayname-blank", "Blank" },
        { "displayname-missing", "Blank" },
        { "upn-missing", "Blank" },
        { "mailnickname-invalid", "Character" },
        { "proxy-invalid", "Character" },
        { "white-space-trimmed", "Character" },
        { "upn-invalid", "Character" },
        { "upn-too-long", "Length" },
        { "proxy-no-prefix", "Format" },
        { "upn-not-routable", "TopLevelDomain" },
        { "upn-unverified-domain", "DomainPart" },
        { "proxy-reserved-suffix", "DomainPart" },
};

/* IdFix's word for what is wrong with the attribute, and the rule's name where it has none. */
static const char *idfix_error(const Repair *repair, AttributeId attribute)
{
        const Rule *rule = repair->reasons[0].rule;

        for (size_t i = repair->n_reasons; i-- > 0;)
                if (repair->reasons[i].attribute == attribute)
                        rule = repair->reasons[i].rule;
        for (size_t i = 0; i < ARRAY_SIZE(idfix_errors); i++)
                if (strcmp(idfix_errors[i].rule, rule_id(rule)) == 0)
                        return idfix_errors[i].error;
        return rule_id(rule);
}

static int csv_slice(FILE *stream, AttributeId attribute, Slice value, bool is_first)
{
        _cleanup_buffer_ Buffer text = BUFFER_INIT;
        int r;

        r = value.data ? value_text(attribute, value, &text) : 0;
        if (r < 0 || !buffer_string(&text))
                return -ENOMEM;

        csv_cell(stream, (const char *)text.data, is_first);
        return 0;
}

static int write_row(FILE *stream, const Fix *fix, AttributeId attribute, Slice old, Slice new)
{
        Slice dn = { fix->before->dn.data, fix->before->dn.size };
        _cleanup_buffer_ Buffer name = BUFFER_INIT;
        int r;

        r = dn_rdn_value(dn, &name);
        if (r >= 0)
                r = csv_slice(stream, ATTRIBUTE_DISTINGUISHED_NAME, dn, true);
        if (r >= 0)
                r = csv_slice(stream, ATTRIBUTE_CN, (Slice){ name.data, name.size }, false);
        if (r < 0)
                return r;

        csv_cell(stream, kind_name(fix->before->kind), false);
        csv_cell(stream, attribute_name(attribute), false);
        csv_cell(stream, idfix_error(&fix->repair, attribute), false);
        if ((r = csv_slice(stream, attribute, old, false)) < 0 ||
            (r = csv_slice(stream, attribute, new, false)) < 0)
                return r;
        csv_cell(stream, new.data ? "EDIT" : "REMOVE", false);
        csv_cell(stream, NULL, false);
        (void)putc('\n', stream);
        return 0;
}

/* The values that go and those that come, side by side in their order. */
static int write_rows(FILE *stream, const Fix *fix, AttributeId attribute)
{
        const Repair *repair = &fix->repair;
        size_t old = 0, new = 0;

        for (;;) {
                Slice value = {}, update = {};
                int r;

                while (old < repair->n_edits &&
                       (repair->edits[old].attribute != attribute || !repair->edits[old].old.data))
                        old++;
                while (new < repair->n_edits &&
                       (repair->edits[new].attribute != attribute || !repair->edits[new].new.data))
                        new ++;
                if (old == repair->n_edits && new == repair->n_edits)
                        return 0;
                if (old < repair->n_edits)
                        value = repair->edits[old++].old;
                if (new < repair->n_edits)
                        update = repair->edits[new ++].new;
                r = write_row(stream, fix, attribute, value, update);
                if (r < 0)
                        return r;
        }
}

static int print_csv(Scanctl *scanctl, const FixList *list)
{
        static const char *const titles[] = {
                "DISTINGUISHEDNAME",
                "COMMONNAME",
                "OBJECTCLASS",
                "ATTRIBUTE",
                "ERROR",
                "VALUE",
                "UPDATE",
                "PROPOSEDACTION",
                "ACTION",
        };
        FILE *stream = scanctl->output.stream;

        if (scanctl->output.has_legend)
                csv_row(stream, titles, ARRAY_SIZE(titles));
        for (size_t i = 0; i < list->n_fixes; i++)
                for (AttributeId attribute = 1; attribute < ATTRIBUTE_MAX; attribute++) {
                        int r = write_rows(stream, &list->fixes[i], attribute);

                        if (r < 0)
                                return r;
                }

        return 0;
}

/* ------------------------------------------------------------------ JSON */

static int add_value(json_object *object, const char *key, AttributeId attribute, Slice value)
{
        _cleanup_buffer_ Buffer text = BUFFER_INIT;

        if (!value.data)
                return json_add_string(object, key, NULL);
        if (value_text(attribute, value, &text) < 0)
                return -ENOMEM;
        return json_add_bytes(object, key, text.data, text.size);
}

static int add_edits(json_object *object, const Repair *repair)
{
        json_object *array = json_object_new_array();
        int r;

        r = json_add(object, "edits", array);
        for (size_t i = 0; i < repair->n_edits && r >= 0; i++) {
                const RepairEdit *edit = &repair->edits[i];
                json_object *element = json_object_new_object();

                if ((r = json_append(array, element)) < 0 ||
                    (r = json_add_string(element, "attribute", attribute_name(edit->attribute))) <
                            0 ||
                    (r = add_value(element, "delete", edit->attribute, edit->old)) < 0)
                        return r;
                r = add_value(element, "add", edit->attribute, edit->new);
        }
        return r;
}

static int add_rules(json_object *object, const Repair *repair)
{
        json_object *array = json_object_new_array();
        int r;

        r = json_add(object, "rules", array);
        for (size_t i = 0; i < repair->n_reasons && r >= 0; i++)
                r = json_append(array, json_object_new_string(rule_id(repair->reasons[i].rule)));
        return r;
}

static int fix_json(const Fix *fix, json_object **ret)
{
        _cleanup_json_ json_object *object = json_object_new_object();
        const Object *source = fix->before;
        int r;

        if (!object)
                return -ENOMEM;

        if ((r = json_add_string(object, "domain", fix->domain)) < 0 ||
            (r = json_add_guid(object, "guid", &source->guid)) < 0 ||
            (r = json_add_bytes(object, "dn", source->dn.data, source->dn.size)) < 0 ||
            (r = json_add_string(object, "kind", kind_name(source->kind))) < 0 ||
            (r = add_rules(object, &fix->repair)) < 0 || (r = add_edits(object, &fix->repair)) < 0)
                return r;

        *ret = TAKE_PTR(object);
        return 0;
}

static int print_json(Scanctl *scanctl, const FixList *list)
{
        _cleanup_json_ json_object *answer = json_object_new_object();
        json_object *fixes = json_object_new_array(), *fix, *closes;
        int r;

        r = answer ? json_add(answer, "fixes", fixes) : -ENOMEM;
        for (size_t i = 0; i < list->n_fixes && r >= 0; i++) {
                r = fix_json(&list->fixes[i], &fix);
                if (r >= 0)
                        r = json_append(fixes, fix);
        }
        if (r < 0 || (r = json_add_integer(answer, "schema", JSON_SCHEMA)) < 0 ||
            (r = json_add_time(answer, "generated", scanctl->now)) < 0 ||
            (r = finding_entries_json(list->closes, &closes)) < 0 ||
            (r = json_add(answer, "closes", closes)) < 0)
                return r;

        return json_print(scanctl->output.stream, answer);
}

/* ------------------------------------------------------------------ the verb */

int verb_fix(Scanctl *scanctl, char **operands, size_t n_operands)
{
        _cleanup_(fix_list_freep) FixList *list = NULL;
        _cleanup_(listing_filter_done) ListingFilter filter = {};
        _cleanup_free_ char *error = NULL;
        const Config *config;
        Store *store;
        int r;

        if (scanctl_config(scanctl, CONFIG_NEED_JUDGES, &config) < 0 ||
            scanctl_store(scanctl, &store) < 0)
                return EXIT_TROUBLE;
        r = listing_filter(scanctl, config, &filter);
        if (r != 0)
                return r;

        r = fix_list_new(store, config, &filter.filter, scanctl->now, &list, &error);
        if (r > 0)
                return listing_no_place(scanctl, r);
        if (r < 0)
                return error ? scanctl_error("%s", error)
                             : scanctl_failed(scanctl, "cannot find repairs", r);

        switch (scanctl->arguments.format) {
        case OUTPUT_TEXT:
                r = print_ldif(scanctl, list);
                break;
        case OUTPUT_JSON:
                r = print_json(scanctl, list);
                break;
        case OUTPUT_CSV:
                r = print_csv(scanctl, list);
                break;
        }

        return r < 0 ? scanctl_failed(scanctl, "cannot print the repairs", r) : EXIT_FINE;
}
