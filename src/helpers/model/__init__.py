"""From rows to a tuned, accepted and packaged model."""
