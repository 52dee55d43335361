# SPDX-License-Identifier: GPL-2.0-only
"""Images that lie: each a change to a golden one, and what has to be said of it.

An entry of EVIL has: its name; what spoils the image; the errno of the module's
reader and what it says (0: it opens, since what is wrong is not its business);
the exit status of `refpoint check` and what it says; what becomes of a repair:
"kept" (history goes on), "anew" (a new generation), "same" (nothing to do) or the
exit status of a refusal.
"""

import errno

from mdimage import COLLECTION, GAP, INTERVAL, POINT, TOMBSTONES, WITNESS

EUCLEAN, EINVAL, EFBIG = errno.EUCLEAN, errno.EINVAL, errno.EFBIG
ENODATA, ENEWER = errno.ENODATA, errno.EPROTONOSUPPORT


def chain_cycle(image):
    head = image.interval(2)
    image.change(head, 32, "Q", head)


def long_cycle(image):
    """A record of three blocks' length whose first block goes on to itself."""
    slot = image.slots(POINT)[0]
    head = image.head(slot)
    image.put(head, 32, "Q", head)
    image.change(head, 40, "I", 4048)
    image.slot_put(slot, 4, "I", 3 * 4048)


def two_chains(image):
    slots = image.slots(POINT)
    image.slot_put(slots[0], 8, "Q", image.head(slots[1]))
    image.slot_put(slots[0], 4, "I", image.get(image.page(), slots[1] + 4, "I"))
    image.slot_put(slots[0], 16, "Q", image.get(image.page(), slots[1] + 16, "Q"))


def two_ids(image):
    slots = image.slots(POINT)
    for i in (0, 8):
        image.slot_put(slots[0], 24 + i, "Q",
                       image.get(image.page(), slots[1] + 24 + i, "Q"))


def two_pages(image):
    head = image.interval(1)
    block = image.get(head, image.entry(1, 0) + 8, "Q")
    image.change(head, image.entry(1, 1) + 8, "Q", block)
    image.change(head, image.entry(1, 1) + 16, "I",
                 image.get(head, image.entry(1, 0) + 16, "I"))


def page_order(image):
    head = image.interval(1)
    image.change(head, image.entry(1, 0), "Q", 2)


def root_twice(image):
    image.put(image.root(), 48, "Q", image.page())
    image.change(image.root(), 56, "Q", image.get(image.root(), 40, "Q"))


def both_torn(image):
    image.data[300] ^= 1
    image.data[4096 + 300] ^= 1


def no_magic(image):
    for copy in (0, 1):
        image.put(copy, 8, "Q", 0)


def swapped(image):
    image.data[0:4096], image.data[4096:8192] = \
        image.data[4096:8192], image.data[0:4096]


def lost_commits(image):
    """The older copy is older than it can be."""
    older = 1 - image.current
    commit = image.super_get(older, 48, "Q") - 2
    image.super_put(152, "Q", commit, (older,))
    image.super_put(48, "Q", commit, (older,))


def last_commit(image):
    for copy in (0, 1):
        image.super_put(48, "Q", (1 << 62) - copy, (copy,))


def other_volume(image):
    image.super_put(56, "Q", 0x1122334455667788, (1 - image.current,))


def foreign_block(image):
    image.change(image.head(image.slots(COLLECTION)[0]), 24, "Q", 7)


def moved_block(image):
    image.change(image.head(image.slots(COLLECTION)[0]), 8, "Q", 99)


def old_block(image):
    image.change(image.head(image.slots(COLLECTION)[0]), 16, "Q", 1)


def flip(block, offset=1000):
    def spoil(image):
        image.data[block(image) * 4096 + offset] ^= 16
    return spoil


def first_page(image):
    return image.get(image.interval(1), image.entry(1, 0) + 8, "Q")


def point_seq(value):
    """The boundary that the first point names on this volume."""
    def spoil(image):
        slot = image.slots(POINT)[0]
        head = image.head(slot)
        length = image.get(image.page(), slot + 4, "I")
        volume = bytes(image.data[image.current * 4096 + 56:][:16])
        for at in (length - 96, length - 48):
            if bytes(image.data[head * 4096 + 48 + at:][:16]) == volume:
                image.change(head, 48 + at + 32, "Q", value)
    return spoil


