"""What a domain has and lacks for its mails to reach people: what is seen (seen.py), what it means (findings.py, pure),
the records to publish (records.py), and how to begin with a new one (warm_up.py)."""
