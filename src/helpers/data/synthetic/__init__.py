"""Synthetic rows that resemble real ones: made by trees, column after column, judged, and compared for copies."""
