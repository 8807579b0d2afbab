"""How the deployment is: what is read of it (readings.py), and what follows from that (diagnosis.py)."""
