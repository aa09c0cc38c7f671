/* SPDX-License-Identifier: MIT */

/* What the server's answers mean for whoever reads the list, and what to do about it. */

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "daemon/check-internal.h"

enum {
        CLOCK_REMARK_SECONDS = 60, /* Kerberos ends at 300 */
        CLOCK_BAD_SECONDS = 300,
};

/* Every user has these, so that an account that sees a user without them may not read them. */
static const AttributeId mandatory[] = {
        ATTRIBUTE_SAM_ACCOUNT_NAME,
        ATTRIBUTE_OBJECT_SID,
        ATTRIBUTE_USER_ACCOUNT_CONTROL,
        ATTRIBUTE_USN_CHANGED,
};

void check_tell_clock(Check *check)
{
        int64_t apart = check->server_time - (int64_t)time(NULL);

        if (check->server_time == 0) {
                check_line(check, CHECK_REMARK, "clock", "the server does not tell its time");
                return;
        }

        apart = apart < 0 ? -apart : apart;
        check_line(check,
                   apart >= CLOCK_BAD_SECONDS     ? CHECK_BAD
                   : apart > CLOCK_REMARK_SECONDS ? CHECK_REMARK
                                                  : CHECK_GOOD,
                   "clock", "%" PRIi64 " s apart from the server's", apart);
        if (apart > CLOCK_REMARK_SECONDS)
                check_advice(check, "Let this machine take its time from the domain: chronyc "
                                    "sources, timedatectl.");
}

static void tell_deleted_objects(Check *check)
{
        const char *base = check->domain.naming_context;

        if (check->domain.tombstones_readable > 0) {
                check_line(check, CHECK_GOOD, "deleted objects", "can be seen");
                return;
        }

        check_line(check, CHECK_REMARK, "deleted objects", "%s",
                   check->domain.tombstones_readable == 0
                           ? "cannot be seen: deletions are noticed by a full read only"
                           : "none is seen: there are none, or the account may not list them");
        check_advice(check,
                     "As a domain administrator, once:\n"
                     "dsacls \"CN=Deleted Objects,%s\" /takeownership\n"
                     "dsacls \"CN=Deleted Objects,%s\" /g ACCOUNT:LCRP",
                     base, base);
}

static bool is_of_exchange(AttributeId attribute)
{
        return strncasecmp(attribute_name(attribute), "msExch", 6) == 0;
}

static void tell_schema(Check *check)
{
        const AttributeSet *missing = &check->domain.unreadable;
        _cleanup_buffer_ Buffer others = BUFFER_INIT;
        unsigned n_exchange = 0, n_others = 0;
        int r = 0;

        for (unsigned i = 1; i < ATTRIBUTE_MAX && r >= 0; i++) {
                AttributeId attribute = (AttributeId)i;

                if (!attribute_set_has(missing, attribute))
                        continue;
                if (is_of_exchange(attribute)) {
                        n_exchange++;
                        continue;
                }
                r = buffer_append_format(&others, "%s%s", n_others > 0 ? ", " : "",
                                         attribute_name(attribute));
                n_others++;
        }

        if (n_exchange == 0)
                check_line(check, CHECK_GOOD, "schema", "has Exchange's attributes");
        else {
                check_line(check, CHECK_REMARK, "schema", "lacks %u of Exchange's attributes",
                           n_exchange);
                check_advice(check,
                             "Rules that need them say nothing. That is as it should be where "
                             "Exchange never was in the forest.");
        }
        if (n_others > 0)
                check_line(check, CHECK_REMARK, "schema", "also lacks %s",
                           buffer_string(&others) ?: "others");
}

void check_tell_feed(Check *check)
{
        FeedStatus status;

        feed_status(check->feed, &status);
        check_line(check, CHECK_GOOD, "directory", "%s is a domain controller of %s", status.dc,
                   check->domain.name);
        if (!check->has_asked_vector || !check->has_vector) {
                check_line(check, CHECK_REMARK, "fail-over",
                           "the up-to-dateness vector cannot be read");
                check_advice(check,
                             "After a change of the domain controller everything is read anew. "
                             "A domain with a single one has none yet.");
        } else
                check_line(check, CHECK_GOOD, "fail-over", "the up-to-dateness vector can be read");

        tell_deleted_objects(check);
        check_line(check, CHECK_GOOD, "recycle bin", "%s",
                   check->domain.recycle_bin > 0    ? "is on"
                   : check->domain.recycle_bin == 0 ? "is off"
                                                    : "is not known");
        tell_schema(check);
}

