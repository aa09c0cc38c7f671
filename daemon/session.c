/* SPDX-License-Identifier: MIT */
#include "daemon/session.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <lber.h>
#include <ldap.h>
#include <poll.h>
#include <string.h>

#include "daemon/entry.h"
#include "daemon/monotonic.h"
#include "daemon/search.h"

/* No answer is larger: one entry with a photo and all its values is far below; what says it is, is garbage or an attack. */
#define MESSAGE_LARGEST (UINT32_C(64) << 20)

/*
 * Read-ahead below TLS: reading 20,000 entries from Samba by LDAPS took 27,000 system calls without, and 300 with it.
 * Under a SASL layer it gains nothing, because that reads whole packets by itself.
 */
#define READ_AHEAD (64 * 1024)

/* A turn of the loop ends after so many messages or so long; a deferred source goes on at the next. */
#define TURN_MESSAGES 512
#define TURN_MS       15

struct Session {
        sd_event *event;
        LDAP *handle;
        int fd; /* the handle's */
        Sockbuf *sockbuf;
        const SessionOps *ops;
        void *userdata;

        sd_event_source *io;
        sd_event_source *more;     /* there is more to do than one turn allows */
        sd_event_source *deadline; /* of the ordinary request */

        int request_id; /* 0: none outstanding */
        int notify_id;
        unsigned timeout; /* seconds, of the ordinary request; 0: none */
        int64_t heard;    /* when its last message came, or when it was sent */
        AttributeSet requested;
        int writing_id; /* the request that is perhaps not wholly sent; 0: none */

        bool is_broken; /* found in session_send(): closed() is told on a later turn */
        bool is_over;   /* closed() was told */
        bool is_notified;
        bool in_callback;

        Object *object; /* used again for every entry */
        Buffer cookie;
        uint64_t n_entries;
};

const char *session_end_code(SessionEnd end)
{
        static const char *const codes[] = {
#define SESSION_END_CODE(name, code, meaning) [SESSION_##name] = code,
                SESSION_END_TABLE(SESSION_END_CODE)
#undef SESSION_END_CODE
        };

        return codes[end];
}

uint64_t session_n_entries(const Session *session)
{
        return session->n_entries;
}

static void session_end(Session *session, SessionEnd end, const char *text)
{
        if (session->is_over)
                return;

        session->is_over = true;
        session->request_id = session->notify_id = 0;
        (void)sd_event_source_set_enabled(session->io, SD_EVENT_OFF);
        (void)sd_event_source_set_enabled(session->more, SD_EVENT_OFF);
        (void)sd_event_source_set_enabled(session->deadline, SD_EVENT_OFF);

        session->in_callback = true;
        session->ops->closed(session, end, text, session->userdata);
        session->in_callback = false;
}

/* What a handler of the owner returned. */
static void session_judge(Session *session, int r)
{
        if (r < 0)
                session_end(session, SESSION_INTERNAL, strerror(-r));
}

/*
 * libldap says "can't contact" to a closed connection and to bytes that are no LDAP alike. If the socket has neither
 * ended nor failed, it was the bytes.
 */
static void session_end_broken(Session *session)
{
        struct pollfd fd = { .fd = session->fd, .events = POLLRDHUP };
        bool is_closed = poll(&fd, 1, 0) > 0;
        int code = LDAP_SERVER_DOWN;

        (void)ldap_get_option(session->handle, LDAP_OPT_RESULT_CODE, &code);

        if (code == LDAP_NO_MEMORY)
                session_end(session, SESSION_INTERNAL, "no memory");
        else if (is_closed)
                session_end(session, SESSION_CLOSED, "the connection was closed");
        else
                session_end(session, SESSION_PROTOCOL,
                            "what the server sent is not LDAP, or too large");
}

static void handle_entry(Session *session, LDAPMessage *message)
{
        int r;

        r = entry_decode(session->handle, message, &session->requested, session->object);
        if (r == -EBADMSG) {
                session_end(session, SESSION_PROTOCOL, "an entry cannot be decoded");
                return;
        }

        if (r == 0) {
                session->n_entries++;
                r = session->ops->entry(session, session->object, session->userdata);
        }

        session_judge(session, r);
}

static void handle_result(Session *session, LDAPMessage *message)
{
        FeedResult result;
        int r;

        r = search_parse_result(session->handle, message, &session->cookie, &result);
        if (r == -EBADMSG) {
                session_end(session, SESSION_PROTOCOL, "a result cannot be decoded");
                return;
        }

        session->request_id = 0; /* the next may be sent from the handler */
        (void)sd_event_source_set_enabled(session->deadline, SD_EVENT_OFF);
        if (r == 0)
                r = session->ops->result(session, &result, session->userdata);

        session_judge(session, r);
}

static void handle_notify_result(Session *session, LDAPMessage *message)
{
        FeedResult result;

        session->notify_id = 0;
        if (search_parse_result(session->handle, message, &session->cookie, &result) < 0)
                result.code = LDAP_DECODING_ERROR;

        if (session->ops->notify_ended)
                session_judge(session,
                              session->ops->notify_ended(session, result.code, session->userdata));
}

