/* SPDX-License-Identifier: MIT */

/* Addresses: which of mail and proxyAddresses arrive, which one is the primary, and what the cloud adds by itself. */

#include <errno.h>
#include <string.h>

#include "lib/core/predict-internal.h"

/* ------------------------------------------------------------------ keeping and dropping */

static void drop(Predictor *predictor, AttributeId attribute, Slice value, const char *reason)
{
        predictor->dropped[predictor->prediction->n_dropped++] =
                (PredictedDrop){ .attribute = attribute, .value = value, .reason = reason };
}

/* Notes the address as held. Returns whether it was not before. */
static bool hold(Predictor *predictor, AddressType type, Slice address)
{
        _cleanup_buffer_ Buffer folded = BUFFER_INIT;
        uint32_t number = (uint32_t)predictor->held.n_entries, first = number;
        const uint8_t *copy;
        int r;

        r = text_fold_ad(address.data, address.size, &folded);
        if (r >= 0) {
                copy = arena_copy(&predictor->prediction->arena, folded.data, folded.size);
                r = copy ? crowd_note(&predictor->held, type, (Slice){ copy, folded.size }, number,
                                      &first)
                         : -ENOMEM;
        }
        if (r < 0)
                predictor->error = r;
        return first == number;
}

/* Exchange Online takes users only at the tenant's own domains. A contact's are somebody else's by nature. */
static bool minds_domains(const Predictor *predictor)
{
        return predictor->facts.is_user && predictor->context->is_licensed;
}

static const char *reserved_refusal(Predictor *predictor, const Address *address)
{
        Slice moera = predictor->prediction->state.moera;
        const char *domain = predictor_show(predictor, address->domain);
        int r;

        r = text_equal_ad(address->address.data, address->address.size, moera.data, moera.size);
        if (r < 0)
                predictor->error = r;
        return predictor_say(predictor, "only Microsoft gives addresses at %s%s", domain,
                             r > 0 ? ", and will give this one" : "");
}

/* Why an SMTP address does not arrive, as a clause; NULL: it does. In the order of KB 3190357, and mail is no exception. */
static const char *smtp_refusal(Predictor *predictor, const Address *address,
                                AddressProblem problem)
{
        if (problem == ADDRESS_NON_ASCII)
                return "it holds letters that are not ASCII, so most likely it is dropped";
        if (problem != ADDRESS_OK)
                return predictor_say(predictor, "it %s", address_problem_text(problem));
        if (domain_is_reserved(address->domain))
                return reserved_refusal(predictor, address);
        return minds_domains(predictor) ? predictor_disowns(predictor, address->domain) : NULL;
}

static const char *proxy_refusal(Predictor *predictor, size_t index)
{
        const Facts *facts = &predictor->facts;
        const Address *proxy = &facts->proxies[index];

        if (facts->object->kind == KIND_GROUP && !facts->is_mail_enabled)
                return "the group is not mail-enabled: it has no SMTP: value with an @, and no "
                       "mail";

        switch (proxy->type) {
        case ADDRESS_NONE:
                return "it has no type such as smtp: before it";
        case ADDRESS_LEGACY:
                return predictor_say(predictor, "%s is a type that Entra ID does not take",
                                     predictor_show(predictor, proxy->prefix));
        case ADDRESS_SMTP:
                return smtp_refusal(predictor, proxy, facts->proxy_problems[index]);
        case ADDRESS_SIP:
        case ADDRESS_X500:
        case ADDRESS_OTHER:
                break;
        }

        return NULL;
}

/* ------------------------------------------------------------------ the primary address */

/*
 * No document says which of several "SMTP:" values wins. Values come in no order that lasts: the one that is first by its bytes
 * is as good as any, and the same each time.
 */
static Slice choose_among_proxies(Predictor *predictor, const char *const *refusals)
{
        const Facts *facts = &predictor->facts;
        Slice chosen = {};
        bool has_several = false;

        for (size_t i = 0; i < facts->n_proxies; i++) {
                const Address *proxy = &facts->proxies[i];

                if (proxy->type != ADDRESS_SMTP || !proxy->is_primary || refusals[i])
                        continue;

                has_several |= chosen.size > 0 && !slice_equal(chosen, proxy->address);
                if (chosen.size == 0 || slice_precedes(proxy->address, chosen))
                        chosen = proxy->address;
        }

        if (has_several)
                predictor_note(predictor,
                               "Several values begin with SMTP:, and which of them becomes the "
                               "primary one is not documented.");
        return chosen;
}

/*
 * SMTP values mask mail, and either masks the user principal name (KB 2643629), also where none of them arrives. Without a licence
 * there is none to fall back to, unless the cloud made an address while there was one (KB 3190357, scenario 4).
 */
