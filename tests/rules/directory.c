/* SPDX-License-Identifier: MIT */
#include "tests/rules/directory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/dn.h"
#include "lib/core/ldif.h"

void directory_init(Directory *directory, const Config *config)
{
        *directory = (Directory){ .config = config };
}

void directory_done(Directory *directory)
{
        for (size_t i = 0; i < directory->n_entries; i++) {
                object_free(directory->entries[i].object);
                outcome_free(directory->entries[i].outcome);
                for (size_t k = 0; k < directory->entries[i].n_past; k++)
                        free((void *)directory->entries[i].past[k].old_value.data);
                free(directory->entries[i].past);
                fact_list_done(&directory->entries[i].facts);
                free(directory->entries[i].verdicts);
        }
        for (size_t i = 0; i < directory->n_domains; i++) {
                free(directory->contexts[i]);
                free(directory->domains[i]);
        }
        for (size_t i = 0; i < directory->n_keys; i++)
                key_outcome_free(directory->keys[i]);
        free(directory->entries);
        free(directory->contexts);
        free(directory->domains);
        free(directory->keys);
        *directory = (Directory){};
}

/* Room for one more element of an array. */
static int array_grow(void *pointer, size_t n, size_t size)
{
        void **array = pointer;
        void *grown = reallocarray(*array, n + 1, size);

        if (!grown)
                return -ENOMEM;

        *array = grown;
        return 0;
}

static int directory_add_domain(Directory *directory, const char *name)
{
        const Config *config = directory->config;
        const DomainConfig *domain_config = config_find_domain(config, name);
        EvaluateContext *context;
        size_t n = directory->n_domains;
        int r;

        r = array_grow(&directory->domains, n, sizeof(*directory->domains));
        if (r >= 0)
                r = array_grow(&directory->contexts, n, sizeof(*directory->contexts));
        if (r < 0)
                return r;

        context = calloc(1, sizeof(*context));
        directory->domains[n] = strdup(name);
        directory->contexts[n] = context;
        directory->n_domains++;
        if (!context || !directory->domains[n])
                return -ENOMEM;

        *context = (EvaluateContext){
                .tenant = &config->tenant,
                .settings = config->rules,
                .n_settings = config->n_rules,
                .scope = domain_config ? domain_config->scope.parsed : NULL,
                .domain = directory->domains[n],
                .selected = true,
                .all_forests_scanned = true,
                .now = DIRECTORY_NOW,
        };
        return 0;
}

/* The number of the domain that the DC= parts spell. */
static int directory_find_domain(Directory *directory, const Object *object)
{
        _cleanup_buffer_ Buffer name = BUFFER_INIT;
        int r;

        r = dn_to_domain((Slice){ object->dn.data, object->dn.size }, &name);
        if (r < 0)
                return r;
        if (!buffer_string(&name))
                return -ENOMEM;

        for (size_t i = 0; i < directory->n_domains; i++)
                if (strcmp(directory->domains[i], buffer_string(&name)) == 0)
                        return (int)i;

        r = directory_add_domain(directory, buffer_string(&name));
        return r < 0 ? r : (int)directory->n_domains - 1;
}

static int directory_add(Directory *directory, Object **object)
{
        DirectoryEntry *entry;
        int r;

        r = array_grow(&directory->entries, directory->n_entries, sizeof(*directory->entries));
        if (r < 0)
                return r;

        entry = &directory->entries[directory->n_entries++];
        *entry = (DirectoryEntry){ .object = TAKE_PTR(*object) };

        r = directory_find_domain(directory, entry->object);
        if (r < 0)
                return r;

        entry->domain = (unsigned)r;
        return outcome_new(&entry->outcome);
}

/* What surveys find out beside the search, and files hold themselves. */
static void add_surveyed(AttributeSet *set)
{
        for (size_t i = 0; i < rule_count(); i++)
                if (rule_is_on_demand(rule_at(i)))
                        for (AttributeId attribute = 1; attribute < ATTRIBUTE_MAX; attribute++)
                                if (attribute_name(attribute) &&
                                    rule_watches(rule_at(i), attribute))
                                        attribute_set_add(set, attribute);
}

