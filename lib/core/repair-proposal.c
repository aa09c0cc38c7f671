/* SPDX-License-Identifier: MIT */

/* For each rule whose findings can be put right without a decision: the edits that do. */

#include <errno.h>
#include <string.h>

#include "lib/core/repair-internal.h"

static void propose(Proposal *proposal, AttributeId attribute, Slice old, Slice new)
{
        if (proposal->n_edits == PROPOSAL_MAX) {
                proposal->n_edits = 0; /* too much to be sure of */
                return;
        }
        proposal->edits[proposal->n_edits++] =
                (RepairEdit){ .attribute = attribute, .old = old, .new = new };
}

/* The two joined, in the proposal's memory. Empty where there is none, which `error` then says. */
static Slice join(Proposal *proposal, const char *prefix, Slice rest)
{
        size_t n = strlen(prefix);
        uint8_t *data = arena_allocate(proposal->arena, n + rest.size + 1);

        if (!data) {
                proposal->error = -ENOMEM;
                return (Slice){};
        }

        memcpy(data, prefix, n);
        if (rest.size > 0)
                memcpy(data + n, rest.data, rest.size);
        return (Slice){ data, n + rest.size };
}

static bool is_equal(Proposal *proposal, Slice a, Slice b)
{
        int r = text_equal_ad(a.data, a.size, b.data, b.size);

        if (r < 0)
                proposal->error = r;
        return r > 0;
}

static Slice value_of(const Object *object, AttributeId attribute)
{
        const Value *value = object_value(object, attribute);

        return value ? (Slice){ value->data, value->size } : (Slice){};
}

/* An address that the cloud takes, with a licence and without. */
static bool is_good_address(const Proposal *proposal, Slice text)
{
        Address address = address_parse_mail(text.data, text.size);

        if (address_check_smtp(&address) != ADDRESS_OK || domain_is_reserved(address.domain))
                return false;

        switch (tenant_domain_standing(proposal->tenant, address.domain)) {
        case DOMAIN_VERIFIED:
                return true;
        case DOMAIN_UNKNOWN:
                return domain_is_public(address.domain);
        case DOMAIN_UNVERIFIED:
        case DOMAIN_SUB_OF_VERIFIED:
                break;
        }

        return false;
}

/* Is it an address of the object already, at another place than this value? */
static bool is_held(Proposal *proposal, Slice address, Slice except)
{
        const Facts *facts = proposal->facts;

        for (size_t i = 0; i < facts->n_proxies; i++)
                if (facts->proxies[i].type == ADDRESS_SMTP &&
                    facts->proxy_values[i].data != except.data &&
                    is_equal(proposal, facts->proxies[i].address, address))
                        return true;
        return false;
}

/* The value of proxyAddresses that the verdict is about, as the object holds it. NULL: none. */
static const Address *verdict_proxy(const Proposal *proposal, Slice *ret_value)
{
        const Facts *facts = proposal->facts;

        for (size_t i = 0; i < facts->n_proxies; i++) {
                Slice value = { facts->proxy_values[i].data, facts->proxy_values[i].size };

                if (!slice_equal(value, proposal->verdict->value))
                        continue;
                *ret_value = value;
                return &facts->proxies[i];
        }

        return NULL;
}

/* ------------------------------------------------------------------ addresses */

static void propose_prefix(Proposal *proposal)
{
        const Address *proxy;
        Slice value;

        proxy = verdict_proxy(proposal, &value);
        if (!proxy)
                return;
        if (is_held(proposal, proxy->address, value))
                propose(proposal, ATTRIBUTE_PROXY_ADDRESSES, value, (Slice){});
        else if (is_good_address(proposal, proxy->address))
                propose(proposal, ATTRIBUTE_PROXY_ADDRESSES, value,
                        join(proposal, "smtp:", proxy->address));
}

/* It is dropped anyway; but a primary one leaves the question which is to be. */
static void propose_without_reserved(Proposal *proposal)
{
        const Address *proxy;
        Slice value;

        proxy = verdict_proxy(proposal, &value);
        if (proxy && !proxy->is_primary)
                propose(proposal, ATTRIBUTE_PROXY_ADDRESSES, value, (Slice){});
}

static bool is_blank(uint8_t byte)
{
        return byte == ' ' || byte == '\t';
}

