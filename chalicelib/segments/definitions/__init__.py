"""Segments as they are defined: in force from the moment they are put."""
