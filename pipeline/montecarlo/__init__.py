"""A study's estimators scored on many simulated registers whose truth is known."""