/* The object as a domain controller answers the search for it: with what is asked for, and nothing else is known. */
static int object_as_asked(const Config *config, Object **object)
{
        _cleanup_(object_freep) Object *asked = NULL;
        AttributeSet wanted = {};
        int r;

        config_attributes(config, &wanted);
        add_surveyed(&wanted);
        r = object_new(&asked);
        if (r >= 0)
                r = object_set_dn(asked, (const char *)(*object)->dn.data, (*object)->dn.size);
        for (size_t i = 0; i < (*object)->n_values && r >= 0; i++) {
                const Value *value = &(*object)->values[i];

                if (attribute_set_has(&wanted, value->attribute))
                        r = object_add_copy(asked, value->attribute, value->data, value->size);
        }
        if (r >= 0)
                r = object_seal(asked);
        if (r < 0)
                return r;

        asked->known = wanted;
        (void)object_free(*object);
        *object = TAKE_PTR(asked);
        return 0;
}

int directory_read(Directory *directory, const char *path)
{
        _cleanup_(ldif_reader_freep) LdifReader *reader = NULL;
        FILE *file = fopen(path, "re");
        int r = file ? ldif_reader_new(&reader, file) : -errno;

        while (r >= 0) {
                _cleanup_(object_freep) Object *object = NULL;
                const char *error = NULL;
                LdifChange change;

                r = object_new(&object);
                if (r >= 0)
                        r = ldif_read(reader, object, &change, &error);
                if (r == LDIF_END) {
                        fclose(file);
                        return 0;
                }
                if (r == -EBADMSG)
                        printf("# %s: %s\n", path, error);
                if (r >= 0 && directory->is_as_asked)
                        r = object_as_asked(directory->config, &object);
                if (r >= 0)
                        r = directory_add(directory, &object);
        }

        printf("# %s: %s\n", path, strerror(-r));
        if (file)
                fclose(file);
        return r;
}

static bool parse_past_type(const char *word, PastType *ret)
{
        static const char *const names[] = {
                [PAST_UPN_CHANGED] = "upn-changed",
                [PAST_ANCHOR_CHANGED] = "anchor-changed",
                [PAST_RESTORED] = "restored",
        };

        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                if (strcmp(names[i], word) == 0) {
                        *ret = (PastType)i;
                        return true;
                }
        return false;
}

int directory_add_past(Directory *directory, size_t index, const char *words)
{
        DirectoryEntry *entry = &directory->entries[index];
        char *type = NULL, *age = NULL, *rest = NULL;
        PastEvent event = {};
        int r, n;

        n = sscanf(words, "%ms %ms %m[^\n]", &type, &age, &rest);
        r = n >= 2 && fact_age(age, DIRECTORY_NOW, &event.at) ? 0 : -EBADMSG;
        if (r == 0 && strcmp(type, "deleted") == 0)
                entry->deleted_at = event.at;
        else if (r == 0 && parse_past_type(type, &event.type)) {
                Slice value = { (uint8_t *)rest, rest ? strlen(rest) : 0 };

                r = array_grow(&entry->past, entry->n_past, sizeof(*entry->past));
                if (event.type == PAST_RESTORED)
                        event.value = value;
                else
                        event.old_value = value;
                event.old_value.data = value.data; /* which the entry owns */
                if (r == 0) {
                        entry->past[entry->n_past++] = event;
                        rest = NULL;
                }
        } else
                r = -EBADMSG;

        free(type);
        free(age);
        free(rest);
        return r;
}

