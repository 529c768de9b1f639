"""The accepted model in other formats, one file each."""
