"""A demonstration with invented chambers, firms and certificates, so that every page has something to show."""
