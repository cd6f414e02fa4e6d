"""The subcommands of `warehouse`, one module each: `add` declares it, `run` does it.

What a command needs beyond the standard library it imports when it runs: `status` does not wait for dbt.
"""
