# SPDX-License-Identifier: MIT
sip_unit(loop LINK sip_loop)
sip_unit(timer LINK sip_loop)
