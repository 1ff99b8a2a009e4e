"""Difference in differences by regression on cells, and inference from clusters of them."""
