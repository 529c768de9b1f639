"""One file a family of models. The folder is searched (iter_modules): a new file adds a family."""
