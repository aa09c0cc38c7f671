/* SPDX-License-Identifier: MIT */

#include "ctl/control-client.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

/*
 * The daemon answers from its loop, no turn of which is long; a reload may have to wait for an answer that is being applied. A hung
 * daemon must not hang systemctl reload too.
 */
#define ANSWER_SECONDS 60

/* The connected socket, or negative errno. */
static int control_connect(const char *path)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        struct timeval timeout = { .tv_sec = ANSWER_SECONDS };
        int fd, error;

        if (strlen(path) >= sizeof(address.sun_path))
                return -ENAMETOOLONG;
        strcpy(address.sun_path, path);

        fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return -errno;

        if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) < 0 ||
            setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)) < 0 ||
            connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
                error = errno;
                (void)close(fd);
                return -error;
        }

        return fd;
}

static int control_exchange(int fd, const ControlRequest *request, ControlOutcome *ret,
                            char **ret_text)
{
        _cleanup_free_ char *reply = malloc(CONTROL_REPLY_MAX);
        char text[CONTROL_REQUEST_MAX];
        size_t size = control_request_format(request, text);
        ssize_t n;

        if (!reply)
                return -ENOMEM;

        if (send(fd, text, size, MSG_NOSIGNAL) < 0)
                return -errno;

        n = recv(fd, reply, CONTROL_REPLY_MAX, 0);
        if (n < 0)
                return -errno;
        if (n == 0)
                return -ECONNRESET;

        return control_reply_parse(reply, (size_t)n, ret, ret_text);
}

static int control_trouble(const char *path, int error)
{
        switch (error) {
        case -ENOENT:
        case -ECONNREFUSED:
                return scanctl_error("scand is not running: nobody listens on %s. systemctl start "
                                     "scand starts it.",
                                     path);
        case -EACCES:
        case -EPERM:
                return scanctl_error(
                        "%s: you may not talk to scand. Be root, or in the group scand.", path);
        case -EAGAIN:
                return scanctl_error("scand did not answer within %d seconds. scanctl status tells "
                                     "whether it is alive.",
                                     ANSWER_SECONDS);
        case -EBADMSG:
                return scanctl_error(
                        "what listens on %s does not talk like scand. Is it of another version?",
                        path);
        default:
                return scanctl_error("%s: %s.", path, strerror(-error));
        }
}

/* What is not as it was asked for. */
static int control_told(ControlOutcome outcome, const char *text)
{
        switch (outcome) {
        case CONTROL_OK:
                return 0;
        case CONTROL_DENIED:
                return scanctl_error("scand does not allow it%s%s",
                                     *text ? ": " : ". Be root, or in the group scand.", text);
        case CONTROL_UNKNOWN_DOMAIN:
                return scanctl_error(
                        "%s",
                        *text ? text : "scand follows no such domain. scanctl status lists them.");
        case CONTROL_INVALID:
                return scanctl_error(
                        "scand does not understand: %s. Is the daemon older than scanctl?", text);
        case CONTROL_FAILED:
                return scanctl_error(
                        "%s",
                        *text ? text
                              : "it did not work, and scand does not say why. See its journal.");
        }

        return EXIT_TROUBLE;
}

int control_ask(Scanctl *scanctl, const ControlRequest *request, char **ret_text)
{
        _cleanup_free_ char *path = NULL, *text = NULL;
        ControlOutcome outcome;
        const Config *config;
        int fd, r;

        r = scanctl_config(scanctl, CONFIG_NEED_PATHS, &config);
        if (r < 0)
                return EXIT_TROUBLE;
        r = scanctl_path(config->runtime_directory, CONTROL_SOCKET, &path);
        if (r < 0)
                return scanctl_failed(scanctl, "cannot ask scand", r);

        fd = control_connect(path);
        if (fd < 0)
                return control_trouble(path, fd);

        r = control_exchange(fd, request, &outcome, &text);
        (void)close(fd);
        if (r < 0)
                return control_trouble(path, r);

        r = control_told(outcome, text);
        if (r != 0)
                return r;

        *ret_text = TAKE_PTR(text);
        return 0;
}
