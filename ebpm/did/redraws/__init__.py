"""Inference by redrawing who was treated, and when."""
