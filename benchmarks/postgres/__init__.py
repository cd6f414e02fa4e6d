"""The marts of money, orders and users in PostgreSQL's SQL, on a server started for them."""
