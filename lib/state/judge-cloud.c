/* SPDX-License-Identifier: MIT */

/* Rows of the database before the rules about one object and what the cloud has of it. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/evaluate-counterpart.h"
#include "lib/state/cloud-counterpart.h"
#include "lib/state/judge.h"

struct JudgeCloud {
        int64_t exported_at[CLOUD_CONTACT +
                            1]; /* by kind; 0: it was not, or without what ties the objects */
        bool has_part[CLOUD_CONTACT + 1]; /* by kind */
        CloudRow row;                     /* scratch: verdicts borrow it until the next object */
};

JudgeCloud *judge_cloud_free(JudgeCloud *cloud)
{
        if (!cloud)
                return NULL;

        cloud_row_done(&cloud->row);
        free(cloud);
        return NULL;
}

/* What an export must have so that a missing object can be told from one that cannot be recognised. */
static const struct {
        InventoryPart part;
        CloudKind kind;
        const char *tie; /* the property of its objects */
} kinds[] = {
        { INVENTORY_USERS, CLOUD_USER, "onPremisesImmutableId" },
        { INVENTORY_GROUPS, CLOUD_GROUP, "onPremisesSecurityIdentifier" },
        { INVENTORY_CONTACTS, CLOUD_CONTACT, "onPremisesSyncEnabled" },
};

static void cloud_take_part(JudgeCloud *cloud, const CloudPart *part)
{
        cloud->has_part[CLOUD_USER] |=
                part->part == INVENTORY_USERS || part->part == INVENTORY_DELETED_USERS;
        cloud->has_part[CLOUD_GROUP] |=
                part->part == INVENTORY_GROUPS || part->part == INVENTORY_DELETED_GROUPS;
        cloud->has_part[CLOUD_CONTACT] |= part->part == INVENTORY_CONTACTS;
        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
                if (kinds[i].part == part->part && part->objects > 0 &&
                    !strstr(part->missing, kinds[i].tie))
                        cloud->exported_at[kinds[i].kind] = part->exported_at;
}

int judge_cloud_init(Judge *judge)
{
        CloudPart parts[INVENTORY_PARTS];
        JudgeCloud *cloud;
        size_t n;
        int r;

        r = cloud_parts(judge->store, parts, &n);
        if (r < 0 || n == 0) {
                cloud_parts_done(parts, n);
                return r;
        }

        cloud = calloc(1, sizeof(*cloud));
        for (size_t i = 0; cloud && i < n; i++)
                cloud_take_part(cloud, &parts[i]);
        cloud_parts_done(parts, n);
        judge->cloud = cloud;
        return cloud ? 0 : -ENOMEM;
}

static CloudKind kind_there(Kind kind)
{
        if (kind == KIND_GROUP)
                return CLOUD_GROUP;
        return kind == KIND_CONTACT ? CLOUD_CONTACT : CLOUD_USER;
}

int judge_counterpart(Judge *judge, Judged *judged)
{
        JudgeCloud *cloud = judge->cloud;
        const CacheRow *row = &judged->row;
        Counterpart counterpart;
        int r;

        if (!cloud || !judged->domain->counts)
                return 0;

        r = cloud_counterpart(judge->store, judged->context->tenant, judged->object, &cloud->row);
        if (r < 0)
                return r;

        counterpart = (Counterpart){
                .object = r > 0 ? &cloud->row.object : NULL,
                .exported_at = cloud->exported_at[kind_there(row->kind)],
                .deleted_at = row->deleted_at,
                .arrives = judged->context->selected && row->excluded == 0 && row->deleted_at == 0,
                .is_orphan = r > 0 && cloud->row.claims,
        };
        return evaluate_counterpart(judged->context, judged->object, &counterpart, judged->outcome);
}

bool judge_cloud_has(const Judge *judge, Kind kind)
{
        return judge->cloud && judge->cloud->has_part[kind_there(kind)];
}

int judge_is_plain(Judge *judge, Judged *judged, const CloudObject *cloud)
{
        const JudgeDomain *domain = judge_domain(judge, cache_domain_of(judged->row.id));
        const Slice no_dn = {};
        int r;

        r = judge_known(judge, judged->row.attribute_list);
        if (r >= 0)
                r = cache_row_object(&judged->row, no_dn, &judge->known, judged->object);
        if (r < 0)
                return r == -EBADMSG ? -EUCLEAN : r;
        return domain && counterpart_is_plain(domain->contexts[1].tenant, judged->object, cloud);
}
