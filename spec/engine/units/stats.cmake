# SPDX-License-Identifier: MIT
sip_unit(histogram LINK sip_stats)
sip_unit(metrics LINK sip_stats)
