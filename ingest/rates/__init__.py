"""Official rates over the network: fetching and judging them."""
