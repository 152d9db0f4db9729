// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads attributes. If an attribute does not have exactly the size of the value, the function
 * returns -EPROTO and does not change the value.
 */
#include <errno.h>
#include <string.h>

#include "attr.h"
#include "text.h"

static int attr_copy(const struct nlattr *attr, void *value, size_t size)
{
	if (mnl_attr_get_payload_len(attr) != size)
		return -EPROTO;
	memcpy(value, mnl_attr_get_payload(attr), size);
	return 0;
}

int ghost_attr_u8(const struct nlattr *attr, uint8_t *value)
{
	return attr_copy(attr, value, sizeof(*value));
}

int ghost_attr_u16(const struct nlattr *attr, uint16_t *value)
{
	return attr_copy(attr, value, sizeof(*value));
}

int ghost_attr_u32(const struct nlattr *attr, uint32_t *value)
{
	return attr_copy(attr, value, sizeof(*value));
}

int ghost_attr_u64(const struct nlattr *attr, uint64_t *value)
{
	return attr_copy(attr, value, sizeof(*value));
}

/*
 * The name of an interface or a thread: any bytes. The NUL at the end may be missing. A name that
 * does not fit is refused.
 */
int ghost_attr_name(const struct nlattr *attr, char *buf, size_t size)
{
	size_t length = strnlen(mnl_attr_get_payload(attr), mnl_attr_get_payload_len(attr));

	if (length >= size)
		return -EPROTO;
	memcpy(buf, mnl_attr_get_payload(attr), length);
	buf[length] = 0;
	return 0;
}

/* As ghost_attr_name(), but without control characters. */
int ghost_attr_string(const struct nlattr *attr, char *buf, size_t size)
{
	int err = ghost_attr_name(attr, buf, size);

	if (!err)
		ghost_clean(buf);
	return err;
}
