"""What stands on each page: one module per page; `model` are the parts of a page, `context` makes them."""
