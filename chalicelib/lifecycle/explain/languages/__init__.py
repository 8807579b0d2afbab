"""The languages of explanations: one file each, by its code (`it`); language.py says what is in it."""
