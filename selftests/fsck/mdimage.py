# SPDX-License-Identifier: GPL-2.0-only
"""A metadata device's image, to be looked into and to be spoilt.

Written from Documentation/ondisk-format.rst, not from the code: a second opinion
about where things stand. Everything is changed in place and sealed anew, so that
what is wrong is never the checksum.
"""

import base64
import lzma
import struct

BLOCK = 4096
SALTS = {1: 0x52504354, 2: 0x52504341, 3: 0x5250424c}
SALT_SUPER, SALT_PAGE, SALT_ARM = 0x52505342, 0x52504250, 0x52504152
INTERVAL, POINT, COLLECTION, GAP, TOMBSTONES, WITNESS = range(1, 7)

TABLE = []
for _n in range(256):
    for _ in range(8):
        _n = _n >> 1 ^ (0x82f63b78 if _n & 1 else 0)
    TABLE.append(_n)


def crc32c(data, crc):
    for byte in data:
        crc = crc >> 8 ^ TABLE[(crc ^ byte) & 0xff]
    return crc


def load(path):
    """The image of a file in xz and base64, comments before it."""
    with open(path) as file:
        text = "".join(line for line in file if not line.startswith("#"))
    return lzma.decompress(base64.b64decode(text))


def store(path, data, about):
    packed = base64.encodebytes(lzma.compress(data, preset=9 | lzma.PRESET_EXTREME))
    with open(path, "w") as file:
        file.write("# SPDX-License-Identifier: GPL-2.0-only\n# %s\n" % about)
        file.write(packed.decode())


class Image:
    def __init__(self, data):
        self.data = bytearray(data)
        commits = [self.super_get(i, 48, "Q") for i in (0, 1)]
        self.current = commits.index(max(commits))

    def get(self, block, offset, form):
        return struct.unpack_from("<" + form, self.data, block * BLOCK + offset)[0]

    def put(self, block, offset, form, value):
        struct.pack_into("<" + form, self.data, block * BLOCK + offset, value)

    def seal(self, block):
        """The checksum of a block with a head."""
        at = block * BLOCK
        csum = crc32c(self.data[at + 4:at + BLOCK], SALTS[self.get(block, 4, "I")])
        self.put(block, 0, "I", csum)

    def change(self, block, offset, form, value):
        self.put(block, offset, form, value)
        self.seal(block)

    # Superblocks

    def super_get(self, copy, offset, form):
        return self.get(copy, offset, form)

    def super_seal(self, copy):
        at = copy * BLOCK
        self.put(copy, 0, "I", crc32c(self.data[at + 4:at + 512], SALT_SUPER))

    def super_put(self, offset, form, value, copies=(0, 1)):
        for copy in copies:
            self.put(copy, offset, form, value)
            self.super_seal(copy)

    def open_seq(self):
        return self.super_get(self.current, 160, "Q")

    # Catalogue

    def root(self):
        return self.super_get(self.current, 144, "Q")

    def page(self, i=0):
        return self.get(self.root(), 32 + 16 * i, "Q")

    def slots(self, kind=None):
        """Offsets of slots in use in the first page."""
        return [32 + 40 * i for i in range(101)
                if self.get(self.page(), 32 + 40 * i, "B")
                and kind in (None, self.get(self.page(), 32 + 40 * i, "B"))]

    def slot_put(self, slot, offset, form, value):
        self.change(self.page(), slot + offset, form, value)

    def head(self, slot):
        return self.get(self.page(), slot + 8, "Q")

    # Records; data begins at byte 48 of the first block

    def record_put(self, kind, offset, form, value, nth=0):
        self.change(self.head(self.slots(kind)[nth]), 48 + offset, form, value)

    def interval(self, end):
        """First block of the interval that ends at `end`."""
        for slot in self.slots(INTERVAL):
            if self.get(self.page(), slot + 24, "Q") == end:
                return self.head(slot)
        raise KeyError(end)

    def entry(self, end, i):
        """Offset of entry `i` of an interval, in its first block."""
        return 48 + 40 + 24 * i

    # Arm map

    def arm_put(self, sector, offset, form, value, seal=True):
        at = 2 * BLOCK + 512 * sector
        struct.pack_into("<" + form, self.data, at + offset, value)
        if seal:
            struct.pack_into("<I", self.data, at,
                             crc32c(self.data[at + 4:at + 512], SALT_ARM))
