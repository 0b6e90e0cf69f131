"""The passes: lower, differentiate, contract, lift, each an ordered tuple of rules."""
