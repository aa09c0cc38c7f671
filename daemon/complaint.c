/* SPDX-License-Identifier: MIT */
#include "daemon/complaint.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemon/log.h"

enum {
        /* The same trouble is told again so often while it lasts. */
        TELL_AGAIN_MS = 15 * 60 * 1000,
};

static void forget_text(Complaint *complaint)
{
        free(complaint->text);
        complaint->text = NULL;
        complaint->message_id = NULL;
}

void complaint_done(Complaint *complaint)
{
        forget_text(complaint);
        *complaint = (Complaint){ 0 };
}

void complaint_add(Complaint *complaint, const char *message_id, const char *code, const char *text)
{
        forget_text(complaint);
        complaint->message_id = message_id;
        complaint->text = strdup(text); /* without memory the code must do */
        complaint->code = code;
        complaint->n++;
}

bool complaint_tell(Complaint *complaint, const char *domain, int64_t now, int64_t retry_at)
{
        bool is_news = !complaint->told_code ||
                       strcmp(complaint->told_code, complaint->code) != 0 ||
                       now - complaint->told_at >= TELL_AGAIN_MS;
        int64_t seconds = (retry_at - now + 999) / 1000;
        char when[32] = "at once";

        if (!complaint->message_id)
                return false;

        if (seconds > 0)
                (void)snprintf(when, sizeof(when), "in %" PRIi64 "s", seconds);
        log_about(is_news ? LOG_WARNING : LOG_DEBUG, complaint->message_id, domain,
                  "%s, retrying %s", complaint->text ?: complaint->code, when);
        if (is_news) {
                complaint->told_code = complaint->code;
                complaint->told_at = now;
        }

        forget_text(complaint);
        return is_news;
}

void complaint_end(Complaint *complaint, const char *domain)
{
        if (complaint->told_code)
                log_about(LOG_INFO, NULL, domain, "following again after %u failure%s",
                          complaint->n, complaint->n == 1 ? "" : "s");

        complaint_done(complaint);
}
