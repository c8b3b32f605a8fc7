"""The application for a certificate: from the exporter's draft to the officer's decision, with goods, papers and queries."""
