/* SPDX-License-Identifier: MIT */
#include <ldap.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/core/util.h"
#include "tests/fakedc/answer.h"
#include "tests/fakedc/element.h"
#include "tests/fakedc/filter.h"

BerElement *answer_begin(void)
{
        BerElement *ber = ber_alloc_t(LBER_USE_DER);

        if (!ber)
                abort();

        return ber;
}

void answer_put(int r)
{
        if (r < 0)
                abort();
}

/* An LDAPResult of any operation, without controls. */
void answer_result(Client *client, int id, ber_tag_t type, int code, const char *text)
{
        BerElement *ber = answer_begin();

        answer_put(ber_printf(ber, "{it{ess}}", id, type, code, "", text));
        client_send_ber(client, ber);
}

bool answer_is_wanted(struct berval attributes, const char *name, size_t size)
{
        struct berval wanted;

        if (attributes.bv_len == 0)
                return true;

        while (element_expect(&attributes, LBER_OCTETSTRING, &wanted))
                if ((wanted.bv_len == 1 && *wanted.bv_val == '*') ||
                    (wanted.bv_len == size && strncasecmp(wanted.bv_val, name, size) == 0))
                        return true;

        return false;
}

static bool value_is(const struct berval *value, const char *string)
{
        return value->bv_len == strlen(string) &&
               strncasecmp(value->bv_val, string, value->bv_len) == 0;
}

static bool password_is_right(const Server *server, const struct berval *name,
                              const struct berval *password)
{
        return (!server->user || value_is(name, server->user)) &&
               (!server->password ||
                (password->bv_len == strlen(server->password) &&
                 memcmp(password->bv_val, server->password, password->bv_len) == 0));
}

/* AD's own texts name the nearest object that there is. */
#define TELLTALE_TEXT                                                                              \
        "0000208D: NameErr: DSID-03100288, problem 2001 (NO_OBJECT), data 52e, best match of:\n\t" \
        "'CN=Telltale Person,OU=People,DC=corp,DC=example'"

void answer_telltale(Client *client, int id, ber_tag_t type, int code)
{
        answer_result(client, id, type, code, TELLTALE_TEXT);
}

static void answer_bind(Client *client, int id, struct berval request)
{
        struct berval name, password;
        int version;

        client->server->n_binds++;
        client->is_bound = false;
        if (!element_expect_integer(&request, LBER_INTEGER, &version) ||
            !element_expect(&request, LBER_OCTETSTRING, &name)) {
                client_close(client);
                return;
        }

        if (!element_expect(&request, LDAP_AUTH_SIMPLE, &password)) {
                answer_result(client, id, LDAP_RES_BIND, LDAP_AUTH_METHOD_NOT_SUPPORTED, "");
                return;
        }

        /* Nobody: allowed, and allowed nothing. */
        if (password.bv_len == 0) {
                answer_result(client, id, LDAP_RES_BIND, LDAP_SUCCESS, "");
                return;
        }

        if (!client->ssl && !client->server->may_bind_in_clear) {
                answer_result(client, id, LDAP_RES_BIND, LDAP_STRONG_AUTH_REQUIRED,
                              "00002028: LdapErr: DSID-0C090276, comment: The server requires "
                              "binds to turn on "
                              "integrity checking");
                return;
        }

        if (fault_is(&client->server->fault, FAULT_TELLTALE) && client->server->fault.n == 1) {
                answer_telltale(client, id, LDAP_RES_BIND, LDAP_INVALID_CREDENTIALS);
                return;
        }

        client->is_bound = password_is_right(client->server, &name, &password);
        answer_result(
                client, id, LDAP_RES_BIND,
                client->is_bound ? LDAP_SUCCESS : LDAP_INVALID_CREDENTIALS,
                client->is_bound
                        ? ""
                        : "80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, "
                          "data 52e, v1db1");
}

static void answer_extended(Client *client, int id, struct berval request)
{
        struct berval oid;

        if (!element_expect(&request, LDAP_TAG_EXOP_REQ_OID, &oid) ||
            !value_is(&oid, LDAP_EXOP_START_TLS) || client->ssl) {
                answer_result(client, id, LDAP_RES_EXTENDED, LDAP_PROTOCOL_ERROR, "");
                return;
        }

        if (fault_is(&client->server->fault, FAULT_NO_STARTTLS)) {
                answer_result(client, id, LDAP_RES_EXTENDED, LDAP_UNAVAILABLE, "no certificate");
                return;
        }

        answer_result(client, id, LDAP_RES_EXTENDED, LDAP_SUCCESS, "");
        client_start_tls(client);
}

