"""What the shop sells, and what to recommend of it (docs/PRODUCTS.md)."""
