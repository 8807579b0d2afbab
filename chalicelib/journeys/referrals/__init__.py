"""Referrals: everybody's own code, and what it brings when a friend's first order uses it (docs/COUPONS.md)."""