int directory_add_measure(Directory *directory, size_t index, const char *words)
{
        static const struct {
                const char *words;
                AttributeId attribute;
                const char *n;
        } rows[] = {
                { "write-back denied", ATTRIBUTE_WRITE_BACK_DENIED, "1" },
                { "read denied", ATTRIBUTE_READ_DENIED, "1" },
                { "manager out-of-scope", ATTRIBUTE_MANAGER_FATE, "1" },
                { "manager excluded", ATTRIBUTE_MANAGER_FATE, "2" },
                { "members absent", ATTRIBUTE_MEMBER_ABSENT, "1" },
                { "certificates 15", ATTRIBUTE_USER_CERTIFICATE_COUNT, "15" },
                { "certificates 16", ATTRIBUTE_USER_CERTIFICATE_COUNT, "16" },
        };
        Object *object = directory->entries[index].object;

        words += strspn(words, " ");
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
                if (strncmp(words, rows[i].words, strcspn(words, "\n")) == 0) {
                        int r = object_add_string(object, rows[i].attribute, rows[i].n);

                        return r < 0 ? r : object_seal(object);
                }
        return -EBADMSG;
}

int directory_add_fact(Directory *directory, size_t index, const char *words)
{
        DirectoryEntry *entry = &directory->entries[index];

        if (!entry->has_facts) {
                const char *dn = buffer_string(&entry->object->dn);

                if (!dn)
                        return -ENOMEM;
                fact_list_init(&entry->facts, dn, DIRECTORY_NOW);
                entry->has_facts = true;
        }
        return fact_list_add(&entry->facts, words);
}

/* Domains below one another are one forest, numbered by the shortest of them. */
static unsigned directory_forest(const Directory *directory, unsigned domain)
{
        unsigned forest = domain;

        for (unsigned i = 0; i < directory->n_domains; i++) {
                const char *name = directory->domains[domain], *above = directory->domains[i];
                size_t n = strlen(name), n_above = strlen(above);

                if (n_above < strlen(directory->domains[forest]) && n > n_above &&
                    name[n - n_above - 1] == '.' && strcmp(name + n - n_above, above) == 0)
                        forest = i;
        }
        return forest;
}

static int entry_add_verdict(DirectoryEntry *entry, const Verdict *verdict)
{
        int r;

        r = array_grow(&entry->verdicts, entry->n_verdicts, sizeof(*entry->verdicts));
        if (r < 0)
                return r;

        entry->verdicts[entry->n_verdicts++] = *verdict;
        return 0;
}

static int entry_judge_past(DirectoryEntry *entry)
{
        const Past past = {
                .events = entry->past,
                .n_events = entry->n_past,
                .now = DIRECTORY_NOW,
                .deleted_at = entry->deleted_at,
                .recycle_bin = 1,
                .lifetime_days = 180,
        };

        if (past.n_events == 0 && past.deleted_at == 0)
                return 0;
        return evaluate_past(entry->context, entry->object, &past, entry->outcome);
}

static int directory_judge_objects(Directory *directory)
{
        for (size_t i = 0; i < directory->n_entries; i++) {
                DirectoryEntry *entry = &directory->entries[i];
                int r;

                entry->context = directory->contexts[entry->domain];
                entry->forest = directory_forest(directory, entry->domain);
                r = entry->has_facts
                            ? evaluate_directory(entry->context, &entry->facts.facts,
                                                 entry->outcome)
                            : evaluate_object(entry->context, entry->object, entry->outcome);
                if (r >= 0)
                        r = entry_judge_past(entry);
                if (r < 0)
                        return r;

                entry->in_scope = !entry->outcome->is_excluded &&
                                  entry->outcome->left_out == LEFT_OUT_NOT &&
                                  entry->deleted_at == 0;
                for (size_t k = 0; k < entry->outcome->n_verdicts && r >= 0; k++)
                        r = entry_add_verdict(entry, &entry->outcome->verdicts[k]);
                if (r < 0)
                        return r;
        }

        return 0;
}

typedef struct Reference {
        DirectoryEntry *entry;
        const Claim *claim;
} Reference;

