"""What stands on each page: one module per page, `model` for the parts they are made of, `context` for making them."""
