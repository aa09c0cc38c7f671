/* SPDX-License-Identifier: MIT */
#include "daemon/control-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/log.h"
#include "lib/core/control-protocol.h"

enum {
        PEERS_MAX = 8,
        BACKLOG = 8,
        PATIENCE_USEC = 5 * 1000 * 1000,
        KNOCKS_USEC = 1000 * 1000, /* in which we look at so many connections at most */
        KNOCKS_MOST = 100,
        WAITING_USEC = 45 * 1000 * 1000, /* less than scanctl's patience */
};

struct Control {
        Manager *manager;
        char *path; /* NULL: not bound */
        int fd;
        sd_event_source *io;
        Peer peers[PEERS_MAX];
};

/* --- who asks --- */

typedef enum Privilege {
        PRIVILEGE_NONE,
        PRIVILEGE_GROUP,
        PRIVILEGE_ALL,
} Privilege;

static bool peer_is_member(int fd, gid_t primary)
{
        gid_t groups[256], own = getegid();
        socklen_t size = sizeof(groups);

        if (primary == own)
                return true;

        /* Somebody in more groups than these is somebody whom we do not know. */
        if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) < 0)
                return false;
        for (size_t i = 0; i < size / sizeof(groups[0]); i++)
                if (groups[i] == own)
                        return true;
        return false;
}

static Privilege peer_privilege(int fd, uid_t *ret_uid)
{
        struct ucred credentials;
        socklen_t size = sizeof(credentials);

        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0)
                return PRIVILEGE_NONE;
        *ret_uid = credentials.uid;
        if (credentials.uid == 0 || credentials.uid == geteuid())
                return PRIVILEGE_ALL;

        return peer_is_member(fd, credentials.gid) ? PRIVILEGE_GROUP : PRIVILEGE_NONE;
}

static bool is_permitted(const ControlRequest *request, Privilege privilege)
{
        switch (privilege) {
        case PRIVILEGE_NONE:
                return false;
        case PRIVILEGE_GROUP:
                return (request->verb == CONTROL_RESCAN && !request->accept_deletions) ||
                       request->verb == CONTROL_ORIGIN;
        case PRIVILEGE_ALL:
                return true;
        }

        return false;
}

/* --- what is asked --- */

static void peer_done(Peer *peer)
{
        peer->io = sd_event_source_disable_unref(peer->io);
        peer->timer = sd_event_source_disable_unref(peer->timer);
        (void)close(peer->fd);
        free(TAKE_PTR(peer->waiting));
        peer->control = NULL;
}

