"""How much an effect depends on parallel trends, and what tests of earlier periods could have found."""
