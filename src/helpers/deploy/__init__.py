"""Serving patterns; they know the bundle and nothing of training."""
