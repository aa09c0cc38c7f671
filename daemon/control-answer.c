/* SPDX-License-Identifier: MIT */

/* What the manager makes of a request, in words for whoever asked. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemon/control-internal.h"

static void answer_rescan(Peer *peer, const ControlRequest *request)
{
        const char *domain = *request->domain ? request->domain : NULL;
        char text[64];
        size_t n;

        n = manager_rescan(peer->manager, domain, request->is_reconcile, request->accept_deletions);
        if (n == 0) {
                peer_answer(peer, CONTROL_UNKNOWN_DOMAIN, "no such domain is configured");
                return;
        }

        (void)snprintf(text, sizeof(text), "%s %zu domain%s%s",
                       request->is_reconcile ? "reconciling" : "reading", n, n == 1 ? "" : "s",
                       request->is_reconcile ? "" : " again");
        peer_answer(peer, CONTROL_OK, text);
}

static void answer_reload(Peer *peer)
{
        _cleanup_free_ char *text = NULL;
        int r;

        r = manager_reload(peer->manager, &text);
        if (r < 0)
                peer_answer(peer, CONTROL_FAILED, text ?: strerror(-r));
        else
                peer_answer(peer, CONTROL_OK, text ?: "");
}

/* It is written now, or when the answer that is being applied is done: then the peer waits (true). */
static bool answer_acceptance(Peer *peer, const ControlRequest *request, uid_t uid)
{
        bool is_accept = request->verb == CONTROL_ACCEPT;
        char text[80];
        size_t n;
        int r;

        if (is_accept && request->until <= manager_wall(peer->manager)) {
                peer_answer(peer, CONTROL_INVALID, "that day is over");
                return false;
        }

        r = manager_accept(peer->manager, request, uid, &n);
        if (r == MANAGER_BUSY)
                return true;
        if (r < 0) {
                peer_answer(peer, CONTROL_FAILED,
                            "scand cannot write its database, see its journal");
                return false;
        }

        (void)snprintf(text, sizeof(text), "%zu finding%s %s", n, n == 1 ? "" : "s",
                       is_accept ? "accepted" : "not accepted any more");
        peer_answer(peer, CONTROL_OK, text);
        return false;
}

/* Likewise: the domain controller has to be asked. */
static bool answer_origin(Peer *peer, const ControlRequest *request)
{
        _cleanup_free_ char *text = NULL;
        int r;

        r = manager_origin(peer->manager, request->domain, &request->guid, &text);
        switch (r) {
        case MANAGER_BUSY:
                return true;
        case 0:
                peer_answer(peer, CONTROL_OK, text);
                break;
        case -ENODEV:
                peer_answer(peer, CONTROL_UNKNOWN_DOMAIN, "no such domain is configured");
                break;
        case -ENOTCONN:
                peer_answer(peer, CONTROL_FAILED,
                            "scand is not connected to a domain controller of it now: ask again");
                break;
        case -ENOENT:
                peer_answer(peer, CONTROL_FAILED, "the domain controller has no such object");
                break;
        case -EACCES:
                peer_answer(peer, CONTROL_FAILED,
                            "the domain controller does not show scand's account where it was "
                            "written (replPropertyMetaData)");
                break;
        default:
                peer_answer(peer, CONTROL_FAILED,
                            "the domain controller's answer cannot be used: ask again");
                break;
        }
        return false;
}

/* Likewise: it is done between answers. */
static bool answer_forget(Peer *peer, const ControlRequest *request, uid_t uid)
{
        Forgotten forgotten;
        char text[100];
        int r;

        r = manager_forget(peer->manager, &request->guid, uid, &forgotten);
        if (r == MANAGER_BUSY)
                return true;
        if (r == MANAGER_ALIVE) {
                peer_answer(peer, CONTROL_FAILED,
                            "the object is not deleted: scand would read it again. It can be "
                            "forgotten when it is deleted in the directory, and scand has seen "
                            "that");
                return false;
        }
        if (r < 0) {
                peer_answer(peer, CONTROL_FAILED,
                            "scand cannot write its database, see its journal");
                return false;
        }

        (void)snprintf(text, sizeof(text), "%" PRIi64 " object%s and %" PRIi64 " event%s forgotten",
                       forgotten.objects, forgotten.objects == 1 ? "" : "s", forgotten.events,
                       forgotten.events == 1 ? "" : "s");
        peer_answer(peer, CONTROL_OK, text);
        return false;
}

static bool answer_forget_domain(Peer *peer, const ControlRequest *request, uid_t uid)
{
        int64_t n_objects;
        char text[160];
        int r;

        r = manager_forget_domain(peer->manager, request->domain, uid, &n_objects);
        switch (r) {
        case MANAGER_BUSY:
                return true;
        case 0:
                (void)snprintf(text, sizeof(text),
                               "forgetting %" PRIi64 " object%s, with all that happened to them",
                               n_objects, n_objects == 1 ? "" : "s");
                peer_answer(peer, CONTROL_OK, text);
                break;
        case MANAGER_ALIVE:
                peer_answer(peer, CONTROL_FAILED,
                            "scand follows this domain. Take its section out of scand.conf first, "
                            "and reload");
                break;
        case -ENODEV:
                peer_answer(peer, CONTROL_UNKNOWN_DOMAIN, "nothing is kept of such a domain");
                break;
        default:
                peer_answer(peer, CONTROL_FAILED,
                            "scand cannot write its database, see its journal");
                break;
        }
        return false;
}

bool peer_do(Peer *peer, const ControlRequest *request, uid_t uid)
{
        switch (request->verb) {
        case CONTROL_RESCAN:
                answer_rescan(peer, request);
                return false;
        case CONTROL_RELOAD:
                answer_reload(peer);
                return false;
        case CONTROL_ACCEPT:
        case CONTROL_UNACCEPT:
                return answer_acceptance(peer, request, uid);
        case CONTROL_ORIGIN:
                return answer_origin(peer, request);
        case CONTROL_FORGET:
                return answer_forget(peer, request, uid);
        case CONTROL_FORGET_DOMAIN:
                return answer_forget_domain(peer, request, uid);
        }

        return false;
}