static int slice_compare(Slice a, Slice b)
{
        size_t shared = a.size < b.size ? a.size : b.size;
        int order = shared > 0 ? memcmp(a.data, b.data, shared) : 0;

        return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}

/* By space, the join space first; then by what is equal. */
static int reference_compare(const void *a, const void *b)
{
        const Claim *left = ((const Reference *)a)->claim, *right = ((const Reference *)b)->claim;
        int left_space = left->space == KEY_JOIN ? 0 : (int)left->space;
        int right_space = right->space == KEY_JOIN ? 0 : (int)right->space;

        if (left_space != right_space)
                return left_space - right_space;
        return slice_compare(left->folded, right->folded);
}

static int entry_exclude(DirectoryEntry *entry)
{
        size_t n = 0;

        entry->in_scope = false;
        for (size_t i = 0; i < entry->n_verdicts; i++)
                if (verdict_outlives_exclusion(&entry->verdicts[i]))
                        entry->verdicts[n++] = entry->verdicts[i];
        entry->n_verdicts = n;
        return 0;
}

static int directory_take(const Reference *references, size_t n, const KeyOutcome *outcome)
{
        int r = 0;

        for (size_t i = 0; i < n && r >= 0; i++) {
                DirectoryEntry *entry = references[i].entry;
                const HolderVerdicts *mark = &outcome->holders[i];

                if (mark->is_join_excluded)
                        r = entry_exclude(entry);
                for (size_t k = mark->first; k < mark->first + mark->n && r >= 0; k++)
                        r = entry_add_verdict(entry, &outcome->outcome->verdicts[k]);
        }

        return r;
}

static int directory_judge_key(Directory *directory, const Reference *references, size_t n)
{
        _cleanup_free_ Holder *holders = calloc(n, sizeof(*holders));
        KeyOutcome *outcome;
        int r;

        if (!holders)
                return -ENOMEM;

        for (size_t i = 0; i < n; i++)
                holders[i] = (Holder){
                        .context = references[i].entry->context,
                        .object = references[i].entry->object,
                        .outcome = references[i].entry->outcome,
                        .claim = references[i].claim,
                        .in_scope = references[i].entry->in_scope,
                        .deleted_at = references[i].entry->deleted_at,
                        .domain = references[i].entry->domain,
                        .forest = references[i].entry->forest,
                };

        r = array_grow(&directory->keys, directory->n_keys, sizeof(*directory->keys));
        if (r >= 0)
                r = key_outcome_new(&outcome);
        if (r < 0)
                return r;

        directory->keys[directory->n_keys++] = outcome;
        r = evaluate_key(references[0].claim->space, holders, n, outcome);
        return r < 0 ? r : directory_take(references, n, outcome);
}

static int directory_judge_keys(Directory *directory)
{
        _cleanup_free_ Reference *references = NULL;
        size_t n = 0, n_claims = 0;
        int r = 0;

        for (size_t i = 0; i < directory->n_entries; i++)
                n_claims += directory->entries[i].outcome->n_claims;

        references = calloc(n_claims + 1, sizeof(*references));
        if (!references)
                return -ENOMEM;

        for (size_t i = 0; i < directory->n_entries; i++) {
                const Outcome *outcome = directory->entries[i].outcome;

                for (size_t k = 0; k < outcome->n_claims; k++)
                        references[n++] =
                                (Reference){ &directory->entries[i], &outcome->claims[k] };
        }
        qsort(references, n, sizeof(*references), reference_compare);

        for (size_t first = 0, end; first < n && r >= 0; first = end) {
                for (end = first + 1; end < n; end++)
                        if (reference_compare(&references[first], &references[end]) != 0)
                                break;

                r = directory_judge_key(directory, references + first, end - first);
        }

        return r;
}

int directory_judge(Directory *directory)
{
        int r;

        r = directory_judge_objects(directory);
        if (r < 0)
                return r;

        return directory_judge_keys(directory);
}
