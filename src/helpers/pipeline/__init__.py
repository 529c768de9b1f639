"""The pipeline: stages are notebooks that read named artifacts and write named artifacts."""

from helpers.pipeline.stage import Stage

__all__ = ["Stage"]
