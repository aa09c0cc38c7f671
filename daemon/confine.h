/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What this process gives up for good, before it reads a byte that others wrote. The unit takes away more; this also holds where
 * somebody starts the daemon without systemd.
 */

/* No core dumps and no tracers: a password in a core file has left the machine. */
void confine_memory(void);

/*
 * No other programs, no view into other processes, no mounts, namespaces, modules or other ways into the kernel: such a system call
 * gives EPERM from now on, in every thread to come. 0; -EOPNOTSUPP where this machine or kernel has no filter of system calls.
 */
int confine_calls(void);
