/* SPDX-License-Identifier: MIT */

/*
 * What the search never brings, of those few objects of which it matters: once a day, after the accounts of connectors were looked at, the
 * domain controller is asked for them by filters that name nobody else. A survey that comes to its end replaces what the last one
 * found; any refusal leaves things as they were.
 */

#include <errno.h>
#include <stdlib.h>

#include "lib/core/descriptor.h"
#include "lib/core/facts.h"
#include "lib/state/feed-internal.h"

/* mS-DS-ConsistencyGuid, as entries about this one attribute name it: [MS-ADA2]. It is in no property set. */
static const Guid consistency_guid = { { 0xc2, 0x3d, 0x77, 0x23, 0x3a, 0xb6, 0xd2, 0x11, 0x90, 0xe1,
                                         0x00, 0xc0, 0x4f, 0xd9, 0x1a, 0xb1 } };

/* More than the connector exports: how many more there are does not matter. */
#define CERTIFICATES_ASKED 16

/* So few weigh nothing, with whatever else: see object-too-large. */
#define CERTIFICATES_LEAST 4

/* Certificates come whole, and take two kilobytes each. */
#define CERTIFICATES_PAGE 200

/* Of so many it is asked who names them: whoever has more out of scope has no use for a list of them. */
#define ABSENT_MOST  5000
#define ABSENT_CHUNK 50

typedef struct Survey {
        AttributeId
                attribute; /* of Measure: what it finds out; ATTRIBUTE_NONE: nothing of single objects */
        const char *filter;
        const char *link;    /* asks who names somebody in it whom the survey before has listed */
        bool lists;          /* for the next one, which needs all of it */
        AttributeId asks[3]; /* beside objectGUID */
        AttributeId ranged;  /* its first values only */
        bool only_dacl;
        unsigned page_size;           /* 0: as large as any */
        int (*is_wanted)(Feed *feed); /* 1, 0 or negative; NULL: always */
        int (*entry)(Feed *feed, const Object *object);
        int (*finish)(Feed *feed); /* it has come to its end: what else is kept of it */
} Survey;

void feed_survey_done(FeedSurvey *survey)
{
        measure_list_done(&survey->found);
        measure_list_done(&survey->absent);
        foreign_count_done(&survey->foreign);
        cache_row_done(&survey->row);
}

/* ------------------------------------------------------------------ certificates */

static int count_values(Feed *feed, const Object *object, AttributeId attribute,
                        AttributeId measured)
{
        size_t n;

        (void)object_values(object, attribute, &n);
        return n >= CERTIFICATES_LEAST
                       ? measure_list_add(&feed->survey.found, &object->guid, measured, (int64_t)n)
                       : 0;
}

static int certificates_entry(Feed *feed, const Object *object)
{
        return count_values(feed, object, ATTRIBUTE_USER_CERTIFICATE,
                            ATTRIBUTE_USER_CERTIFICATE_COUNT);
}

static int smime_certificates_entry(Feed *feed, const Object *object)
{
        return count_values(feed, object, ATTRIBUTE_USER_SMIME_CERTIFICATE,
                            ATTRIBUTE_USER_SMIME_CERTIFICATE_COUNT);
}

/* ------------------------------------------------------------------ who cannot be written to */

/* Of so many people of the scope it is seen whether the connector writes to them at all. */
#define WRITTEN_SAMPLE 1000

static int is_written(Feed *feed, int64_t id)
{
        static const AttributeSet everything = { { ~UINT64_C(0), ~UINT64_C(0), ~UINT64_C(0) } };
        _cleanup_(object_freep) Object *object = NULL;
        int r;

        r = cache_get(feed->store, id, &feed->survey.row);
        if (r <= 0)
                return r;

        r = object_new(&object);
        if (r >= 0)
                r = cache_row_object(&feed->survey.row, (Slice){}, &everything, object);
        if (r < 0)
                return r == -EBADMSG ? -EUCLEAN : r;
        return object_has(object, ATTRIBUTE_MS_DS_CONSISTENCY_GUID);
}

/* Where most have it, the connector writes it, and who lacks it is an exception. 1, 0 or negative. */
static int most_are_written(Feed *feed)
{
        _cleanup_statement_ Statement *row = store_statement(feed->store, QUERY_SURVEY_SAMPLE);
        int64_t n = 0, n_written = 0;
        int r;

        statement_bind_integer(row, ":first", cache_first_id(feed->domain->id));
        statement_bind_integer(row, ":last", cache_last_id(feed->domain->id));
        statement_bind_integer(row, ":user", KIND_USER);
        statement_bind_integer(row, ":inetorgperson", KIND_INETORGPERSON);
        statement_bind_integer(row, ":most", WRITTEN_SAMPLE);
        while ((r = statement_step(row)) > 0) {
                int written = is_written(feed, statement_integer(row, COLUMN_SURVEY_SAMPLE_ID));

                if (written < 0)
                        return written;
                n++;
                n_written += written;
        }
        return r < 0 ? r : n_written * 2 > n;
}