/* Message 0 is the server's own word; the one that RFC 4511 knows is that it hangs up. */
static void handle_unsolicited(Session *session, LDAPMessage *message)
{
        char *oid = NULL;
        int r;

        r = ldap_parse_extended_result(session->handle, message, &oid, NULL, 0);
        if (r == LDAP_SUCCESS && oid && strcmp(oid, LDAP_NOTICE_OF_DISCONNECTION) == 0)
                session_end(session, SESSION_DISCONNECTED,
                            "the server announced that it closes the connection");

        ldap_memfree(oid);
}

/*
 * Requests are some kilobytes, and the one before was answered, so the socket takes one whole. Where it does not,
 * libldap keeps the rest and sends it from ldap_result() when the socket is writable; it does not say when that is
 * done. So the source is told to wake us at each change of state, and goes back to plain reading when the answer
 * begins.
 */
static void session_watch(Session *session, int writing_id)
{
        if (session->writing_id == writing_id)
                return;

        session->writing_id = writing_id;
        (void)sd_event_source_set_io_events(session->io,
                                            writing_id ? EPOLLIN | EPOLLOUT | EPOLLET : EPOLLIN);
}

static bool is_final(int type)
{
        return type != LDAP_RES_SEARCH_ENTRY && type != LDAP_RES_SEARCH_REFERENCE &&
               type != LDAP_RES_INTERMEDIATE;
}

static void session_handle(Session *session, LDAPMessage *message)
{
        int id = ldap_msgid(message), type = ldap_msgtype(message);

        if (id == session->writing_id)
                session_watch(session, 0);

        session->in_callback = true;
        if (id == 0 && type == LDAP_RES_EXTENDED) {
                handle_unsolicited(session, message);
        } else if (id == session->request_id) {
                session->heard = monotonic_ms();
                if (type == LDAP_RES_SEARCH_ENTRY)
                        handle_entry(session, message);
                else if (is_final(type))
                        handle_result(session, message);
        } else if (id == session->notify_id) {
                if (is_final(type))
                        handle_notify_result(session, message);
                else
                        session->is_notified = true;
        }

        /* References are not followed; what belongs to no request of ours, an abandoned one say, is dropped. */
        session->in_callback = false;
}

/*
 * Whether the layers between the socket and us hold bytes. "No message yet" is not enough: with read-ahead under TLS
 * libldap says so while bytes wait in its buffers, and the socket will not become readable for them again.
 */
static bool session_has_more(Session *session)
{
        return ber_sockbuf_ctrl(session->sockbuf, LBER_SB_OPT_DATA_READY, NULL) > 0;
}

static void tell_notified(Session *session)
{
        if (!session->is_notified || session->is_over)
                return;

        /* A hundred changes in one turn are one reason to look. */
        session->is_notified = false;
        if (!session->ops->notified)
                return;

        session->in_callback = true;
        session_judge(session, session->ops->notified(session, session->userdata));
        session->in_callback = false;
}

/* True: all that has come was handled. False: the turn's time is up, or the session is over. */
static bool session_drain_turn(Session *session)
{
        int64_t end = monotonic_ms() + TURN_MS;

        for (unsigned n = 0; n < TURN_MESSAGES && monotonic_ms() < end; n++) {
                LDAPMessage *message = NULL;
                int type;

                type = ldap_result(session->handle, LDAP_RES_ANY, LDAP_MSG_ONE, &(struct timeval){},
                                   &message);
                if (type < 0) {
                        session_end_broken(session);
                        return false;
                }

                if (type > 0)
                        session_handle(session, message);
                else if (!session_has_more(session))
                        return true;

                ldap_msgfree(message);
                if (session->is_over)
                        return false;
        }

        return false;
}

static void session_drain(Session *session)
{
        bool is_drained = session_drain_turn(session);

        tell_notified(session);
        if (!is_drained && !session->is_over)
                (void)sd_event_source_set_enabled(session->more, SD_EVENT_ONESHOT);
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        Session *session = userdata;

        session_drain(session);
        return 0;
}

static int on_more(sd_event_source *source, void *userdata)
{
        Session *session = userdata;

        if (session->is_broken)
                session_end_broken(session);
        else
                session_drain(session);

        return 0;
}

static int session_arm(Session *session, int64_t milliseconds)
{
        int r;

        r = sd_event_source_set_time_relative(session->deadline, (uint64_t)milliseconds * 1000);
        if (r < 0)
                return r;

        return sd_event_source_set_enabled(session->deadline, SD_EVENT_ONESHOT);
}

/*
 * Entries do not move the timer, which would cost as much as they do: it looks when it fires. What has come but was not
 * read yet, because the loop or the machine stood still, is read first.
 */
static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata)
{
        Session *session = userdata;
        int64_t left;

        session_drain(session);
        if (session->is_over || !session->request_id)
                return 0;

        left = session->heard + (int64_t)session->timeout * 1000 - monotonic_ms();
        if (left > 0)
                session_judge(session, session_arm(session, left));
        else
                session_end(session, SESSION_TIMEOUT, "the server does not answer");

        return 0;
}

