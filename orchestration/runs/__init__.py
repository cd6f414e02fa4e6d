"""What changes the books: increment, calibration, publication."""
