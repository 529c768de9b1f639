"""From a source to train, validation and sealed test rows."""
