"""From rows to a tuned, accepted and packaged model."""

import warnings

# Optuna brings tqdm, which asks for widgets in every notebook; no bar of its is shown here.
warnings.filterwarnings("ignore", message="IProgress not found")
