/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * LDAP filters (RFC 4515) as Active Directory evaluates them: an absent attribute makes a term false, so
 * that NOT over it is true; an unknown attribute (never asked for, not in the schema, not readable) makes it
 * undefined, and undefined stays so through NOT. Matching rules: bit-and 1.2.840.113556.1.4.803, bit-or …804, and for memberOf,
 * manager and directReports in-chain …1941: who is in a group through any number of others is found among the values of
 * ATTRIBUTE_MEMBER_OF_CHAIN, and likewise for the others (attribute_in_chain()).
 *
 * Values compare by the attribute's syntax: strings by their AD fold (text.h), integers as 64 bits, names by
 * dn_normalize(). GUIDs and SIDs are taken as bytes (\e4\9b…) or in their text form, and objectCategory as the name of a
 * class, all as a domain controller does. The order that >= and <= know of strings is that of the folded bytes,
 * which for letters beyond ASCII is not Windows' order.
 */

#include "lib/core/object.h"
#include "lib/core/text.h"

typedef struct Filter Filter;

typedef enum Truth {
        TRUTH_FALSE,
        TRUTH_TRUE,
        TRUTH_UNDEFINED,
} Truth;

/*
 * Parses. Blanks and line breaks between the parts are fine, so that long filters can be written over several lines. 0,
 * -ENOMEM, or -EINVAL with a sentence in *ret_error (caller frees) that quotes where it went wrong. Such errors are, besides
 * bad syntax: attributes that scand does not know, values that are not of the attribute's syntax, the in-chain rule
 * (…1941) for other attributes, other matching rules, and what AD itself would never find, such as substrings of a DN.
 */
int filter_parse(const char *string, Filter **ret, char **ret_error);
Filter *filter_free(Filter *filter);
DEFINE_CLEANUP(Filter, filter_free)

/*
 * Evaluates. 0 with *ret, or -ENOMEM. objectGUID, parentGUID, uSNChanged and distinguishedName are taken from the object's own
 * fields where they are not among its values.
 */
int filter_evaluate(const Filter *filter, const Object *object, Truth *ret);

/* Adds the attributes that the filter reads. */
void filter_attributes(const Filter *filter, AttributeSet *set);

/*
 * Adds attributes of which an object must have one for the filter to be true of it. false: it may be true of one that has no value
 * at all, whatever was added.
 */
bool filter_wants(const Filter *filter, AttributeSet *set);

/* Adds attributes of which an object that has one cannot make the filter true: those of (!(attribute=*)). */
void filter_bars(const Filter *filter, AttributeSet *set);

/*
 * The objects of which it asks who is linked with them, such as groups: "(memberOf=DN)", "(memberOf:…1941:=DN)" and what else
 * attribute_is_link(), each as often as it stands there. false: past the end. *ret_dn is the filter's.
 */
bool filter_group(const Filter *filter, size_t index, AttributeId *ret_attribute, Slice *ret_dn);

/* Does it ask whether there is any value of the attribute? */
bool filter_asks_presence(const Filter *filter, AttributeId attribute);

/* The one that stands first in it. */
AttributeId filter_first_attribute(const Filter *filter);

/*
 * Writes the filter in RFC 4515's form, such as ldapsearch takes; parsing that gives the same filter. Appends. 0, or
 * -ENOMEM with the buffer unchanged.
 */
int filter_print(const Filter *filter, Buffer *buffer);

/* Appends a value as a filter's text may hold it: what would mean something there is written in hexadecimal. 0 or -ENOMEM. */
int filter_escape(Slice value, Buffer *buffer);
