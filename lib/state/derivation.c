/* SPDX-License-Identifier: MIT */
#include "lib/state/derivation.h"

#include <stdio.h>
#include <string.h>

#include "lib/core/address.h"
#include "lib/core/hash.h"
#include "lib/core/rule.h"
#include "lib/core/text.h"
#include "lib/state/attribute-list.h"

static uint64_t hash_string(uint64_t hash, const char *string)
{
        /* With its NUL: "ab" and "c" are not "a" and "bc". */
        return string ? hash_bytes(hash, string, strlen(string) + 1) : hash_bytes(hash, "\1", 2);
}

static uint64_t hash_number(uint64_t hash, uint64_t number)
{
        return hash_bytes(hash, &number, sizeof(number));
}

/*
 * Versions change between releases; while rules are being written, their rows say more. They are the same as long as the program runs, and a
 * twelfth of an answer of one change went into hashing them.
 */
static uint64_t hash_rules(void)
{
        static uint64_t known;
        uint64_t hash = HASH_INIT;

        if (known != 0)
                return known;

        for (size_t i = 0; i < rule_count(); i++) {
                const Rule *rule = rule_at(i);

                hash = hash_string(hash, rule_id(rule));
                hash = hash_string(hash, rule_filter(rule));
                hash = hash_number(hash, (uint64_t)rule_class(rule) << 32 |
                                                 (uint64_t)rule_severity(rule) << 16 |
                                                 (uint64_t)rule_certainty(rule));
                hash = hash_number(hash, rule_kinds(rule));
        }

        known = hash;
        return hash;
}

void derivation_make(const Domain *domain, const Config *config, char ret[static DERIVATION_SIZE])
{
        uint64_t hash = hash_string(HASH_INIT, SCAND_VERSION);
        AttributeListBytes unreadable;
        size_t size = attribute_list_pack(&domain->unreadable, unreadable);

        hash = hash_number(hash, hash_rules());
        /* What is equal, and what is a domain on the Internet, may change with an update of the system. */
        hash = hash_number(hash, text_fold_version());
        hash = hash_string(hash, domain_list_version());
        hash = hash_number(hash, config_derivation(config));
        /* Whether all forests are scanned depends on which are configured. */
        for (size_t i = 0; i < config->n_domains; i++)
                hash = hash_string(hash, config->domains[i].name);
        hash = hash_bytes(hash, unreadable, size);

        (void)snprintf(ret, DERIVATION_SIZE, "%016llx", (unsigned long long)hash_finish(hash));
}

int domain_is_derived(const Domain *domain, const Config *config)
{
        char derivation[DERIVATION_SIZE];

        derivation_make(domain, config, derivation);
        return domain->derivation && strcmp(domain->derivation, derivation) == 0;
}
