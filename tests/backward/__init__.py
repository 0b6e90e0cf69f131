"""Backpropagation: lines against autodiff by complex steps, and against derive."""
