"""Random programs, claims about them, and an oracle that reads printed text only."""
