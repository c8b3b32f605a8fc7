"""The frameworks, wrapped once: database, queue, documents on disk, uploads, mail, and the generated screens."""
