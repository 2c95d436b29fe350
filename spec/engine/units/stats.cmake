# SPDX-License-Identifier: MIT
sip_unit(histogram LINK sip_stats)
