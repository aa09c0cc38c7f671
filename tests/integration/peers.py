# SPDX-License-Identifier: MIT
"""Programs that tests meet scand with. One that is missing is a skip with its reason; where none may vanish unnoticed, a failure."""

import os

REQUIRED = os.environ.get("REQUIRE_PEERS") == "1" or os.environ.get("CI") == "true"
