"""Series over time: errors that remember, seasonal ARIMA, structural components."""