static int write_back_is_wanted(Feed *feed)
{
        const Tenant *tenant = &feed->settings.config->tenant;

        if (feed->connectors.sids.size == 0 ||
            tenant->source_anchor != ATTRIBUTE_MS_DS_CONSISTENCY_GUID)
                return 0;
        return most_are_written(feed);
}

static int write_back_entry(Feed *feed, const Object *object)
{
        const Value *value = object_value(object, ATTRIBUTE_NT_SECURITY_DESCRIPTOR);
        const Slice who = { feed->connectors.sids.data, feed->connectors.sids.size };
        Descriptor descriptor;

        if (!value || descriptor_parse(value->data, value->size, &descriptor) < 0 ||
            descriptor_access(&descriptor, who, RIGHT_WRITE_PROPERTY, &consistency_guid) ==
                    ACCESS_IS_GRANTED)
                return 0;
        return measure_list_add(&feed->survey.found, &object->guid, ATTRIBUTE_WRITE_BACK_DENIED, 1);
}

/* ------------------------------------------------------------------ who cannot be read */

static int read_is_wanted(Feed *feed)
{
        return feed->connectors.sids.size > 0;
}

static int read_entry(Feed *feed, const Object *object)
{
        static const Guid any = GUID_NULL;
        const Value *value = object_value(object, ATTRIBUTE_NT_SECURITY_DESCRIPTOR);
        const Slice who = { feed->connectors.sids.data, feed->connectors.sids.size };
        Descriptor descriptor;

        if (!value || descriptor_parse(value->data, value->size, &descriptor) < 0 ||
            descriptor_access(&descriptor, who, RIGHT_READ_PROPERTY, &any) == ACCESS_IS_GRANTED)
                return 0;
        return measure_list_add(&feed->survey.found, &object->guid, ATTRIBUTE_READ_DENIED, 1);
}

/* ------------------------------------------------------------------ managers and members who do not arrive */

/* Why it does not arrive; 0: it does, or nobody knows; negative. */
static int absent_fate(Feed *feed, const Guid *guid)
{
        CacheRow *row = &feed->survey.row;
        int r;

        r = cache_find(feed->store, feed->domain->id, guid, row);
        if (r <= 0 || row->deleted_at != 0)
                return r < 0 ? r : 0;

        if (row->excluded & (CACHE_EXCLUDED | CACHE_JOIN_EXCLUDED))
                return ABSENT_EXCLUDED;
        return row->in_scope ? 0 : ABSENT_OUT_OF_SCOPE;
}

static int absent_entry(Feed *feed, const Object *object)
{
        MeasureList *absent = &feed->survey.absent;
        int fate;

        if (absent->n >= ABSENT_MOST)
                return 0;
        fate = absent_fate(feed, &object->guid);
        return fate > 0 ? measure_list_add(absent, &object->guid, ATTRIBUTE_NONE, fate) : fate;
}

static int compare_fates(const void *a, const void *b)
{
        const Measure *x = a, *y = b;

        return (x->n > y->n) - (x->n < y->n);
}

/* Whoever is asked for together has one fate, because the answer does not tell who is named. */
static int absent_filter(Feed *feed, const Survey *asked)
{
        FeedSurvey *survey = &feed->survey;
        const MeasureList *absent = &survey->absent;
        int r;

        if (survey->absent_at == 0 && absent->n > 0)
                qsort(absent->entries, absent->n, sizeof(*absent->entries), compare_fates);

        survey->absent_next = survey->absent_at;
        buffer_reset(&feed->filter);
        r = buffer_append_format(&feed->filter, "(&%s(|", asked->filter);
        for (size_t n = 0; n < ABSENT_CHUNK && survey->absent_next < absent->n && r >= 0; n++) {
                const Measure *one = &absent->entries[survey->absent_next];
                char text[GUID_STRING_SIZE];

                if (one->n != absent->entries[survey->absent_at].n)
                        break;
                guid_format(&one->guid, text);
                r = buffer_append_format(&feed->filter, "(%s=<GUID=%s>)", asked->link, text);
                survey->absent_next++;
        }
        return r < 0 ? r : buffer_append_string(&feed->filter, "))");
}

