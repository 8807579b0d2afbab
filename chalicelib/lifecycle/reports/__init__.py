"""Reports on the lifecycle, folded from a sample of the customers at one moment. Pure; docs/REPORTS.md defines them."""