static int session_add_sources(Session *session)
{
        int r;

        r = sd_event_add_io(session->event, &session->io, session->fd, EPOLLIN, on_io, session);
        if (r < 0)
                return r;

        /* What has come with the bind's answer is in the buffers already: the first turn looks there. */
        r = sd_event_add_defer(session->event, &session->more, on_more, session);
        if (r < 0)
                return r;

        r = sd_event_add_time(session->event, &session->deadline, CLOCK_MONOTONIC, 0, 0,
                              on_deadline, session);
        if (r < 0)
                return r;

        (void)sd_event_source_set_description(session->io, "session-io");
        (void)sd_event_source_set_description(session->more, "session-more");
        (void)sd_event_source_set_description(session->deadline, "session-deadline");
        return sd_event_source_set_enabled(session->deadline, SD_EVENT_OFF);
}

/*
 * From a handle that blocks, as connecting needed it, to one that never does. Without O_NONBLOCK libldap sits in read()
 * when a message comes in pieces.
 */
static int session_adopt(Session *session)
{
        ber_len_t largest = MESSAGE_LARGEST;
        size_t ahead = READ_AHEAD;
        int flags;

        if (ldap_get_option(session->handle, LDAP_OPT_DESC, &session->fd) != LDAP_OPT_SUCCESS ||
            ldap_get_option(session->handle, LDAP_OPT_SOCKBUF, &session->sockbuf) !=
                    LDAP_OPT_SUCCESS ||
            session->fd < 0)
                return -ENOTCONN;

        flags = fcntl(session->fd, F_GETFL);
        if (flags < 0 || fcntl(session->fd, F_SETFL, flags | O_NONBLOCK) < 0)
                return -errno;

        if (ber_sockbuf_ctrl(session->sockbuf, LBER_SB_OPT_SET_MAX_INCOMING, &largest) != 1)
                return -EIO;

        if (!ldap_tls_inplace(session->handle))
                return 0;

        if (ber_sockbuf_add_io(session->sockbuf, &ber_sockbuf_io_readahead,
                               LBER_SBIOD_LEVEL_PROVIDER + 1, NULL) < 0 ||
            ber_sockbuf_ctrl(session->sockbuf, LBER_SB_OPT_SET_READAHEAD, &ahead) < 0)
                return -EIO;

        return 0;
}

int session_new(sd_event *event, struct ldap *handle, const SessionOps *ops, void *userdata,
                Session **ret)
{
        _cleanup_(session_freep) Session *session = calloc(1, sizeof(*session));
        int r;

        if (!session) {
                (void)ldap_unbind_ext(handle, NULL, NULL);
                return -ENOMEM;
        }

        *session = (Session){
                .event = sd_event_ref(event),
                .handle = handle,
                .fd = -1,
                .ops = ops,
                .userdata = userdata,
        };

        r = object_new(&session->object);
        if (r < 0)
                return r;

        r = session_adopt(session);
        if (r < 0)
                return r;

        r = session_add_sources(session);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(session);
        return 0;
}

Session *session_free(Session *session)
{
        if (!session)
                return NULL;

        assert(!session->in_callback);

        /* The sources first: the descriptor is the handle's, and is closed with it. */
        sd_event_source_disable_unref(session->io);
        sd_event_source_disable_unref(session->more);
        sd_event_source_disable_unref(session->deadline);
        (void)ldap_unbind_ext(session->handle, NULL, NULL);
        sd_event_unref(session->event);
        object_free(session->object);
        buffer_done(&session->cookie);
        free(session);
        return NULL;
}

static int session_sent(Session *session, const FeedRequest *request, int id)
{
        int code = LDAP_SUCCESS;

        (void)ldap_get_option(session->handle, LDAP_OPT_RESULT_CODE, &code);
        if (code == LDAP_BUSY)
                session_watch(session, id);

        if (request->is_notification) {
                session->notify_id = id;
                return 0;
        }

        session->request_id = id;
        session->requested = request->attributes;
        session->timeout = request->timeout;
        session->heard = monotonic_ms();
        return request->timeout > 0 ? session_arm(session, (int64_t)request->timeout * 1000) : 0;
}

int session_send(Session *session, const FeedRequest *request)
{
        int id, r;

        if (session->is_over)
                return -ENOTCONN;

        if (request->is_notification ? session->notify_id : session->request_id)
                return -EBUSY;

        r = search_send(session->handle, request, &id);
        if (r == -ENOTCONN) {
                session->is_broken = true;
                return sd_event_source_set_enabled(session->more, SD_EVENT_ONESHOT);
        }
        if (r < 0)
                return r;

        return session_sent(session, request, id);
}

void session_abandon(Session *session)
{
        if (session->is_over || !session->request_id)
                return;

        /* Best effort: what still comes belongs to no request of ours and is dropped. */
        (void)ldap_abandon_ext(session->handle, session->request_id, NULL, NULL);
        session->request_id = 0;
        (void)sd_event_source_set_enabled(session->deadline, SD_EVENT_OFF);
}
