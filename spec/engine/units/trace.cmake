# SPDX-License-Identifier: MIT
sip_unit(ring LINK sip_trace)
sip_unit(ladder LINK sip_trace)
