"""The figures of a finished week or month as a mail: against the period before, with what was restated and why.

`periods` are the weeks and months, `content` reads and words one, `build` writes the files, `send` delivers them.
"""
