"""Everybody who logs in may read the agreements and events."""

from app.infra.tenancy import ALL, guard
from app.portal.models import FtaInfo, TradeEvent

for _model in (FtaInfo, TradeEvent):
    guard(_model, exporter=ALL, officer=ALL, administrator=ALL, supervisor=ALL, broker=ALL, idle_broker=ALL)
