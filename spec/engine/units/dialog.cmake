# SPDX-License-Identifier: MIT
sip_unit(dialog LINK sip_dialog)
sip_unit(repeat LINK sip_dialog)
