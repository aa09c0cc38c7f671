/* SPDX-License-Identifier: MIT */

/* What is found of the domains themselves. They are few, and each answer may have changed what is said of any. */

#include "lib/state/apply-internal.h"
#include "lib/state/directory.h"

static int apply_one_directory(Apply *apply, const Domain *domain, DirectoryReader *reader)
{
        const JudgeDomain *judged = judge_domain(&apply->judge, domain->id);
        FindingSubject subject = {
                .object = cache_first_id(domain->id),
                .domain = domain->id,
                .kind = KIND_CONTAINER,
        };
        Outcome *outcome = apply->new.outcome;
        int r;

        if (!judged || !judged->counts)
                return 0;

        /* Until a first read is committed, nobody sees its objects, and whose orphan something is cannot be told. */
        r = directory_read(reader, apply->store, apply->settings.config, domain, apply->domain->id,
                           judged->contexts[1].all_forests_scanned && apply->kind != APPLY_FIRST,
                           apply->settings.now);
        /* What this answer brings stands in the domain's row only when it is committed. */
        if (domain == apply->domain)
                reader->facts.objects += apply->objects + (domain->is_ready ? 0 : domain->objects);
        if (r >= 0)
                r = evaluate_directory(&judged->contexts[1], &reader->facts, outcome);
        if (r < 0)
                return r;

        subject.dn = reader->facts.dn;
        return findings_diff(&apply->findings, &subject, 0, outcome->verdicts, outcome->n_verdicts,
                             false);
}

int apply_directory(Apply *apply, Budget *budget)
{
        _cleanup_(directory_reader_done) DirectoryReader reader = {};
        Domain *domains;
        size_t n;
        int r;

        r = findings_count_up(&apply->findings);
        if (r >= 0 && apply->judge.n_domains == 1)
                return apply_one_directory(apply, apply->domain, &reader); /* no others to read */
        if (r >= 0)
                r = domain_list(apply->store, &domains, &n);
        if (r < 0)
                return r;

        for (size_t i = 0; i < n && r >= 0; i++)
                r = apply_one_directory(
                        apply, domains[i].id == apply->domain->id ? apply->domain : &domains[i],
                        &reader);

        for (size_t i = 0; i < n; i++)
                domain_done(&domains[i]);
        free(domains);
        return r;
}
