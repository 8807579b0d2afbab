"""The pages that recipients see: what they say, in which language, and what they look like. Pure.

No login, no script, nothing from elsewhere. What anybody has said of somebody is escaped where it is shown; every page
works without a mouse, without colours and at the width of a telephone. chalicelib/api/recipients.py serves them.
"""
