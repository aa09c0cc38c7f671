/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "lib/core/address.h"
#include "tests/fuzz/fuzz.h"

static void require_inside(Slice part, const uint8_t *data, size_t size)
{
        REQUIRE(part.size == 0 || (part.data >= data && part.data + part.size <= data + size));
}

static void check_address(const Address *address, const uint8_t *data, size_t size)
{
        AddressProblem problem = address_check_smtp(address);
        Slice whole = address->address;

        require_inside(address->prefix, data, size);
        require_inside(whole, data, size);
        require_inside(address->local, data, size);
        require_inside(address->domain, data, size);
        REQUIRE(*address_problem_text(problem));

        if (problem == ADDRESS_OK) {
                REQUIRE(text_is_ascii(whole.data, whole.size));
                /* What is no UPN either is so for its characters or its length. */
                REQUIRE(!(upn_check(whole.data, whole.size) &
                          ~(unsigned)(UPN_FORBIDDEN | UPN_TOO_LONG)));
        }
        if (problem == ADDRESS_NO_AT)
                REQUIRE(upn_check(whole.data, whole.size) & UPN_NO_AT);
        if (address->type == ADDRESS_SMTP &&
            memchr(whole.data ?: (const uint8_t *)"", '@', whole.size))
                REQUIRE(address->local.size + 1 + address->domain.size == whole.size);
        if (address->type == ADDRESS_NONE)
                REQUIRE(address->prefix.size == 0 && !address->is_primary);
}

static void check_domain(Slice domain)
{
        REQUIRE(domain_equal(domain, domain));
        REQUIRE(!domain_is_below(domain, domain));
        if (domain_is_public(domain)) {
                REQUIRE(text_contains(domain, "."));
                REQUIRE(text_is_utf8(domain.data, domain.size));
                REQUIRE(domain_is_public(domain)); /* the kept answer is the first one */
        }
        if (domain_is_reserved(domain))
                REQUIRE(domain_is_public(domain) || domain.size > 200 ||
                        !text_is_ascii(domain.data, domain.size) || text_contains(domain, "..") ||
                        text_begins(domain, "."));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        Address proxy = address_parse_proxy(data, size), mail = address_parse_mail(data, size);
        unsigned problems = upn_check(data, size);
        Slice suffix = upn_suffix(data, size);

        check_address(&proxy, data, size);
        check_address(&mail, data, size);
        REQUIRE(mail.type == ADDRESS_SMTP);

        require_inside(suffix, data, size);
        check_domain(suffix);
        check_domain((Slice){ data, size });

        if (problems == UPN_OK) {
                REQUIRE(text_is_ascii(data, size) && size <= 113);
                REQUIRE(suffix.size > 0 && suffix.size <= 48);
        }
        for (unsigned bit = 1; bit <= UPN_TOO_LONG; bit *= 2)
                REQUIRE(*upn_problem_text((UpnProblem)bit));
        return 0;
}
