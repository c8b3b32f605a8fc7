"""What happened: who did what to which thing and when, in a chain that shows any later change."""
