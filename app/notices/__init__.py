"""Telling people: a bell on the page for each person, kept with the change that rang it."""
