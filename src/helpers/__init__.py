"""Helpers behind the notebooks of the workbench; import what you need from its parts."""
