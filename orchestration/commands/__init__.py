"""The subcommands of `warehouse`, one module each: `add(commands)` declares it, `run(settings, arguments)` does it.

What a command needs beyond the standard library it imports when it runs: `warehouse status` does not wait for dbt.
"""
