"""What an operator looks at: what was given up and may be done again, and how the deployment is."""
