"""Scripts that write the data files beside this folder; the package never imports them."""
