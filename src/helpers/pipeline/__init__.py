"""The graph of stages, its store and its runner. Notebooks use `Stage` alone."""
