"""How fast and how large: ratios within one run, on made-up registers, against their goals."""