static int somebody_is_absent(Feed *feed)
{
        return feed->survey.absent.n > 0;
}

static int reports_entry(Feed *feed, const Object *object)
{
        const FeedSurvey *survey = &feed->survey;

        return measure_list_add(&feed->survey.found, &object->guid, ATTRIBUTE_MANAGER_FATE,
                                survey->absent.entries[survey->absent_at].n);
}

/* A group may have members of both fates, and comes once for each chunk of them. */
static int groups_entry(Feed *feed, const Object *object)
{
        return measure_list_add(&feed->survey.found, &object->guid, ATTRIBUTE_MEMBER_ABSENT, 1);
}

/* ------------------------------------------------------------------ people of other domains */

static int has_other_domains(Feed *feed)
{
        return feed->settings.config->n_domains > 1;
}

/* Who is not read so far cannot be anybody's member: it is asked again before the day is over. */
static int64_t next_time(Feed *feed)
{
        _cleanup_statement_ Statement *row = store_statement(feed->store, QUERY_FOREIGN_UNREADY);
        int r = statement_step(row);

        if (r <= 0)
                return r < 0 ? r : -EUCLEAN;
        return feed->now + (statement_integer(row, COLUMN_FOREIGN_UNREADY_N) > 0 ? FEED_AGAIN_MS
                                                                                 : FEED_RIGHTS_MS);
}

static int foreign_entry(Feed *feed, const Object *object)
{
        return foreign_count_add(&feed->survey.foreign, feed->store, feed->domain->id, object);
}

static int foreign_finish(Feed *feed)
{
        return foreign_put(feed->store, feed->domain->id, &feed->survey.foreign);
}

/* ------------------------------------------------------------------ the steps */

#define IS_PERSON          "(objectCategory=person)"
#define IS_GROUP           "(objectCategory=group)"
#define IS_PERSON_OR_GROUP "(|" IS_PERSON IS_GROUP ")"

/* The first is asked whatever is known: feed_wants_survey() says so. */
static const Survey surveys[] = {
        {
                .filter = "(&" IS_PERSON "(directReports=*))",
                .entry = absent_entry,
                .lists = true,
        },
        {
                .attribute = ATTRIBUTE_MANAGER_FATE,
                .filter = IS_PERSON,
                .link = "manager",
                .is_wanted = somebody_is_absent,
                .entry = reports_entry,
        },
        {
                .filter = "(&" IS_PERSON_OR_GROUP "(memberOf=*))",
                .entry = absent_entry,
                .lists = true,
        },
        {
                .attribute = ATTRIBUTE_MEMBER_ABSENT,
                .filter = IS_GROUP,
                .link = "member",
                .is_wanted = somebody_is_absent,
                .entry = groups_entry,
        },
        {
                .attribute = ATTRIBUTE_USER_CERTIFICATE_COUNT,
                .filter = "(&" IS_PERSON "(userCertificate=*))",
                .asks = { ATTRIBUTE_USER_CERTIFICATE },
                .ranged = ATTRIBUTE_USER_CERTIFICATE,
                .page_size = CERTIFICATES_PAGE,
                .entry = certificates_entry,
        },
        {
                .attribute = ATTRIBUTE_USER_SMIME_CERTIFICATE_COUNT,
                .filter = "(&" IS_PERSON "(userSMIMECertificate=*))",
                .asks = { ATTRIBUTE_USER_SMIME_CERTIFICATE },
                .ranged = ATTRIBUTE_USER_SMIME_CERTIFICATE,
                .page_size = CERTIFICATES_PAGE,
                .entry = smime_certificates_entry,
        },
        {
                .attribute = ATTRIBUTE_WRITE_BACK_DENIED,
                .filter = "(&" IS_PERSON "(objectClass=user)(adminCount=1)(!(mS-DS-ConsistencyGuid=*)))",
                .asks = { ATTRIBUTE_NT_SECURITY_DESCRIPTOR },
                .only_dacl = true,
                .is_wanted = write_back_is_wanted,
                .entry = write_back_entry,
        },
        {
                .attribute = ATTRIBUTE_READ_DENIED,
                .filter = "(&" IS_PERSON_OR_GROUP "(adminCount=1))",
                .asks = { ATTRIBUTE_NT_SECURITY_DESCRIPTOR },
                .only_dacl = true,
                .is_wanted = read_is_wanted,
                .entry = read_entry,
        },
        {
                .filter = "(&(objectClass=foreignSecurityPrincipal)(memberOf=*))",
                .asks = { ATTRIBUTE_OBJECT_SID, ATTRIBUTE_MEMBER_OF },
                .is_wanted = has_other_domains,
                .entry = foreign_entry,
                .finish = foreign_finish,
        },
};

