/* SPDX-License-Identifier: MIT */

/* Writes the source of scand-rules(7), from the rules themselves: what the page says cannot be other than what is judged. */

#include <stdio.h>
#include <string.h>

#include "lib/core/rule.h"
#include "lib/core/util.h"

static const char head[] = "scand-rules(7)\n"
                           "\n"
                           "# NAME\n"
                           "\n"
                           "scand-rules - what scand flags, why, and what to do about it\n"
                           "\n"
                           "# DESCRIPTION\n"
                           "\n"
                           "Each rule has a name, by which *scanctl findings --rule* and a section "
                           "[rule _NAME_] in *scand.conf*(5) know it, a class, a\n"
                           "severity and a certainty.\n"
                           "\n"
                           "*Class*: what happens to the object. _Excluded_ objects never reach "
                           "Entra ID, and no error is shown anywhere. Where a rule\n"
                           "_fails_, the export of the object does. _Altered_ objects arrive with "
                           "other values than the directory holds, without an\n"
                           "error. _Directory_ rules are about the domain or the tenant.\n"
                           "\n"
                           "*Severity*: errors and warnings want to be looked at. Notices are "
                           "expected, or matter to few; they are listed on demand.\n"
                           "What is quiet, such as a disabled account, a room or a shared mailbox, "
                           "is often a notice where a person would be an error.\n"
                           "\n"
                           "*Certainty*: a finding is _probable_ where Microsoft's documents "
                           "differ, or where it rests on something that scand was not\n"
                           "told, as [tenant] in *scand.conf*(5) could.\n"
                           "\n"
                           "Only objects in scope are judged: inside the configured OUs. What is "
                           "certainly excluded neither fails nor arrives altered, and\n"
                           "its values dispute nobody's. Objects that the connector joins to one "
                           "person do not dispute with each other.\n"
                           "\n"
                           "A filter can be pasted into *ldapsearch*(1). Active Directory takes "
                           "the negation of an absent attribute as true.\n";

static const char tail[] = "\n"
                           "# SEE ALSO\n"
                           "\n"
                           "*scanctl*(1), *scand.conf*(5), *scand*(8)\n";

static const struct {
        RuleClass class;
        const char *title;
} sections[] = {
        { RULE_EXCLUDED, "EXCLUDED" },
        { RULE_FAILS, "FAILS" },
        { RULE_ALTERED, "ALTERED" },
        { RULE_DIRECTORY, "DIRECTORY" },
};

static const struct {
        Kind kind;
        const char *plural;
} kinds[] = {
        { KIND_USER, "users" },        { KIND_INETORGPERSON, "inetOrgPersons" },
        { KIND_CONTACT, "contacts" },  { KIND_GROUP, "groups" },
        { KIND_CONTAINER, "domains" },
};

/* Text of the table may hold anything that scdoc takes for its own. */
static void put_text(const char *text)
{
        for (; *text; text++) {
                if (strchr("\\_*[]`+|", *text))
                        (void)putchar('\\');
                (void)putchar(*text == '\n' ? ' ' : *text);
        }
}

static void put_entry(const char *label, const char *text)
{
        if (!text || !*text)
                return;

        (void)printf("*%s*\n\t", label);
        put_text(text);
        (void)puts("\n");
}

/* As it is, and never hyphenated: it is for pasting. */
static void put_filter(const char *filter)
{
        if (filter)
                (void)printf("*Filter*\n\n```\n%s\n```\n\n", filter);
}

static void put_kinds(const Rule *rule)
{
        const char *separator = "";

        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
                if (rule_kinds(rule) & kind_mask(kinds[i].kind)) {
                        (void)printf("%s%s", separator, kinds[i].plural);
                        separator = ", ";
                }
}

static void put_rule(const Rule *rule)
{
        (void)printf("\n## %s\n\n", rule_id(rule));
        put_text(rule_title(rule));
        (void)printf(" (%s, %s; ", severity_name(rule_severity(rule)),
                     certainty_name(rule_certainty(rule)));
        put_kinds(rule);
        (void)puts(")\n");

        put_entry("When", rule_condition(rule));
        put_filter(rule_filter(rule));
        put_entry("Assumes, where [tenant] does not say", rule_assumes(rule));
        put_entry("What to do", rule_advice(rule));
        put_entry("Rests on", rule_source(rule));
}

int main(void)
{
        (void)fputs(head, stdout);

        for (size_t i = 0; i < ARRAY_SIZE(sections); i++) {
                bool is_empty = true;

                for (size_t k = 0; k < rule_count(); k++) {
                        if (rule_class(rule_at(k)) != sections[i].class)
                                continue;
                        if (is_empty)
                                (void)printf("\n# %s\n", sections[i].title);
                        is_empty = false;
                        put_rule(rule_at(k));
                }
        }

        (void)fputs(tail, stdout);
        return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
