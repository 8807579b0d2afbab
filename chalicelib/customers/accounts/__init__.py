"""Accounts: companies, teams, households, whatever `group` calls put people into (docs/ACCOUNTS.md)."""
