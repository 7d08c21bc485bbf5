"""One row a unit of a table that stays where it is, and what units add to the error of a regression."""
