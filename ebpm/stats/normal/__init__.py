"""Correlated normal variables: the largest of them, rectangles, orthants."""
