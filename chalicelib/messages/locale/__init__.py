"""How things are said in a recipient's locale: money, numbers, dates, plurals, lists, by the Unicode CLDR (Babel's).

`reader.py` says who reads and which locales come into question; `figures.py`, `moments.py` and `wording.py` say things;
`filters.py` hands them to templates. Babel is imported by these four only, on first use: of all Lambdas only those that
render need it.
"""
