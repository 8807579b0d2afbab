"""Messages on the pages of the site."""