void check_tell_sample(Check *check)
{
        _cleanup_buffer_ Buffer hidden = BUFFER_INIT;
        unsigned asked = check->search.page_size;
        int r = 0;

        if (check->has_more && check->n_objects < asked) {
                check_line(check, CHECK_REMARK, "page", "%u objects came where %u were asked for",
                           check->n_objects, asked);
                check_advice(check, "The server's MaxPageSize is lower than PageSize=: more round "
                                    "trips, nothing else.");
        } else
                check_line(check, CHECK_GOOD, "page", "%u object%s came%s", check->n_objects,
                           check->n_objects == 1 ? "" : "s",
                           check->has_more ? ", and there are more" : "");

        for (size_t i = 0; i < ARRAY_SIZE(mandatory) && r >= 0; i++)
                if (!attribute_set_has(check->n_users > 1 ? &check->shown_by_users
                                                          : &check->seen_on_users,
                                       mandatory[i]))
                        r = buffer_append_format(&hidden, "%s%s", hidden.size > 0 ? ", " : "",
                                                 attribute_name(mandatory[i]));

        if (check->n_users == 0) {
                check_line(check, CHECK_REMARK, "rights", "no user is among them");
                check_advice(check,
                             "An account that may not read users sees none. Are they in this "
                             "domain?");
        } else if (hidden.size > 0) {
                check_line(check, CHECK_BAD, "rights", "hardly one of %u users shows %s",
                           check->n_users, buffer_string(&hidden) ?: "what all have");
                check_advice(check,
                             "Let the account read all properties of users, as Authenticated "
                             "Users usually may:\n"
                             "dsacls \"%s\" /I:S /g \"ACCOUNT:RP;;user\"",
                             check->domain.naming_context);
        } else
                check_line(check, CHECK_GOOD, "rights", "what every user has can be read");
}

/* More values than so many at once come in ranges, which costs round trips for large groups. */
void check_tell_limits(Check *check)
{
        enum { RANGE_USUAL = 1500 };

        if (check->page_limit == 0 || check->range_limit == 0) {
                check_line(check, CHECK_REMARK, "limits",
                           "the query policy does not tell how much comes at once");
                check_advice(check, "What comes is taken as it comes: nothing is lost by that.");
                return;
        }

        check_line(check,
                   check->page_limit < check->config->page_size || check->range_limit < RANGE_USUAL
                           ? CHECK_REMARK
                           : CHECK_GOOD,
                   "limits",
                   "%" PRIi64 " objects a page, %" PRIi64 " values of an attribute at once",
                   check->page_limit, check->range_limit);
        if (check->page_limit < check->config->page_size || check->range_limit < RANGE_USUAL)
                check_advice(check, "Less than Active Directory's own: more round trips, nothing "
                                    "else. ntdsutil, \"ldap policies\", has changed it.");
}

void check_tell_connector(Check *check)
{
        const char *wanted = check->config->tenant.connector_account;

        if (check->connector)
                check_line(check, CHECK_GOOD, "Entra Connect", "its account is %s",
                           check->connector);
        else if (wanted)
                check_line(check, CHECK_REMARK, "Entra Connect",
                           "there is no account %s, which ConnectorAccount= names", wanted);
        else
                check_line(check, CHECK_REMARK, "Entra Connect",
                           "no account is called MSOL_…: ConnectorAccount= can name it");
}

/* The feed found that the server cannot be followed. */
void check_tell_failure(Check *check, FeedFailure failure)
{
        /* clang-format off */
        static const struct {
                FeedFailure failure;
                const char *text;
        } advices[] = {
                { FEED_NOT_AD, "Servers= must name domain controllers of Active Directory, and the port that of LDAP, not of a global catalog." },
                { FEED_WRONG_DOMAIN, "Name the section [domain NAME] after the domain, or other domain controllers by Servers=." },
                { FEED_READ_ONLY_DC, "Name a writable domain controller by Servers=, or a Site= that has one." },
                { FEED_NOT_SYNCHRONIZED, "It has just been set up. Wait, or name another one by Servers=." },
                { FEED_NOT_PERMITTED, "Is the account a member of Authenticated Users, and not denied to read? A guest is not enough." },
                { FEED_SCHEMA, "Every account of the domain may read the schema, as it is delivered. Look who took that away." },
        };
        /* clang-format on */

        check_line(check, CHECK_BAD, "directory", "%s (%s)", feed_failure_text(failure),
                   feed_failure_code(failure));
        for (size_t i = 0; i < ARRAY_SIZE(advices); i++)
                if (advices[i].failure == failure)
                        check_advice(check, "%s", advices[i].text);
}
