"""Scripts that write the data files beside this folder from published sources; never imported by the package."""
