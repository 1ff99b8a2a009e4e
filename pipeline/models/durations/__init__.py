"""Duration models of spells: collapsed rows in, weeks with cluster-robust errors out."""
