/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mdfile.h - a metadata device as an open file
 *
 * The door from the command to kmod/core, whose headers bring much of the kernel's
 * vocabulary: they are included in mdfile.c and below fsck/ only.
 */
#ifndef MDFILE_H
#define MDFILE_H

#include <stddef.h>
#include <stdint.h>

#include <refpoint.h>

#define MDFILE_GRANULE_SHIFT	 16
#define MDFILE_GRANULE_SHIFT_MIN 12
#define MDFILE_GRANULE_SHIFT_MAX 24
#define MDFILE_WHY_STR		 256

/**
 * struct mdfile_params - what to format with
 * @volume: id of the volume
 * @generation: id of its first history
 * @data_bytes: size of the device to be tracked
 * @granule_shift: log2 of the granule in bytes
 * @time: now, ns since 1970
 */
struct mdfile_params {
	struct refpoint_uuid volume;
	struct refpoint_uuid generation;
	uint64_t data_bytes;
	unsigned int granule_shift;
	uint64_t time;
};

/* The least granule, as a power of two, of a volume of that size; 0: there is none. */
unsigned int mdfile_least_granule(uint64_t data_bytes);

/* Bytes that a metadata device must have, and should have, if that granule will do. */
uint64_t mdfile_min_bytes(uint64_t data_bytes, unsigned int granule_shift);
uint64_t mdfile_recommended_bytes(uint64_t data_bytes,
				  unsigned int granule_shift);

/* 0, or -errno and a sentence. Durable on return. */
int mdfile_format(int fd, uint64_t meta_bytes, const struct mdfile_params *p,
		  char why[MDFILE_WHY_STR]);

/* Metadata of ours? 1: yes, and @text says of which volume; 0: no; -errno. */
int mdfile_signature(int fd, char *text, size_t size);
/* Make it none; 0 or -errno. Durable on return. */
int mdfile_wipe(int fd);

/*
 * The device as the core sees it, for what goes on there. @fd stays the caller's.
 * NULL: out of memory.
 */
struct mdfile;
struct rp_mdio;
struct mdfile *mdfile_new(int fd, uint64_t bytes);
void mdfile_free(struct mdfile *file);
struct rp_mdio *mdfile_io(struct mdfile *file);

#endif /* MDFILE_H */
