"""`make rehearse`: every playbook over the demonstration shop's year, on a virtual clock, as one page with charts."""
