// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module that contains the suites. KUnit runs them when it is loaded.
 */
#include <linux/module.h>

MODULE_DESCRIPTION("Tests of ghost688");
MODULE_LICENSE("GPL");
