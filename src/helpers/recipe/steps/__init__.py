"""Steps of the recipe, one family a file."""
