"""Regression: least squares, generalised linear and mixed models, and the covariance of their coefficients."""
