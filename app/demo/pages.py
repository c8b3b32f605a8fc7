"""The pages that DGFT keeps for exporters: India's trade agreements, and invented fairs in the months to come."""

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock
from app.portal.models import FtaInfo, TradeEvent

# Name, partner, in force since (where it is certain), and what it is about.
AGREEMENTS: tuple[tuple[str, str, date | None, str], ...] = (
    ("ASEAN–India Trade in Goods Agreement (AIFTA)", "ASEAN, ten countries", date(2010, 1, 1),
     "Lower duties in ten South-East Asian markets; origin is shown with Form AI."),
    ("India–Japan CEPA", "Japan", date(2011, 8, 1),
     "Goods, services and investment; most Indian industrial goods enter Japan free of duty."),
    ("India–Korea CEPA", "Republic of Korea", date(2010, 1, 1),
     "Duties on most tariff lines were reduced in steps or removed between the two countries."),
    ("South Asian Free Trade Area (SAFTA)", "SAARC countries", date(2006, 1, 1),
     "Preferences among the South Asian neighbours, more generous for the least developed of them."),
    ("SAARC Preferential Trading Arrangement (SAPTA)", "SAARC countries", date(1995, 12, 7),
     "The earlier South Asian arrangement with concessions item by item, before SAFTA."),
    ("Asia-Pacific Trade Agreement (APTA)", "Bangladesh, China, Korea, Lao PDR, Mongolia, Sri Lanka", date(1976, 6, 17),
     "One of the oldest arrangements in Asia, begun as the Bangkok Agreement: a margin of preference on listed goods."),
    ("India–Sri Lanka Free Trade Agreement (ISLFTA)", "Sri Lanka", date(2000, 3, 1),
     "Duty-free entry for most goods in both directions, with quotas for some, tea and garments among them."),
    ("India–Chile Preferential Trade Agreement", "Chile", None,
     "A margin of preference on listed goods, widened considerably by a later extension."),
    ("India–Mauritius CECPA", "Mauritius", date(2021, 4, 1),
     "India's first trade agreement with an African country; covers goods and services."),
    ("India–UAE CEPA", "United Arab Emirates", date(2022, 5, 1),
     "Nearly all Indian exports by value enter the Emirates without duty; gems, textiles and leather gain most."),
    ("India–Australia ECTA", "Australia", date(2022, 12, 29),
     "Indian goods enter Australia free of duty; raw materials from Australia become cheaper."),
    ("India–EFTA TEPA", "Iceland, Liechtenstein, Norway, Switzerland", date(2025, 10, 1),
     "Tariff concessions together with a promise of investment; exporters may declare origin themselves."),
    ("India–Oman CEPA", "Oman", date(2026, 6, 1),
     "Duty-free entry into Oman for almost all Indian goods, and easier movement of professionals."),
    ("India–UK CETA", "United Kingdom", date(2026, 7, 15),
     "Duties on nearly all Indian goods removed, textiles, leather and marine products among them."),
)  # fmt: skip

# Title, place, in how many days it begins, and for how many days it lasts.
EVENTS = (
    ("Origin without tears: a morning for first-time exporters", "Online", 6, 1),
    ("Textiles of the West: buyer-seller meet", "Surat", 13, 3),
    ("Spice and Tea Forum", "Kochi", 24, 2),
    ("Castings and Valves Expo", "Rajkot", 38, 4),
    ("Workshop: back-to-back and in-lieu certificates", "Mumbai", 47, 1),
    ("Stone and Surface Fair", "Jaipur", 61, 4),
    ("Carpet and Handloom Week", "Varanasi", 79, 5),
    ("Leather and Footwear Sourcing Days", "Chennai", 102, 3),
)  # fmt: skip


def put_up(session: Session) -> None:
    """Add the agreements and events that are not there; what somebody has edited stays as it is."""
    known = set(session.scalars(select(FtaInfo.name))) | set(session.scalars(select(TradeEvent.title)))
    for name, partner, since, summary in AGREEMENTS:
        if name not in known:
            session.add(FtaInfo(name=name, partner=partner, in_force_on=since, summary=summary))
    today = clock.india_today()
    for title, place, begins, days in EVENTS:
        if title not in known:
            start = today + timedelta(days=begins)
            session.add(TradeEvent(title=title, place=place, starts_on=start, ends_on=start + timedelta(days=days - 1)))
