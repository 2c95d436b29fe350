# SPDX-License-Identifier: MIT
sip_unit(blocks LINK sip_base)
sip_unit(base LINK sip_base)
sip_unit(hash LINK sip_base)
