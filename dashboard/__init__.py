"""Static pages in each language and display currency, rendered from the published file and nothing else.

`build` makes the set, `figures` reads, `pages/` says what stands on each page, `trends` and `unusual` compare, `charts` draws,
`formats` and `texts` write numbers and words in both languages, `rendering` lays out, `files` puts the set in place, `serve`
shows it. `digest/` makes mails of finished weeks and months.
"""
