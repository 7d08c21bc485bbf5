"""What data the city holds, and what is not known of them."""
