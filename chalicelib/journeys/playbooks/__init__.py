"""Playbooks: journeys that are ready, with what they say in several languages. One folder is one playbook.

    welcome/playbook.json    what it is for, its settings, its segments and journeys
    welcome/hello.en.md      a letter, in one language
    look/letter.mjml         what all letters look like; look/words.json what stands in all of them

`store.py` reads the files, `make.py` makes definitions of them, as anybody could have put them.
"""
