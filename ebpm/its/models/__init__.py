"""Models that forecast: ARIMA errors, structural time series, a synthetic series from donors."""
