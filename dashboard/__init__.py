"""Four static pages, in each language and display currency, rendered from the published file and nothing
else.

`build` makes the set of pages, `published` reads the figures, `pages/` says what stands on each page,
`charts` draws, `formats` and `texts` write numbers and words in both languages, `files` puts the set in
place, `serve` shows it.
"""
