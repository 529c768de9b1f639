"""Pages and pictures: one theme for notebooks and reports."""
