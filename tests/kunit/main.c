// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module that KUnit finds the suites in; it runs them when it is loaded.
 */
#include <linux/module.h>

MODULE_DESCRIPTION("Tests of ghost688");
MODULE_LICENSE("GPL");
