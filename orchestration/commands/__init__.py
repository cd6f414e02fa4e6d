"""The subcommands of `warehouse`, one module each, named like it.

What a command needs beyond click and the settings it imports when it runs: `status` does not wait for dbt.
"""
