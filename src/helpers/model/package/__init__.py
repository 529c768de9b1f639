"""The accepted model in other formats, one file each. A file that declares FORMAT is found by itself (iter_modules)."""
