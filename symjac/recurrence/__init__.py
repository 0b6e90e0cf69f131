"""Through time: products of one-step Jacobians, and norm bounds on them."""
