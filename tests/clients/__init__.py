"""The published file, opened by the BI clients that analysts use, each in an environment of its own."""
