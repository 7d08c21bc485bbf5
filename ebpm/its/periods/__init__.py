"""Periods of a series: read from any column, and the regressors that the calendar gives."""
