"""Is this certificate genuine? The public page by QR, by number and by file."""
