/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "lib/core/control-protocol.h"
#include "lib/core/util.h"
#include "tests/fuzz/fuzz.h"

static void check_request(const char *data, size_t size)
{
        ControlRequest request, again;
        char text[CONTROL_REQUEST_MAX];
        const char *error = NULL;

        if (control_request_parse(data, size, &request, &error) < 0) {
                REQUIRE(error);
                return;
        }

        size = control_request_format(&request, text);
        REQUIRE(control_request_parse(text, size, &again, &error) == 0);
        REQUIRE(request.verb == again.verb && request.is_reconcile == again.is_reconcile &&
                request.accept_deletions == again.accept_deletions);
        REQUIRE(strcmp(request.domain, again.domain) == 0);
        REQUIRE(guid_equal(&request.guid, &again.guid));
        REQUIRE(strcmp(request.who, again.who) == 0 && strcmp(request.why, again.why) == 0);
        REQUIRE(request.until == again.until && request.n_findings == again.n_findings);
        for (size_t i = 0; i < request.n_findings; i++)
                REQUIRE(request.findings[i].id == again.findings[i].id &&
                        request.findings[i].object == again.findings[i].object);
}

static void check_reply(const char *data, size_t size)
{
        _cleanup_free_ char *text = NULL, *reply = NULL, *text_again = NULL;
        ControlOutcome outcome, again;

        if (control_reply_parse(data, size, &outcome, &text) < 0)
                return;

        REQUIRE(control_reply_format(outcome, text, &reply, &size) == 0);
        REQUIRE(size <= CONTROL_REPLY_MAX);
        REQUIRE(control_reply_parse(reply, size, &again, &text_again) == 0);
        REQUIRE(outcome == again);
        REQUIRE(strncmp(text, text_again, strlen(text_again)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        check_request((const char *)data, size);
        check_reply((const char *)data, size);
        return 0;
}
