// SPDX-License-Identifier: GPL-2.0-only
/*
 * rp_bench.c - what a bio costs from its submission to its end, inside the kernel
 *
 * A round is written to /dev/rp_bench:
 *
 *	OP ORDER COUNT SIZE SPAN DEPTH SEED DEVICE
 *
 * COUNT bios of SIZE bytes, "write" or "read", at "random" multiples of SIZE below
 * SPAN or in "sequence" from SEED on, DEPTH of them in flight at most. What is read
 * afterwards is how long that took, in nanoseconds. No system call, no allocation
 * and no copy is in that time, so that devices can be told apart by some. Each that
 * has it open has rounds of its own, which may run beside those of others and share
 * nothing with them that is written.
 */
#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#define DEPTH_MAX	256
#define SIZE_MAX_BYTES	(1U << 20)

struct bench;

struct bench_slot {
	struct bio bio;
	struct bio_vec vec;
	struct bench *bench;
	bool busy;
};

struct bench {
	struct block_device *bdev;
	struct bench_slot *slot;
	atomic_t failed;
	blk_opf_t opf;
	bool random;
	u64 count;
	u64 places;
	unsigned int size;
	unsigned int depth;
	u64 seed;
};

/**
 * struct bench_file - the rounds of whoever has opened the device
 * @mutex: one at a time; protects @ns
 * @ns: how long the last one took
 */
struct bench_file {
	struct mutex mutex;
	u64 ns;
};

/*
 * Woken when a bio has ended; whoever wakes may be late, so that it is of no round. It
 * is only read while nobody waits.
 */
static DECLARE_WAIT_QUEUE_HEAD(bench_ended);

static void slot_end(struct bio *bio)
{
	struct bench_slot *slot = container_of(bio, struct bench_slot, bio);

	if (bio->bi_status)
		atomic_inc(&slot->bench->failed);
	/* Pairs with slot_is_free(): nothing of the slot is touched any more. */
	smp_store_release(&slot->busy, false);
	if (wq_has_sleeper(&bench_ended))
		wake_up(&bench_ended);
}

static bool slot_is_free(struct bench_slot *slot)
{
	/* Pairs with slot_end(). */
	return !smp_load_acquire(&slot->busy);
}

/* xorshift64*: a period that is long enough, in three shifts. */
static u64 next_random(u64 *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 2685821657736338717ULL;
}

static void slot_submit(struct bench *b, struct bench_slot *slot, u64 place,
			struct page *page)
{
	wait_event(bench_ended, slot_is_free(slot));
	bio_init(&slot->bio, b->bdev, &slot->vec, 1, b->opf);
	__bio_add_page(&slot->bio, page, b->size, 0);
	slot->bio.bi_iter.bi_sector = place * (b->size >> SECTOR_SHIFT);
	slot->bio.bi_end_io = slot_end;
	slot->busy = true;
	submit_bio(&slot->bio);
}

static u64 bench_round(struct bench *b, struct page *page)
{
	u64 state = b->seed | 1, at = b->random ? 0 : b->seed, i;
	unsigned int s = 0;
	u64 begun = ktime_get_ns();

	for (i = 0; i < b->count; i++) {
		if (b->random)
			at = mul_u64_u64_shr(next_random(&state), b->places, 64);
		slot_submit(b, &b->slot[s], at, page);
		if (++s == b->depth)
			s = 0;
		if (!b->random && ++at >= b->places)
			at = 0;
	}
	for (s = 0; s < b->depth; s++)
		wait_event(bench_ended, slot_is_free(&b->slot[s]));
	return ktime_get_ns() - begun;
}

static int bench_run(struct bench *b, const char *device, u64 *ns)
{
	unsigned int order = get_order(b->size), s;
	struct page *page = NULL;
	struct file *file;
	int r = -ENOMEM;

	file = filp_open(device, O_RDWR | O_LARGEFILE, 0);
	if (IS_ERR(file))
		return PTR_ERR(file);
	b->bdev = S_ISBLK(file_inode(file)->i_mode) ? I_BDEV(file->f_mapping->host) : NULL;
	if (!b->bdev || b->places * b->size > bdev_nr_bytes(b->bdev)) {
		r = -EINVAL;
		goto out;
	}
	b->slot = kcalloc(b->depth, sizeof(*b->slot), GFP_KERNEL);
	page = alloc_pages(GFP_KERNEL | __GFP_ZERO, order);
	if (!b->slot || !page)
		goto out;
	for (s = 0; s < b->depth; s++)
		b->slot[s].bench = b;
	atomic_set(&b->failed, 0);
	*ns = bench_round(b, page);
	r = atomic_read(&b->failed) ? -EIO : 0;
out:
	if (page)
		__free_pages(page, order);
	kfree(b->slot);
	fput(file);
	return r;
}

static ssize_t bench_write(struct file *file, const char __user *data, size_t len,
			   loff_t *pos)
{
	struct bench_file *f = file->private_data;
	char line[256], op[8], how[12], device[128];
	struct bench b = { 0 };
	u64 span;
	int r;

	if (len >= sizeof(line))
		return -EINVAL;
	if (copy_from_user(line, data, len))
		return -EFAULT;
	line[len] = 0;
	if (sscanf(line, "%7s %11s %llu %u %llu %u %llu %127s", op, how, &b.count,
		   &b.size, &span, &b.depth, &b.seed, device) != 8)
		return -EINVAL;
	b.random = !strcmp(how, "random");
	if (!strcmp(op, "write"))
		b.opf = REQ_OP_WRITE | REQ_SYNC;
	else if (!strcmp(op, "read"))
		b.opf = REQ_OP_READ;
	else
		return -EINVAL;
	if (!b.random && strcmp(how, "sequence"))
		return -EINVAL;
	if (b.size < SECTOR_SIZE || b.size > SIZE_MAX_BYTES ||
	    b.size & (SECTOR_SIZE - 1) || !b.depth || b.depth > DEPTH_MAX)
		return -EINVAL;
	b.places = div_u64(span, b.size);
	if (!b.places)
		return -EINVAL;
	mutex_lock(&f->mutex);
	r = bench_run(&b, device, &f->ns);
	mutex_unlock(&f->mutex);
	return r ? r : len;
}

static ssize_t bench_read(struct file *file, char __user *data, size_t len, loff_t *pos)
{
	struct bench_file *f = file->private_data;
	char text[32];
	int n;

	mutex_lock(&f->mutex);
	n = scnprintf(text, sizeof(text), "%llu\n", f->ns);
	mutex_unlock(&f->mutex);
	return simple_read_from_buffer(data, len, pos, text, n);
}

static int bench_open(struct inode *inode, struct file *file)
{
	struct bench_file *f = kzalloc(sizeof(*f), GFP_KERNEL);

	if (!f)
		return -ENOMEM;
	mutex_init(&f->mutex);
	file->private_data = f;
	return 0;
}

static int bench_release(struct inode *inode, struct file *file)
{
	kfree(file->private_data);
	return 0;
}

static const struct file_operations bench_fops = {
	.owner = THIS_MODULE,
	.open = bench_open,
	.release = bench_release,
	.read = bench_read,
	.write = bench_write,
};

static struct miscdevice bench_dev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "rp_bench",
	.fops = &bench_fops,
};

module_misc_device(bench_dev);
MODULE_DESCRIPTION("What a bio costs");
MODULE_LICENSE("GPL");
