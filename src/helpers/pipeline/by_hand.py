"""The kernel of notebooks that are opened by hand: IPython's, which computes as the pipeline does."""

import os
import runpy

from helpers.pipeline.steady import numbers

if __name__ == "__main__":
    os.environ.update(numbers())  # before any library is imported that reads it
    runpy.run_module("ipykernel_launcher", run_name="__main__")