/* Blanks at the ends and around the @ are slips; one within a name is not ours to close. */
static Slice without_slips(Proposal *proposal, Slice address)
{
        uint8_t *data = arena_allocate(proposal->arena, address.size + 1);
        size_t n = 0;

        if (!data) {
                proposal->error = -ENOMEM;
                return (Slice){};
        }

        for (size_t i = 0; i < address.size; i++) {
                size_t next = i;

                while (next < address.size && is_blank(address.data[next]))
                        next++;
                if (next > i && (n == 0 || data[n - 1] == '@' || next == address.size ||
                                 address.data[next] == '@')) {
                        i = next - 1;
                        continue;
                }
                data[n++] = address.data[i];
        }

        return (Slice){ data, n };
}

static void propose_without_slips(Proposal *proposal)
{
        const Address *proxy;
        Slice value, address;

        proxy = verdict_proxy(proposal, &value);
        if (!proxy || proxy->type != ADDRESS_SMTP)
                return;

        address = without_slips(proposal, proxy->address);
        if (slice_equal(address, proxy->address))
                return;
        if (is_held(proposal, address, value) && !proxy->is_primary)
                propose(proposal, ATTRIBUTE_PROXY_ADDRESSES, value, (Slice){});
        else if (is_good_address(proposal, address))
                propose(proposal, ATTRIBUTE_PROXY_ADDRESSES, value,
                        join(proposal, proxy->is_primary ? "SMTP:" : "smtp:", address));
}

static void propose_mail_of_primary(Proposal *proposal)
{
        const Facts *facts = proposal->facts;

        if (facts->primary && is_good_address(proposal, facts->primary->address))
                propose(proposal, ATTRIBUTE_MAIL, value_of(facts->object, ATTRIBUTE_MAIL),
                        facts->primary->address);
}

/* The one that mail names; or the only one there is. */
static void propose_primary(Proposal *proposal)
{
        const Facts *facts = proposal->facts;
        const Address *chosen = NULL;
        size_t at = 0, n = 0;

        for (size_t i = 0; i < facts->n_proxies; i++) {
                const Address *proxy = &facts->proxies[i];

                if (proxy->type != ADDRESS_SMTP)
                        continue;
                n++;
                if (facts->mail.size > 0 && !is_equal(proposal, proxy->address, facts->mail))
                        continue;
                chosen = proxy;
                at = i;
        }

        if (!chosen || (facts->mail.size == 0 && n > 1) ||
            !is_good_address(proposal, chosen->address))
                return;
        propose(proposal, ATTRIBUTE_PROXY_ADDRESSES,
                (Slice){ facts->proxy_values[at].data, facts->proxy_values[at].size },
                join(proposal, "SMTP:", chosen->address));
}

/* Only where mail says which of them it is to be. */
static void propose_one_primary(Proposal *proposal)
{
        const Facts *facts = proposal->facts;
        size_t n_kept = 0;

        for (size_t i = 0; i < facts->n_proxies; i++) {
                const Address *proxy = &facts->proxies[i];

                if (proxy->type != ADDRESS_SMTP || !proxy->is_primary)
                        continue;
                if (facts->mail.size > 0 && is_equal(proposal, proxy->address, facts->mail))
                        n_kept++;
                else
                        propose(proposal, ATTRIBUTE_PROXY_ADDRESSES,
                                (Slice){ facts->proxy_values[i].data, facts->proxy_values[i].size },
                                join(proposal, "smtp:", proxy->address));
        }

        if (n_kept != 1)
                proposal->n_edits = 0;
}

static void propose_routing(Proposal *proposal)
{
        const Facts *facts = proposal->facts;
        const char *routing = proposal->tenant->routing_domain;

        if (!routing)
                return;

        if (facts->target.type == ADDRESS_SMTP) {
                Slice target = facts->target.address, nothing = {};

                if (domain_equal(facts->target.domain, SLICE(routing)) &&
                    address_check_smtp(&facts->target) == ADDRESS_OK &&
                    !is_held(proposal, target, nothing))
                        propose(proposal, ATTRIBUTE_PROXY_ADDRESSES, nothing,
                                join(proposal, "smtp:", target));
                return;
        }

        for (size_t i = 0; i < facts->n_proxies && proposal->n_edits == 0; i++)
                if (facts->proxies[i].type == ADDRESS_SMTP &&
                    domain_equal(facts->proxies[i].domain, SLICE(routing)))
                        propose(proposal, ATTRIBUTE_TARGET_ADDRESS,
                                value_of(facts->object, ATTRIBUTE_TARGET_ADDRESS),
                                join(proposal, "SMTP:", facts->proxies[i].address));
}

