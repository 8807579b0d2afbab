"""Definitions of every kind, as the catalog table holds them: immutable versions, and a pointer for each name."""
