"""All that pyproject.toml cannot say: an editable install brings the Jupyter kernel too."""

from setuptools import Distribution, setup


class WithData(Distribution):
    """Answers "have you data files?", without which setuptools leaves them out of editable installs."""

    def has_data(self) -> bool:
        """Return whether pyproject.toml names data files."""
        return bool(self.data_files)


setup(distclass=WithData)
