"""Treatments with a dose."""
