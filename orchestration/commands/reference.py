"""The help of every command, for the documentation."""

from collections.abc import Iterator

import click

# So wide that no paragraph of a page depends on anybody's terminal.
_WIDTH = 100


def as_sections(root: click.Group) -> str:
    """Markdown: one section a command, with what `--help` prints."""
    context = click.Context(root, info_name="warehouse", max_content_width=_WIDTH, terminal_width=_WIDTH)
    return "\n\n".join(_sections(context))


def _sections(context: click.Context) -> Iterator[str]:
    assert isinstance(context.command, click.Group)
    for name, command in context.command.commands.items():
        inner = click.Context(command, parent=context, info_name=name)
        if isinstance(command, click.Group):
            yield from _sections(inner)
        else:
            yield f"### {inner.command_path}\n\n```\n{command.get_help(inner)}\n```"
