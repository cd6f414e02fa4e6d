"""What every room may use: errors, settings, the clock, quoting, the lock. It knows no other room."""