void peer_answer(Peer *peer, ControlOutcome outcome, const char *text)
{
        _cleanup_free_ char *reply = NULL;
        size_t size;

        if (control_reply_format(outcome, text, &reply, &size) >= 0)
                (void)send(peer->fd, reply, size, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static int peer_wait(Peer *peer, const ControlRequest *request)
{
        int r;

        peer->waiting = malloc(sizeof(*peer->waiting));
        if (!peer->waiting)
                return -ENOMEM;
        *peer->waiting = *request;

        r = sd_event_source_set_enabled(peer->io, SD_EVENT_OFF);
        if (r >= 0)
                r = sd_event_source_set_time_relative(peer->timer, WAITING_USEC);
        return r;
}

/* Likewise. */
static bool peer_handle(Peer *peer, const char *text, size_t size)
{
        ControlRequest request;
        const char *error;
        uid_t uid = (uid_t)-1;

        if (control_request_parse(text, size, &request, &error) < 0) {
                peer_answer(peer, CONTROL_INVALID, error);
                return false;
        }
        if (!is_permitted(&request, peer_privilege(peer->fd, &uid))) {
                log_notice("refused a control request (%s): the caller may not",
                           control_verb_name(request.verb));
                peer_answer(peer, CONTROL_DENIED, "this needs root");
                return false;
        }

        return peer_do(peer, &request, uid) && peer_wait(peer, &request) >= 0;
}

static int on_request(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        char text[CONTROL_REQUEST_MAX + 1];
        bool waits = false;
        Peer *peer = userdata;
        ssize_t n;

        n = recv(fd, text, sizeof(text), MSG_DONTWAIT | MSG_TRUNC);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return 0;
        if (n > CONTROL_REQUEST_MAX)
                peer_answer(peer, CONTROL_INVALID, "the request is too long");
        else if (n > 0)
                waits = peer_handle(peer, text, (size_t)n);

        if (!waits)
                peer_done(peer);
        return 0;
}

void control_transaction_free(Control *control)
{
        for (size_t i = 0; i < PEERS_MAX; i++) {
                Peer *peer = &control->peers[i];
                uid_t uid;

                if (peer->control && peer->waiting &&
                    is_permitted(peer->waiting, peer_privilege(peer->fd, &uid)) &&
                    !peer_do(peer, peer->waiting, uid))
                        peer_done(peer);
        }
}

static int on_patience(sd_event_source *source, uint64_t usec, void *userdata)
{
        Peer *peer = userdata;

        if (peer->waiting)
                peer_answer(peer, CONTROL_FAILED,
                            "scand is busy with a large answer of a domain controller, nothing has "
                            "changed: ask again");
        peer_done(peer);
        return 0;
}

/* --- listening --- */

static int peer_init(Peer *peer, Control *control, int fd)
{
        sd_event *event = manager_event(control->manager);
        int r;

        *peer = (Peer){ .control = control, .manager = control->manager, .fd = fd };
        r = sd_event_add_io(event, &peer->io, fd, EPOLLIN, on_request, peer);
        if (r >= 0)
                r = sd_event_add_time_relative(event, &peer->timer, CLOCK_MONOTONIC, PATIENCE_USEC,
                                               0, on_patience, peer);
        if (r < 0) {
                peer_done(peer);
                return r;
        }

        (void)sd_event_source_set_description(peer->io, "control-peer");
        (void)sd_event_source_set_description(peer->timer, "control-patience");
        /* A question waits neither for reading nor for applying. */
        return sd_event_source_set_priority(peer->io, SD_EVENT_PRIORITY_IMPORTANT);
}

static int on_connection(sd_event_source *source, int listening, uint32_t events, void *userdata)
{
        Control *control = userdata;
        int fd;

        fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0)
                return 0; /* it went away again */

        for (size_t i = 0; i < PEERS_MAX; i++) {
                if (control->peers[i].control)
                        continue;
                (void)peer_init(&control->peers[i], control, fd);
                return 0;
        }

        (void)close(fd);
        return 0;
}

static int fill_address(const char *path, struct sockaddr_un *ret)
{
        *ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
        if (strlen(path) >= sizeof(ret->sun_path))
                return -ENAMETOOLONG;

        strcpy(ret->sun_path, path);
        return 0;
}

/* What a daemon that was killed left behind goes; a socket that answers is another daemon's. */
static int remove_dead_socket(const struct sockaddr_un *address)
{
        bool answers;
        int fd;

        fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return -errno;

        answers = connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 ||
                  errno == EAGAIN;
        (void)close(fd);
        if (answers)
                return -EADDRINUSE;

        return unlink(address->sun_path) < 0 && errno != ENOENT ? -errno : 0;
}

static int control_listen(Control *control, const char *path)
{
        struct sockaddr_un address;
        int r;

        r = fill_address(path, &address);
        if (r < 0)
                return r;
        r = remove_dead_socket(&address);
        if (r < 0)
                return r;

        control->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (control->fd < 0)
                return -errno;
        /* Nobody can connect before listen(), so there is no moment with another mode. */
        if (bind(control->fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
                return -errno;
        control->path = strdup(path);
        if (!control->path)
                return -ENOMEM;
        if (chmod(path, 0660) < 0 || listen(control->fd, BACKLOG) < 0)
                return -errno;

        r = sd_event_add_io(manager_event(control->manager), &control->io, control->fd, EPOLLIN,
                            on_connection, control);
        if (r < 0)
                return r;
        (void)sd_event_source_set_description(control->io, "control");
        /* Whoever cannot be let in, because no descriptor is left, goes on knocking: that must not be all we listen to. */
        r = sd_event_source_set_ratelimit(control->io, KNOCKS_USEC, KNOCKS_MOST);
        if (r < 0)
                return r;
        return sd_event_source_set_priority(control->io, SD_EVENT_PRIORITY_IMPORTANT);
}

int control_new(Manager *manager, const char *directory, Control **ret)
{
        _cleanup_(control_freep) Control *control = NULL;
        _cleanup_free_ char *path = NULL;
        int r;

        control = calloc(1, sizeof(*control));
        if (!control)
                return -ENOMEM;
        control->manager = manager;
        control->fd = -1;

        if (asprintf(&path, "%s/" CONTROL_SOCKET, directory) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        r = control_listen(control, path);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(control);
        return 0;
}

Control *control_free(Control *control)
{
        if (!control)
                return NULL;

        for (size_t i = 0; i < PEERS_MAX; i++)
                if (control->peers[i].control)
                        peer_done(&control->peers[i]);
        sd_event_source_disable_unref(control->io);
        if (control->fd >= 0)
                (void)close(control->fd);
        if (control->path)
                (void)unlink(control->path);
        free(control->path);
        free(control);
        return NULL;
}
