"""Firms by their Importer-Exporter Code, their branches, and the several people who work under one code."""
