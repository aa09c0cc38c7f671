/* SPDX-License-Identifier: MIT */
#include "daemon/confine.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "lib/core/util.h"

/*
 * A list of what is refused, not of what is allowed: libldap, SASL, krb5 and the resolver choose their calls anew with every
 * version, and a daemon that stops after an update of a library helps nobody. The unit's @system-service is the longer list, kept
 * by systemd's maintainers. Landlock was considered as well: which files krb5, GnuTLS and the resolver open is decided by
 * configuration that we do not read, and ProtectSystem=strict does it where there is a unit.
 */
static const int refused_calls[] = {
        /* Whoever has taken us over wants a shell first. */
        SYS_execve,
        SYS_execveat,
#ifndef __SANITIZE_ADDRESS__ /* whose search for leaks traces its own process */
        SYS_ptrace,
#endif
        SYS_process_vm_readv,
        SYS_process_vm_writev,
        SYS_kcmp,
        /* Another view of the files. */
        SYS_mount,
        SYS_umount2,
        SYS_pivot_root,
        SYS_chroot,
        SYS_setns,
        SYS_unshare,
        SYS_open_by_handle_at,
        /* Large doors into the kernel that we have no use for. */
        SYS_bpf,
        SYS_perf_event_open,
        SYS_userfaultfd,
        SYS_io_uring_setup,
        SYS_init_module,
        SYS_finit_module,
        SYS_delete_module,
        SYS_kexec_load,
        SYS_reboot,
        SYS_swapon,
        SYS_swapoff,
        SYS_acct,
        SYS_personality,
};

#if defined(__x86_64__)
#define NATIVE_ARCHITECTURE AUDIT_ARCH_X86_64
#define FOREIGN_CALLS       0x40000000U /* the 32-bit calls of x32 begin here */
#elif defined(__aarch64__)
#define NATIVE_ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define NATIVE_ARCHITECTURE AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define NATIVE_ARCHITECTURE AUDIT_ARCH_PPC64LE
#elif defined(__s390x__)
#define NATIVE_ARCHITECTURE AUDIT_ARCH_S390X
#endif

void confine_memory(void)
{
        (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
        (void)setrlimit(RLIMIT_CORE, &(const struct rlimit){ 0, 0 });
}

#ifdef NATIVE_ARCHITECTURE

enum {
        HEAD = 5,
        LENGTH = HEAD + ARRAY_SIZE(refused_calls) + 2,
};

static struct sock_filter load(size_t offset)
{
        return (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offset);
}

/* To the refusal, which is the last instruction; else on. */
static struct sock_filter refuse_if(unsigned short comparison, unsigned value, size_t at)
{
        return (struct sock_filter)BPF_JUMP(BPF_JMP | comparison | BPF_K, value,
                                            (unsigned char)(LENGTH - 2 - at), 0);
}

int confine_calls(void)
{
        struct sock_filter code[LENGTH];
        const struct sock_fprog program = { .len = LENGTH, .filter = code };
        size_t n = 0;

        /* A call of another architecture has other numbers. */
        code[n++] = load(offsetof(struct seccomp_data, arch));
        code[n++] =
                (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE_ARCHITECTURE, 1, 0);
        code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
        code[n++] = load(offsetof(struct seccomp_data, nr));
#ifdef FOREIGN_CALLS
        code[n] = refuse_if(BPF_JGE, FOREIGN_CALLS, n);
#else
        code[n] = refuse_if(BPF_JEQ, ~0U, n);
#endif
        n++;
        for (size_t i = 0; i < ARRAY_SIZE(refused_calls); i++, n++)
                code[n] = refuse_if(BPF_JEQ, (unsigned)refused_calls[i], n);
        code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
        code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);

        /* Needed for a filter without privileges, and right by itself: no file makes us more than we are. */
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
            prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
                return errno == EINVAL ? -EOPNOTSUPP : -errno;
        return 0;
}

#else

int confine_calls(void)
{
        (void)refused_calls;
        return -EOPNOTSUPP;
}

#endif
