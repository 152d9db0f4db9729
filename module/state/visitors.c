// SPDX-License-Identifier: GPL-2.0-only
/*
 * Remembers UDP visitors in a Bloom filter of bytes. The hash is keyed, so that nobody
 * can choose an address that shares another one's marks.
 */
#include <linux/compiler.h>
#include <linux/random.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "state/visitors.h"

/*
 * One page, and four marks for each far end. With 100 visitors, one reply in 13,000 is
 * taken for a visit; with 1,000 visitors, one in 7.
 */
#define GHOST_MARKS	4096
#define GHOST_MARKS_EACH	4

static siphash_aligned_key_t key __read_mostly;

/**
 * ghost_visitors_init() - choose the hash key; call before anything else here
 */
void ghost_visitors_init(void)
{
	get_random_bytes(&key, sizeof(key));
}

/**
 * ghost_visitors_exit() - free a namespace's memory of visitors
 * @visitors: the memory, no longer used by any packet
 */
void ghost_visitors_exit(struct ghost_visitors *visitors)
{
	kfree(visitors->marks);
}

/* The i-th mark of a hash comes from its i-th 16 bits. */
static unsigned int ghost_mark(u64 hash, int i)
{
	return (hash >> 16 * i) % GHOST_MARKS;
}

static u64 ghost_far_end_hash(const struct ghost_far_end *far)
{
	u64 words[2];

	memcpy(words, &far->address, sizeof(words));
	return siphash_3u64(words[0], words[1], (__force u16)far->port, &key);
}

/* Without memory, everybody counts as a visitor from now on. */
static noinline u8 *ghost_visitors_alloc(struct ghost_visitors *visitors)
{
	u8 *marks = kzalloc(GHOST_MARKS, GFP_ATOMIC | __GFP_NOWARN | __GFP_ACCOUNT);
	u8 *other;

	if (!marks) {
		WRITE_ONCE(visitors->all, true);
		return NULL;
	}
	other = cmpxchg(&visitors->marks, NULL, marks);
	if (!other)
		return marks;
	kfree(marks);
	return other;
}

/**
 * ghost_visitors_add() - remember a far end
 * @visitors: the memory
 * @far: the visitor
 *
 * Any context; no locks.
 */
void ghost_visitors_add(struct ghost_visitors *visitors, const struct ghost_far_end *far)
{
	u64 hash = ghost_far_end_hash(far);
	u8 *marks = READ_ONCE(visitors->marks);
	int i;

	if (unlikely(!marks)) {
		marks = ghost_visitors_alloc(visitors);
		if (!marks)
			return;
	}
	for (i = 0; i < GHOST_MARKS_EACH; i++)
		if (!READ_ONCE(marks[ghost_mark(hash, i)]))
			WRITE_ONCE(marks[ghost_mark(hash, i)], 1);
}

/**
 * ghost_visitors_add_all() - take every far end for a visitor
 * @visitors: the memory
 *
 * Any context.
 */
void ghost_visitors_add_all(struct ghost_visitors *visitors)
{
	WRITE_ONCE(visitors->all, true);
}

/**
 * ghost_visitors_start() - forget all visitors, and take every far end for one
 * @visitors: the memory, while no packet comes in that is examined
 *
 * A packet that is just leaving a hook may still set its marks. Process context; the
 * caller serializes, and calls ghost_visitors_started() later.
 */
void ghost_visitors_start(struct ghost_visitors *visitors)
{
	WRITE_ONCE(visitors->starting, true);
	WRITE_ONCE(visitors->all, false);
	if (visitors->marks)
		memset(visitors->marks, 0, GHOST_MARKS);
}

/**
 * ghost_visitors_started() - take only those for visitors that were added
 * @visitors: the memory
 *
 * Process context; the caller serializes.
 */
void ghost_visitors_started(struct ghost_visitors *visitors)
{
	/* Pairs with the acquire in ghost_visitors_contain(): what was added is seen. */
	smp_store_release(&visitors->starting, false);
}

/**
 * ghost_visitors_contain() - did this far end come before?
 * @visitors: the memory
 * @far: the far end
 *
 * Any context; no locks.
 *
 * Return: true for every visitor, and wrongly for a few others.
 */
bool ghost_visitors_contain(const struct ghost_visitors *visitors, const struct ghost_far_end *far)
{
	const u8 *marks;
	u64 hash;
	int i;

	/* The hook or the policy that led here was published after ghost_visitors_start(). */
	smp_rmb();
	/* Pairs with the release in ghost_visitors_started(). */
	if (smp_load_acquire(&visitors->starting))
		return true;
	if (READ_ONCE(visitors->all))
		return true;
	marks = READ_ONCE(visitors->marks);
	if (!marks)
		return false;
	hash = ghost_far_end_hash(far);
	for (i = 0; i < GHOST_MARKS_EACH; i++)
		if (!READ_ONCE(marks[ghost_mark(hash, i)]))
			return false;
	return true;
}
