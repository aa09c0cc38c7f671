/* SPDX-License-Identifier: MIT */
#include "daemon/search.h"

#include <errno.h>
#include <lber.h>
#include <stdio.h>

#define OID_SHOW_DELETED  "1.2.840.113556.1.4.417"
#define OID_SHOW_RECYCLED "1.2.840.113556.1.4.2064"
#define OID_DOMAIN_SCOPE  "1.2.840.113556.1.4.1339"
#define OID_NOTIFICATION  "1.2.840.113556.1.4.528"

#define OID_SD_FLAGS "1.2.840.113556.1.4.801"

#define CONTROLS_MOST 6

static int scope_number(FeedScope scope)
{
        switch (scope) {
        case FEED_BASE:
                return LDAP_SCOPE_BASE;
        case FEED_ONE_LEVEL:
                return LDAP_SCOPE_ONELEVEL;
        case FEED_SUBTREE:
                return LDAP_SCOPE_SUBTREE;
        }

        return LDAP_SCOPE_BASE;
}

/* "member;range=1500-2999" */
#define RANGED_SIZE 80

/* All that the request names; "1.1" for nothing, because an empty list asks for everything. */
static void list_attributes(const FeedRequest *request, char ranged[static RANGED_SIZE],
                            const char *ret[static ATTRIBUTE_MAX + 2])
{
        size_t n = 0;

        for (AttributeId id = 1; id < ATTRIBUTE_MAX; id++)
                if (attribute_set_has(&request->attributes, id) && attribute_name(id))
                        ret[n++] = id == request->ranged ? ranged : attribute_name(id);
        if (request->ranged != ATTRIBUTE_NONE)
                (void)snprintf(ranged, RANGED_SIZE, "%s;range=%zu-%zu",
                               attribute_name(request->ranged), request->range_first,
                               request->range_last);

        if (n == 0)
                ret[n++] = LDAP_NO_ATTRS;
        ret[n] = NULL;
}

/*
 * All are critical: an answer without deleted objects, or of one page that looks like all of them, would be worse than
 * a refusal.
 */
static void add_control(LDAPControl *controls, size_t *n, bool is_wanted, const char *oid,
                        struct berval value)
{
        if (!is_wanted)
                return;

        controls[(*n)++] = (LDAPControl){
                .ldctl_oid = (char *)oid,
                .ldctl_value = value,
                .ldctl_iscritical = 1,
        };
}

static int send_with(LDAP *handle, const FeedRequest *request, struct berval page, int *ret_msgid)
{
        static const struct berval nothing = { 0, NULL };
        /* SEQUENCE { INTEGER DACL_SECURITY_INFORMATION } */
        static const uint8_t dacl[] = { 0x30, 3, 2, 1, 4 };
        LDAPControl controls[CONTROLS_MOST] = {}, *list[CONTROLS_MOST + 1] = {};
        const char *attributes[ATTRIBUTE_MAX + 2];
        char ranged[RANGED_SIZE];
        size_t n = 0;

        add_control(controls, &n, request->is_paged, LDAP_CONTROL_PAGEDRESULTS, page);
        add_control(controls, &n, request->show_deleted, OID_SHOW_DELETED, nothing);
        add_control(controls, &n, request->show_recycled, OID_SHOW_RECYCLED, nothing);
        add_control(controls, &n, request->domain_scope, OID_DOMAIN_SCOPE, nothing);
        add_control(controls, &n, request->is_notification, OID_NOTIFICATION, nothing);
        add_control(controls, &n, request->only_dacl, OID_SD_FLAGS,
                    (struct berval){ sizeof(dacl), (char *)dacl });
        for (size_t i = 0; i < n; i++)
                list[i] = controls + i;

        list_attributes(request, ranged, attributes);

        return ldap_search_ext(handle, request->base, scope_number(request->scope), request->filter,
                               (char **)attributes, 0, list, NULL, NULL, LDAP_NO_LIMIT, ret_msgid);
}

int search_send(LDAP *handle, const FeedRequest *request, int *ret_msgid)
{
        struct berval cookie = {
                .bv_val = (char *)request->cookie.data,
                .bv_len = request->cookie.size,
        };
        struct berval page = { 0, NULL };
        int code = LDAP_SUCCESS;

        if (request->is_paged)
                code = ldap_create_page_control_value(handle, (ber_int_t)request->page_size,
                                                      &cookie, &page);
        if (code == LDAP_SUCCESS)
                code = send_with(handle, request, page, ret_msgid);
        ber_memfree(page.bv_val);

        switch (code) {
        case LDAP_SUCCESS:
                return 0;
        case LDAP_NO_MEMORY:
                return -ENOMEM;
        case LDAP_FILTER_ERROR:
        case LDAP_PARAM_ERROR:
        case LDAP_ENCODING_ERROR:
                return -EINVAL;
        default:
                return -ENOTCONN;
        }
}

static int parse_page(LDAP *handle, LDAPControl **controls, Buffer *cookie, FeedResult *result)
{
        LDAPControl *control = ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls, NULL);
        struct berval value = { 0, NULL };
        ber_int_t estimate;
        int r;

        if (!control)
                return 0;

        if (ldap_parse_pageresponse_control(handle, control, &estimate, &value) != LDAP_SUCCESS)
                return -EBADMSG;

        r = buffer_append(cookie, value.bv_val, value.bv_len);
        ber_memfree(value.bv_val);
        if (r < 0)
                return r;

        result->has_page_control = true;
        result->cookie = (Slice){ cookie->data, cookie->size };
        return 0;
}

int search_parse_result(LDAP *handle, LDAPMessage *message, Buffer *cookie, FeedResult *ret)
{
        LDAPControl **controls = NULL;
        FeedResult result = {};
        int r;

        buffer_reset(cookie);
        if (ldap_parse_result(handle, message, &result.code, NULL, NULL, NULL, &controls, 0) !=
            LDAP_SUCCESS)
                return -EBADMSG;

        r = parse_page(handle, controls, cookie, &result);
        ldap_controls_free(controls);
        if (r < 0)
                return r;

        /* Samba answers a search with an unknown critical control by an extended response, code 12. */
        result.is_referral =
                result.code == LDAP_REFERRAL || ldap_msgtype(message) != LDAP_RES_SEARCH_RESULT;
        *ret = result;
        return 0;
}