static Slice choose_primary(Predictor *predictor, const char *const *refusals,
                            const char *mail_refusal)
{
        const Facts *facts = &predictor->facts;
        const Prediction *prediction = predictor->prediction;
        Slice primary = choose_among_proxies(predictor, refusals);

        if (primary.size > 0)
                return primary;
        if (facts->mail.size > 0 && facts->n_smtp == 0 && !mail_refusal)
                return facts->mail;
        if (facts->mail.size == 0 && facts->n_smtp == 0 && predictor->context->is_licensed &&
            prediction->user_principal_name.size > 0)
                return prediction->user_principal_name;
        return prediction->state.moera;
}

/* ------------------------------------------------------------------ all of them */

static void take_proxy(Predictor *predictor, size_t index)
{
        const Address *proxy = &predictor->facts.proxies[index];
        const Value *value = &predictor->facts.proxy_values[index];
        Prediction *prediction = predictor->prediction;
        Slice held = proxy->address;

        if (proxy->type != ADDRESS_SMTP)
                held = text_trim(value->data, value->size);

        if (!hold(predictor, proxy->type, held))
                drop(predictor, ATTRIBUTE_PROXY_ADDRESSES, (Slice){ value->data, value->size },
                     "it is there twice, but for case or white space around it");
        else if (proxy->type == ADDRESS_SMTP)
                predictor->secondary[prediction->n_secondary++] = held;
        else
                predictor->others[prediction->n_others++] = held;
}

static void take_proxies(Predictor *predictor, const char *const *refusals)
{
        const Facts *facts = &predictor->facts;
        Slice primary = predictor->prediction->primary;
        bool has_primary = primary.size == 0;

        for (size_t i = 0; i < facts->n_proxies; i++) {
                const Address *proxy = &facts->proxies[i];
                const Value *value = &facts->proxy_values[i];

                if (refusals[i])
                        drop(predictor, ATTRIBUTE_PROXY_ADDRESSES,
                             (Slice){ value->data, value->size }, refusals[i]);
                else if (!has_primary && proxy->is_primary && slice_equal(proxy->address, primary))
                        has_primary =
                                true; /* this value is the primary address, and held as such */
                else
                        take_proxy(predictor, i);
        }
}

static void take_mail(Predictor *predictor, const char *refusal)
{
        const Value *mail = object_value(predictor->facts.object, ATTRIBUTE_MAIL);

        if (predictor->facts.mail.size == 0)
                return;
        if (!refusal && hold(predictor, ADDRESS_SMTP, predictor->facts.mail))
                refusal = "proxyAddresses holds SMTP addresses, and it is none of them";
        if (refusal)
                drop(predictor, ATTRIBUTE_MAIL, (Slice){ mail->data, mail->size }, refusal);
}

/*
 * What the cloud adds. Scenario 4 of KB 3190357 ends with the user principal name added without a licence, once an SMTP value
 * appears beside the address that was made under one; a note in the same article asks for a licence. The scenario was seen.
 */
static void add_own_addresses(Predictor *predictor)
{
        const Prediction *prediction = predictor->prediction;
        bool adds_upn = predictor->context->is_licensed ||
                        (prediction->state.moera.size > 0 && predictor->facts.n_smtp > 0);
        const Slice own[] = {
                adds_upn ? prediction->user_principal_name : (Slice){},
                prediction->state.moera,
        };

        for (size_t i = 0; i < ARRAY_SIZE(own); i++)
                if (own[i].size > 0 && hold(predictor, ADDRESS_SMTP, own[i]))
                        predictor->secondary[predictor->prediction->n_secondary++] = own[i];
}

void predict_addresses(Predictor *predictor)
{
        const Facts *facts = &predictor->facts;
        Prediction *prediction = predictor->prediction;
        const char **refusals =
                arena_allocate(&prediction->arena, (facts->n_proxies + 1) * sizeof(*refusals));
        Address mail = address_parse_mail(facts->mail.data, facts->mail.size);
        const char *mail_refusal = NULL;

        if (!refusals) {
                predictor->error = -ENOMEM;
                return;
        }

        for (size_t i = 0; i < facts->n_proxies; i++)
                refusals[i] = proxy_refusal(predictor, i);
        if (facts->mail.size > 0)
                mail_refusal = smtp_refusal(predictor, &mail, address_check_smtp(&mail));

        prediction->primary = choose_primary(predictor, refusals, mail_refusal);
        if (prediction->primary.size > 0)
                (void)hold(predictor, ADDRESS_SMTP, prediction->primary);
        take_proxies(predictor, refusals);
        add_own_addresses(predictor);
        take_mail(predictor, mail_refusal);
}
