"""The certificate: its number, its printed page, its signature, and the moment it counts as issued."""
