"""Who may open what: the roles, the log-in with its limits, and the accounts of DGFT's supervisors."""
