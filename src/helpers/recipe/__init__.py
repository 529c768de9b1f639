"""Named, reusable steps that change rows; fitted on train, applied unchanged to new data."""