/* The request is the number of another, without a tag of its own. */
static void answer_abandon(Client *client, struct berval request)
{
        int id = 0;

        for (size_t i = 0; i < request.bv_len; i++)
                id = id * 256 + (uint8_t)request.bv_val[i];

        for (size_t i = 0; i < ARRAY_SIZE(client->watches); i++)
                if (client->watches[i].message_id == id)
                        client->watches[i].message_id = 0;
}

/* Noise before an answer, which a client must not fall over. */
static void send_noise(Client *client)
{
        Fault *fault = &client->server->fault;
        BerElement *ber;

        if (fault_is(fault, FAULT_UNKNOWN_ID)) {
                ber = answer_begin();
                answer_put(ber_printf(ber, "{it{s{}}}", 99999, LDAP_RES_SEARCH_ENTRY,
                                      "CN=Nobody asked"));
                client_send_ber(client, ber);
                answer_result(client, 99999, LDAP_RES_SEARCH_RESULT, LDAP_SUCCESS, "");
        }

        if (fault_is(fault, FAULT_NOISE)) {
                ber = answer_begin();
                answer_put(ber_printf(ber, "{it{essts}}", 0, LDAP_RES_EXTENDED, LDAP_SUCCESS, "",
                                      "", LDAP_TAG_EXOP_RES_OID, "1.2.3.4"));
                client_send_ber(client, ber);
        }
}

/* Answers that are none. True: that was it. */
static bool send_nonsense(Client *client, int id)
{
        Fault *fault = &client->server->fault;
        uint8_t huge[] = { 0x30, 0x84, 0, 0, 0, 0, 0x02, 0x01, (uint8_t)id };

        if (fault_take(fault, FAULT_GARBAGE)) {
                for (long i = 0; i < fault->n; i++)
                        client_send(client, &(const uint8_t){ (uint8_t)(i * 37 + 0x91) }, 1);
                return true;
        }

        if (fault_take(fault, FAULT_HUGE)) {
                huge[2] = (uint8_t)(fault->n << 20 >> 24);
                huge[3] = (uint8_t)(fault->n << 20 >> 16);
                client_send(client, huge, sizeof(huge));
                return true;
        }

        if (fault_take(fault, FAULT_BAD_RESULT)) {
                client_send(
                        client,
                        (const uint8_t[]){ 0x30, 0x06, 0x02, 0x01, (uint8_t)id, 0x65, 0x01, 0x07 },
                        8);
                return true;
        }

        if (fault_take(fault, FAULT_NOTICE)) {
                BerElement *ber = answer_begin();

                answer_put(ber_printf(ber, "{it{essts}}", 0, LDAP_RES_EXTENDED, LDAP_UNAVAILABLE,
                                      "", "", LDAP_TAG_EXOP_RES_OID, LDAP_NOTICE_OF_DISCONNECTION));
                client_send_ber(client, ber);
                client_close(client);
                return true;
        }

        return false;
}

void answer_message(Client *client, struct berval message)
{
        struct berval content, request;
        unsigned type;
        int id;

        if (!element_expect(&message, LBER_SEQUENCE, &content) ||
            !element_expect_integer(&content, LBER_INTEGER, &id) ||
            !element_take(&content, &type, &request)) {
                client_close(client);
                return;
        }

        if (fault_is(&client->server->fault, FAULT_SILENCE))
                return;

        switch (type) {
        case LDAP_REQ_BIND:
                answer_bind(client, id, request);
                break;
        case LDAP_REQ_SEARCH:
                send_noise(client);
                if (!send_nonsense(client, id))
                        answer_search(client, id, request, content);
                break;
        case LDAP_REQ_EXTENDED:
                answer_extended(client, id, request);
                break;
        case LDAP_REQ_ABANDON:
                answer_abandon(client, request);
                break;
        default: /* unbind, and what this server does not know */
                client_close(client);
        }
}
