"""Treatment that was not taken up as assigned."""
