// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's log backends. A policy that logs holds a reference to its backend, so
 * that the backend's module stays loaded while lines may be written.
 */
#include <linux/kmod.h>

#include "state/log_backend.h"

/**
 * ghost_log_get() - take a reference to a loaded log backend
 * @target: the log target
 *
 * The backend's module cannot be unloaded while the reference is held. Does not sleep.
 *
 * Return: 0, or -ENOENT if the backend is not loaded.
 */
int ghost_log_get(enum ghost688_log_target target)
{
	return nf_logger_find_get(NFPROTO_INET, ghost_log_type(target));
}

/**
 * ghost_log_request() - take a reference to a log backend, and load it if necessary
 * @target: the log target
 *
 * Process context; sleeps while modprobe runs. A backend takes pernet_ops_rwsem when it
 * is loaded, so the caller must hold neither that lock nor any lock that is taken
 * under it. Generic netlink holds cb_lock for reading around an operation, which is
 * safe: neither a backend nor modprobe takes it.
 *
 * Return: 0, or -ENOENT if the backend cannot be loaded.
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
 * ghost_log_put() - drop a reference to a log backend
 * @target: the log target
 *
 * A packet may still be inside the backend; the backend waits for it when it is unloaded.
 */
void ghost_log_put(enum ghost688_log_target target)
{
	nf_logger_put(NFPROTO_INET, ghost_log_type(target));
}