/* ------------------------------------------------------------------ names */

/* The primary mail address is what people know. Only at a domain that is verified for certain: sign-in depends on it. */
static void propose_upn(Proposal *proposal)
{
        const Facts *facts = proposal->facts;
        Slice address = facts->primary ? facts->primary->address : facts->mail;
        Slice suffix = upn_suffix(address.data, address.size);

        if (facts->login_attribute != ATTRIBUTE_USER_PRINCIPAL_NAME || address.size == 0 ||
            upn_check(address.data, address.size) != UPN_OK ||
            tenant_domain_standing(proposal->tenant, suffix) != DOMAIN_VERIFIED)
                return;

        propose(proposal, ATTRIBUTE_USER_PRINCIPAL_NAME,
                value_of(facts->object, ATTRIBUTE_USER_PRINCIPAL_NAME), address);
}

/* As Entra ID alters it: underscores for what it does not take; and no dots where none may be. */
static void propose_nickname(Proposal *proposal)
{
        Slice nickname = proposal->facts->nickname;
        uint8_t *data = arena_allocate(proposal->arena, nickname.size + 1);
        size_t n = 0;

        if (!data) {
                proposal->error = -ENOMEM;
                return;
        }

        for (size_t i = 0; i < nickname.size; i++) {
                uint8_t byte = nickname.data[i];

                if (byte >= 0x80)
                        return; /* how a letter is written without its accent is its owner's to say */
                if (byte == '.' && (n == 0 || data[n - 1] == '.'))
                        continue;
                data[n++] =
                        byte <= ' ' || byte == 0x7F || strchr("@()\\[]\";:<>,", byte) ? '_' : byte;
        }
        while (n > 0 && data[n - 1] == '.')
                n--;

        if (n > 0)
                propose(proposal, ATTRIBUTE_MAIL_NICKNAME,
                        value_of(proposal->facts->object, ATTRIBUTE_MAIL_NICKNAME),
                        (Slice){ data, n });
}

static void propose_display_name(Proposal *proposal)
{
        const Object *object = proposal->facts->object;
        Slice cn = value_of(object, ATTRIBUTE_CN);

        cn = text_trim(cn.data, cn.size);
        if (cn.size > 0)
                propose(proposal, ATTRIBUTE_DISPLAY_NAME, value_of(object, ATTRIBUTE_DISPLAY_NAME),
                        cn);
}

/* Nothing is left of it, or the same is there without the white space. */
static void propose_without_padded(Proposal *proposal)
{
        const Verdict *verdict = proposal->verdict;
        const Object *object = proposal->facts->object;
        Slice wanted = text_trim(verdict->value.data, verdict->value.size);
        const Value *values;
        size_t n;

        values = object_values(object, verdict->attribute, &n);
        for (size_t i = 0; i < n; i++) {
                Slice value = { values[i].data, values[i].size };
                Slice trimmed = text_trim(value.data, value.size);

                if (trimmed.size < value.size && slice_equal(trimmed, wanted)) {
                        propose(proposal, verdict->attribute, value, (Slice){});
                        return;
                }
        }
}

/* ------------------------------------------------------------------ the table */

static const struct {
        const char *rule;
        void (*propose)(Proposal *proposal);
} proposals[] = {
        { "contact-without-mail", propose_mail_of_primary },
        { "primary-smtp-missing", propose_primary },
        { "primary-smtp-several", propose_one_primary },
        { "mail-not-primary", propose_mail_of_primary },
        { "proxy-no-prefix", propose_prefix },
        { "proxy-reserved-suffix", propose_without_reserved },
        { "proxy-invalid", propose_without_slips },
        { "mailnickname-invalid", propose_nickname },
        { "remote-mailbox-broken", propose_routing },
        { "upn-missing", propose_upn },
        { "upn-invalid", propose_upn },
        { "upn-too-long", propose_upn },
        { "upn-not-routable", propose_upn },
        { "upn-unverified-domain", propose_upn },
        { "displayname-blank", propose_display_name },
        { "displayname-missing", propose_display_name },
        { "white-space-trimmed", propose_without_padded },
};

const char *repair_rule(size_t index)
{
        return index < ARRAY_SIZE(proposals) ? proposals[index].rule : NULL;
}

void proposal_make(Proposal *proposal)
{
        for (size_t i = 0; i < ARRAY_SIZE(proposals); i++)
                if (strcmp(proposals[i].rule, rule_id(proposal->verdict->rule)) == 0)
                        proposals[i].propose(proposal);
}
