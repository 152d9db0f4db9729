/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GHOST_ATTR_H
#define GHOST_ATTR_H

#include <stddef.h>
#include <stdint.h>

#include <libmnl/libmnl.h>

int ghost_attr_u8(const struct nlattr *attr, uint8_t *value);
int ghost_attr_u16(const struct nlattr *attr, uint16_t *value);
int ghost_attr_u32(const struct nlattr *attr, uint32_t *value);
int ghost_attr_u64(const struct nlattr *attr, uint64_t *value);
int ghost_attr_name(const struct nlattr *attr, char *buf, size_t size);
int ghost_attr_string(const struct nlattr *attr, char *buf, size_t size);

#endif
