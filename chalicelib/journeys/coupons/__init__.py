"""Coupons and referral codes: one code for a person and a journey, and what orders say came of it (docs/COUPONS.md)."""
