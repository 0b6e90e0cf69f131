"""Backpropagation: all gradients of a scalar, each adjoint named once."""