void feed_survey_begin(Feed *feed)
{
        feed->survey.at = 0;
        feed->survey.is_due = true;
}

/* What is asked depends on who is known, so a first read comes before. */
bool feed_wants_survey(const Feed *feed)
{
        return feed->survey.is_due && feed->domain->is_ready;
}

/* It has come to its end, or nobody need ask. 0 or negative. */
static int survey_finish(Feed *feed, bool is_complete)
{
        const Survey *survey = &surveys[feed->survey.at];
        int r = 0;

        if (is_complete && survey->attribute != ATTRIBUTE_NONE)
                r = measure_replace(feed->store, feed->domain->id, survey->attribute,
                                    &feed->survey.found);
        if (is_complete && survey->finish && r >= 0)
                r = survey->finish(feed);

        /* Who names somebody cannot be asked of half of them. */
        if (!is_complete && survey->lists)
                feed->survey.at++;
        feed->survey.found.n = 0;
        feed->survey.at++;
        return r;
}

static int surveys_end(Feed *feed)
{
        int64_t next = next_time(feed);

        if (next < 0)
                return (int)next;

        feed->next_rights = next;
        feed->survey.is_due = false;
        feed->wants_look = true;
        feed->step = STEP_IDLE;
        return 0;
}

/* On to the next one that somebody wants, or to an end. 0 or negative. */
static int survey_choose(Feed *feed)
{
        while (feed->survey.at < ARRAY_SIZE(surveys)) {
                const Survey *survey = &surveys[feed->survey.at];
                int r = survey->is_wanted ? survey->is_wanted(feed) : 1;

                if (r != 0)
                        return r < 0 ? r : 0;
                r = survey_finish(feed, true);
                if (r < 0)
                        return r;
        }
        return surveys_end(feed);
}

/* The connection may have been lost in the middle of one: that begins anew. */
static void survey_restart(Feed *feed)
{
        FeedSurvey *survey = &feed->survey;

        if (surveys[survey->at].lists)
                survey->absent.n = survey->absent_at = 0;
        if (!surveys[survey->at].link || survey->absent_at == 0)
                survey->found.n = 0;
        foreign_count_reset(&survey->foreign);
}

static int feed_survey_ask(Feed *feed)
{
        const Survey *survey = &surveys[feed->survey.at];
        const char *filter = survey->filter;
        int r;

        if (feed->cookie.size == 0)
                survey_restart(feed);
        if (survey->link) {
                r = absent_filter(feed, survey);
                if (r < 0)
                        return r;
                filter = buffer_string(&feed->filter);
                if (!filter)
                        return -ENOMEM;
        }

        feed_ask(feed, FEED_SUBTREE, feed->server.naming_context, filter,
                 (const AttributeId[]){ ATTRIBUTE_OBJECT_GUID, ATTRIBUTE_NONE });
        for (size_t i = 0; i < ARRAY_SIZE(survey->asks) && survey->asks[i] != ATTRIBUTE_NONE; i++)
                attribute_set_add(&feed->request.attributes, survey->asks[i]);
        if (survey->ranged != ATTRIBUTE_NONE) {
                feed->request.ranged = survey->ranged;
                feed->request.range_last = CERTIFICATES_ASKED - 1;
        }
        feed->request.only_dacl = survey->only_dacl;
        feed->request.domain_scope = feed->server.has_domain_scope;
        feed_ask_for_page(feed, survey->page_size > 0 && survey->page_size < feed->page_size
                                        ? survey->page_size
                                        : feed->page_size);
        return 0;
}

static int feed_survey_entry(Feed *feed, const Object *object)
{
        feed_pages_entry(&feed->answer.pages, object);
        return guid_is_null(&object->guid) ? 0 : surveys[feed->survey.at].entry(feed, object);
}

static int feed_survey_done_page(Feed *feed, const FeedResult *result)
{
        FeedOptional stands;
        int r;

        r = feed_optional_done(feed, result, &stands);
        if (r != 0 || stands == FEED_OPTIONAL_MORE)
                return r;

        if (stands == FEED_OPTIONAL_READ && surveys[feed->survey.at].link) {
                feed->survey.absent_at = feed->survey.absent_next;
                if (feed->survey.absent_at < feed->survey.absent.n)
                        return 0;
        }
        r = survey_finish(feed, stands == FEED_OPTIONAL_READ);
        return r < 0 ? r : survey_choose(feed);
}

const FeedStepFunctions feed_step_survey = { feed_survey_ask, feed_survey_entry,
                                             feed_survey_done_page };
