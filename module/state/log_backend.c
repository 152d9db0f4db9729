// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's log backends: a policy that logs holds one, so that its module
 * stays for as long as a line may be written.
 */
#include <linux/kmod.h>

#include "state/log_backend.h"

/**
 * ghost_log_get() - hold the log backend of a target, if it is there
 * @target: where lines shall go
 *
 * While it is held its module cannot leave. Does not sleep.
 *
 * Return: 0, or -ENOENT where no such backend is loaded.
 */
int ghost_log_get(enum ghost688_log_target target)
{
	return nf_logger_find_get(NFPROTO_INET, ghost_log_type(target));
}

/**
 * ghost_log_request() - hold the log backend of a target, and load it first if need be
 * @target: where lines shall go
 *
 * Process context; sleeps while modprobe runs. The caller must hold neither
 * pernet_ops_rwsem, which a backend that loads takes, nor a lock that anybody
 * takes under it. Generic netlink holds its cb_lock for reading around an
 * operation, which no backend and no modprobe asks for.
 *
 * Return: 0, or -ENOENT where it cannot be had.
 */
int ghost_log_request(enum ghost688_log_target target)
{
	enum nf_log_type type = ghost_log_type(target);
	int err = ghost_log_get(target);

	if (err != -ENOENT)
		return err;
	request_module("nf-logger-%u-%u", NFPROTO_IPV4, type);
	request_module("nf-logger-%u-%u", NFPROTO_IPV6, type);
	return ghost_log_get(target);
}

/**
 * ghost_log_put() - let a log backend go
 * @target: what ghost_log_get() or ghost_log_request() got
 *
 * A packet may still be on its way through the backend: it sees to that itself.
 */
void ghost_log_put(enum ghost688_log_target target)
{
	nf_logger_put(NFPROTO_INET, ghost_log_type(target));
}
