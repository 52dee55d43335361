# SPDX-License-Identifier: GPL-2.0-only
#
# make            the module for the running kernel (or KDIR=), library, tools
# make install    all of them (DESTDIR, PREFIX, and DEPMOD=: to skip depmod)
# make demo       the main job, in a throw-away virtual machine
# make bench      measures it beside others, in one as well; bench.json
# make check      every test that fits a submission; check-full: the long hunts

KDIR ?= /lib/modules/$(shell uname -r)/build
PREFIX ?= /usr/local
DEPMOD ?= depmod
export PREFIX DESTDIR

# The module last: where there is no kernel to build for, the rest is there.
all: lib tools modules

modules:
	@test -d "$(KDIR)" || { echo "no kernel to build for at $(KDIR): install its headers or give KDIR=" >&2; exit 1; }
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

lib:
	$(MAKE) -C lib

tools: lib
	$(MAKE) -C tools

install: install-modules install-lib install-tools

# depmod by hand: kbuild skips it without System.map, which Debian's headers have
# not.
install-modules: modules
	$(MAKE) -C $(KDIR) M=$(CURDIR) INSTALL_MOD_DIR=updates \
		$(if $(DESTDIR),INSTALL_MOD_PATH=$(DESTDIR)) DEPMOD=: modules_install
	$(if $(DESTDIR),,$(DEPMOD) $$(modinfo -F vermagic kmod/dm-refpoint.ko | cut -d" " -f1))

install-lib:
	$(MAKE) -C lib install
	$(if $(DESTDIR),,ldconfig)

install-tools:
	$(MAKE) -C tools install

demo:
	selftests/demo/demo.sh

bench:
	.ci/install build bench
	$(MAKE) -s lib tools
	selftests/bench/bench.py

check:
	selftests/check

check-full:
	selftests/check --full

clean:
	$(MAKE) -C lib clean
	$(MAKE) -C tools clean
	$(MAKE) -C selftests clean
	if [ -d "$(KDIR)" ]; then $(MAKE) -C $(KDIR) M=$(CURDIR) clean; fi

.PHONY: all modules lib tools install install-modules install-lib install-tools \
	demo bench check check-full clean
