"""The layouts of the publishers of official rates, as rows of the `fx_rates` feed."""
