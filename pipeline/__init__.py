"""Evaluate labour-market programmes on DREAM and e-income registers."""
