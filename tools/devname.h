/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * devname.h - from the number of a block device to a path
 */
#ifndef DEVNAME_H
#define DEVNAME_H

#include <stdint.h>

/*
 * A path of the device, to be freed: of a device-mapper device that with its name.
 * NULL when there is none.
 */
char *devname_path(uint32_t major_nr, uint32_t minor_nr);

#endif /* DEVNAME_H */
