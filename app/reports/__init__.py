"""Figures and charts for those who oversee the whole."""
