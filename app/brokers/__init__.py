"""Customs brokers: firms whose people act for an exporter, as far and as long as the exporter lets them."""
