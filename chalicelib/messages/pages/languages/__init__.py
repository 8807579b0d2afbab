"""What the pages say, one file for each language."""
