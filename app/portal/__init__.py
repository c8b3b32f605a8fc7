"""The integrated dashboard: what needs me first, free trade agreements and trade events, one page for each role."""
