"""Values and laws: what is true about money, identifiers, time and moves whatever the computer; stdlib only."""
