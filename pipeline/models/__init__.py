"""Estimators: frames of cells in, estimates of one shape out."""