def no_member(image):
    """The point lists two volumes, and this is neither."""
    slot = image.slots(POINT)[0]
    head = image.head(slot)
    at = 48 + image.get(image.page(), slot + 4, "I") - 96
    image.put(head, at, "Q", 0)
    image.change(head, at + 48, "Q", 0xffffffffffffffff)


def supers(offset, form, value):
    return lambda image: image.super_put(offset, form, value)


def newest(offset, form, value):
    return lambda image: image.super_put(offset, form, value, (image.current,))


def slot_of(kind, offset, form, value):
    return lambda image: image.slot_put(image.slots(kind)[0], offset, form, value)


def record_of(kind, offset, form, value):
    return lambda image: image.record_put(kind, offset, form, value)


def interval_of(end, offset, form, value):
    return lambda image: image.change(image.interval(end), 48 + offset, form, value)


def entry_of(end, i, offset, form, value):
    return lambda image: image.change(image.interval(end),
                                      image.entry(end, i) + offset, form, value)


EVIL = [
    # Superblocks
    ("newer-version", supers(16, "H", 2), ENEWER, "newer version: 2", 15, "newer version", 15),
    ("newer-version-in-one", newest(16, "H", 2), ENEWER, "newer version", 15, "newer version", 15),
    ("incompat-bit", supers(40, "Q", 1 << 40), ENEWER, "incompatible features 10000000000",
     15, "newer version", 15),
    ("ro-compat-bit", supers(32, "Q", 2), 0, "", 0, "cannot be written", 15),
    ("no-magic", no_magic, ENODATA, "no refpoint metadata", 1, "no refpoint metadata", 1),
    ("both-torn", both_torn, EUCLEAN, "checksum", 1, "superblock 1: superblock: checksum", 1),
    ("newer-torn", lambda i: flip(lambda i: i.current, 300)(i), 0, "", 1, "warning: superblock", "kept"),
    ("older-torn", lambda i: flip(lambda i: 1 - i.current, 300)(i), 0, "", 1, "warning: superblock", "kept"),
    ("copies-swapped", swapped, EUCLEAN, "wrong place", 1, "wrong place", 1),
    ("commits-lost", lost_commits, EUCLEAN, "do not belong together", 1, "writes were lost", "anew"),
    ("two-volumes", other_volume, EUCLEAN, "do not belong together", 1, "of two volumes", 1),
    ("commit-overflow", supers(48, "Q", (1 << 62) + 2), EINVAL, "impossible numbers", 1,
     "impossible numbers", 1),
    ("commit-last", last_commit, 0, "", 1, "at their end", 1),
    ("seq-overflow", supers(160, "Q", (1 << 62) + 1), EINVAL, "impossible numbers", 1,
     "impossible numbers", 1),
    ("first-after-open", supers(192, "Q", 6), EINVAL, "impossible numbers", 1, "impossible numbers", 1),
    ("first-is-0", supers(192, "Q", 0), EINVAL, "impossible numbers", 1, "impossible numbers", 1),
    ("block-size", supers(20, "I", 512), EINVAL, "block size 512", 1, "block size", 1),
    ("granule-shift", supers(104, "B", 40), EINVAL, "impossible geometry", 1, "geometry", 1),
    ("region-shift", supers(105, "B", 12), EINVAL, "impossible geometry", 1, "geometry", 1),
    ("no-sectors", supers(96, "Q", 0), EINVAL, "impossible geometry", 1, "geometry", 1),
    ("sectors-overflow", supers(96, "Q", (1 << 64) - 1), EINVAL, "impossible geometry", 1, "geometry", 1),
    ("blocks-overflow", supers(88, "Q", 1 << 40), EINVAL, "impossible layout", 1, "layout", 1),
    ("blocks-none", supers(88, "Q", 3), EINVAL, "impossible layout", 1, "layout", 1),
    ("device-cut-off", supers(88, "Q", 1000), EFBIG, "has 260 blocks", 1, "has 260 blocks", 1),
    ("arm-map-elsewhere", supers(128, "Q", 50), EINVAL, "arm map at 50", 1, "layout", 1),
    ("root-in-arm-map", supers(144, "Q", 5), EINVAL, "impossible root", 1, "impossible root", 1),
    ("root-beyond", supers(144, "Q", 260), EINVAL, "impossible root", 1, "impossible root", 1),
    ("root-of-later", supers(152, "Q", 1000), EINVAL, "impossible root", 1, "impossible root", 1),
    ("open-seq-back", newest(160, "Q", 3), EUCLEAN, "do not follow", 1, "error: interval", "anew"),
    ("arm-since-ahead", newest(120, "Q", 1000), 0, "", 1, "count from incarnation 1000", "anew"),
    # Catalogue
    ("root-flipped", flip(lambda i: i.root()), EUCLEAN, "damaged", 1, "error: root, block", "anew"),
    ("root-of-pages", lambda i: i.change(i.root(), 4, "I", 2), EUCLEAN, "damaged, type 2", 1,
     "error: root", "anew"),
    ("root-names-twice", root_twice, EUCLEAN, "claimed twice", 1, "claimed twice", "anew"),
    ("root-names-later", lambda i: i.change(i.root(), 40, "Q", 1000), EUCLEAN, "of a later commit",
     1, "of a later commit", "anew"),
    ("page-beyond", lambda i: i.change(i.root(), 32, "Q", 1 << 63), EUCLEAN, "beyond the end", 1,
     "beyond the end", "anew"),
    ("page-flipped", flip(lambda i: i.page()), EUCLEAN, "damaged", 1, "error: catalogue page 0", "anew"),
    ("type-unknown", slot_of(COLLECTION, 0, "B", 77), EUCLEAN, "type 77", 1, "type 77", "anew"),
    ("record-too-long", slot_of(COLLECTION, 4, "I", 0xffffffff), EUCLEAN, "4294967295 bytes", 1,
     "4294967295 bytes", "kept"),
    ("record-of-later", slot_of(COLLECTION, 16, "Q", 1 << 50), EUCLEAN, "commit", 1,
     "error: collection", "kept"),
    ("head-beyond", slot_of(POINT, 8, "Q", 1 << 33), EUCLEAN, "does not exist", 1, "does not exist", "kept"),
    ("head-in-arm-map", slot_of(POINT, 8, "Q", 4), EUCLEAN, "block 4", 1, "block 4", "kept"),
    ("two-with-one-id", two_ids, EUCLEAN, "one id", 1, "two records with one id", "kept"),
    # Chains
    ("chain-cycle", chain_cycle, EUCLEAN, "chain", 1, "error: interval 2: block", "kept"),
    ("chain-cycle-long", long_cycle, EUCLEAN, "claimed twice", 1, "claimed twice", "kept"),
    ("chain-shared", two_chains, EUCLEAN, "claimed twice", 1, "claimed twice, by point", "kept"),
    ("chain-too-short", slot_of(TOMBSTONES, 4, "I", 9000), EUCLEAN, "chain", 1, "chain", "kept"),
    ("chain-age-alone", lambda i: i.change(i.head(i.slots(TOMBSTONES)[0]), 44, "I", 1), EUCLEAN, "chain", 1,
     "chain", "kept"),
    ("foreign-block", foreign_block, EUCLEAN, "another volume", 1, "another volume", "kept"),
    ("moved-block", moved_block, EUCLEAN, "belongs to block 99", 1, "belongs to block 99", "kept"),
    ("old-block", old_block, EUCLEAN, "of commit 1", 1, "of commit 1", "kept"),
    # Intervals
    ("interval-flipped", flip(lambda i: i.interval(2)), EUCLEAN, "damaged", 1, "error: interval 2", "kept"),
    ("checkpoint-flipped", flip(lambda i: i.interval(5)), EUCLEAN, "damaged", 1, "error: interval 5", "kept"),
    ("interval-backwards", interval_of(2, 0, "Q", 9), EUCLEAN, "impossible values", 1,
     "impossible values", "kept"),
    ("interval-hole", interval_of(3, 0, "Q", 1), EUCLEAN, "do not follow", 1, "begins at boundary 1", "anew"),
    ("interval-flags", interval_of(2, 32, "I", 2), EUCLEAN, "impossible values", 1,
     "impossible values", "kept"),
    ("interval-twice-open", interval_of(2, 32, "I", 1), EUCLEAN, "do not follow", 1,
     "its flags cannot be", "kept"),
    ("interval-other-id", lambda i: i.slot_put(i.slots(INTERVAL)[1], 24, "Q", 1 << 61), EUCLEAN,
     "do not follow", 1, "its number cannot be", "anew"),
    ("index-too-long", interval_of(2, 36, "I", 0xffffffff), EUCLEAN, "impossible values", 1,
     "impossible values", "kept"),
    ("page-out-of-range", entry_of(1, 0, 0, "Q", 1 << 17), EUCLEAN, "entry 0", 1, "entry 0", "kept"),
    ("page-order", page_order, EUCLEAN, "entry 1", 1, "entry 1", "kept"),
    ("page-plane", entry_of(1, 0, 20, "B", 3), EUCLEAN, "entry 0", 1, "entry 0", "kept"),
    ("page-in-superblock", entry_of(1, 0, 8, "Q", 1), EUCLEAN, "entry 0", 1, "entry 0", "kept"),
    ("page-block-beyond", entry_of(1, 0, 8, "Q", 260), EUCLEAN, "entry 0", 1, "entry 0", "kept"),
    ("page-claimed-twice", two_pages, EUCLEAN, "claimed twice", 1, "claimed twice", "kept"),
    ("page-in-catalogue", lambda i: entry_of(1, 0, 8, "Q", i.page())(i), EUCLEAN, "claimed twice", 1,
     "claimed twice", "kept"),
    ("bits-flipped", flip(first_page), EUCLEAN, "cannot be read", 1, "a damaged page of bits", "kept"),
    # What records say
    ("point-of-the-future", point_seq(40), 0, "", 1, "names boundary 40", "anew"),
    ("point-of-nothing", point_seq(0), 0, "", 1, "names boundary 0", "kept"),
    ("point-of-others", no_member, 0, "", 1, "does not list this volume", "kept"),
    ("point-state", record_of(POINT, 4, "B", 9), 0, "", 1, "its content cannot be", "kept"),
    ("point-newer", record_of(POINT, 0, "H", 9), 0, "", 15, "made by a newer version", 15),
    ("point-members", record_of(POINT, 12, "I", 0xffffffff), 0, "", 1, "its content cannot be", "kept"),
    ("gap-overflow", record_of(GAP, 8, "Q", (1 << 64) - 1), 0, "", 1, "its content cannot be", "anew"),
    ("gap-of-the-future", record_of(GAP, 24, "Q", 77), 0, "", 1, "has not begun", "anew"),
    ("gap-flipped", flip(lambda i: i.head(i.slots(GAP)[0])), EUCLEAN, "damaged", 1, "error: gap", "anew"),
    ("collection-members", record_of(COLLECTION, 4, "I", 3), 0, "", 1, "its content cannot be", "kept"),
    ("tombstones-number", record_of(TOMBSTONES, 2, "H", 65535), 0, "", 1, "its content cannot be", "kept"),
    # The arm map
    ("arm-torn", lambda i: i.arm_put(0, 100, "B", 255, seal=False), 0, "", 1, "sector 0, block 2: torn", "kept"),
    ("arm-of-the-future", lambda i: i.arm_put(0, 8, "Q", 1 << 63), 0, "", 1, "of incarnation", "anew"),
    ("arm-of-others", lambda i: i.arm_put(0, 16, "Q", 5), 0, "", 1, "torn", "kept"),
]

# Of an image with a word about another volume and a fingerprint.
EVIL_WITNESS = [
    ("witness-newer", record_of(WITNESS, 0, "H", 9), 0, "", 15, "made by a newer version", 15),
    ("witness-no-version", record_of(WITNESS, 0, "H", 0), 0, "", 1, "its content cannot be", "kept"),
    ("witness-backwards", record_of(WITNESS, 48, "Q", 99), 0, "", 1, "its content cannot be", "kept"),
    ("witness-of-the-end", record_of(WITNESS, 56, "Q", 1 << 62), 0, "", 1, "its content cannot be", "kept"),
    ("fingerprint-of-the-future", supers(208, "Q", 99), 0, "", 1, "of interval 99, which cannot be", "kept"),
    ("fingerprint-of-the-past", supers(208, "Q", 0), 0, "", 1, "of interval 0, which cannot be", "kept"),
]
