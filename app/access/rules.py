"""What a password may be, and which words tell a browser; no rule asks for capitals or signs (NIST SP 800-63B)."""

import re

SHORTEST, LONGEST = 12, 128  # letters
# The words people take when a password is asked of them; with digits and signs around them they are no better.
_WORDS = """
abc abcd access account admin administrator adobe airport amazon andhra angel apple april arsenal asdf asdfgh asdfghjkl
august august autumn azerty badminton bangalore banking baseball basketball batman bengal bharat bharatmata bhagwan bombay
bollywood buddy business butterfly calcutta cat certificate certificates chamber changeme changethis charlie cheese chennai
chocolate christmas cinema clerk coffee commerce company computer cookie country cricket customs daniel database december
default delhi demo department desktop dgft dhoni diamond director directorate dog donald download dragon dubai eagle earth
ecoo eight elephant email excel export exporter exports facebook family father february flower football forever forget forgot
freedom friday friend ganesh ganesha gandhi garden ginger god goddess gold google government guest guitar gujarat hanuman
happy harry hello hemlo heslo holiday home hunter hyderabad iloveindia iloveyou import india indian indore internet ipad
iphone jaihind jaipur jaishreeram january jasmine jesus jordan july june kabaddi karnataka kerala keyboard killer king
kolkata krishna lakshmi laptop letmein lion london login lotus love lovely lucknow madras maharashtra mahatma manager march
market maruti master michael microsoft ministry modi mohan monday money monkey monsoon morning mother mountain mumbai music
mustang mysore nagpur namaste namaskar network newdelhi november october office officer omnamahshivaya online orange origin
pakistan panther parasakthi pass passcode passport passwd password passw paswd peacock pepper phone phoenix picture pokemon
princess private project punjab pune qazwsx qwerty qwertyuiop qwertz rainbow rajasthan rajesh ranger rohit rupee saibaba
samsung sachin saturday school secret secure security september server service shadow sharma shiva shivshakti shree silver
singh soccer spring star starwars stupid summer sunday sunshine superman supervisor sunny surat system tamil telangana
tendulkar test testing thank thankyou thursday tiger trade trustno trustnoone tuesday udgam unlock user username virat
vishnu water web wednesday welcome winter wizard wonder work world yahoo yellow youtube zxcv zxcvbn zxcvbnm
"""
COMMON = frozenset(_WORDS.split())
ROWS = ("abcdefghijklmnopqrstuvwxyz", "01234567890123456789", "qwertyuiop", "asdfghjkl", "zxcvbnm", "1qaz2wsx3edc4rfv5tgb")
READ_AS = str.maketrans("01345@$!7", "oleasasit")  # p@ssw0rd is read as password

TOO_SHORT = f"Take at least {SHORTEST} characters. Several words one after the other are good and easy to keep in mind."
TOO_LONG = f"Take at most {LONGEST} characters."
UNTYPABLE = "The password contains a character that no keyboard types. Leave it out."
YOUR_NAME = "The password is made of your name, your e-mail address or the name of this system. Take something else."
TOO_COMMON = "This password is among the first that would be guessed. Take several words that do not belong together."
THE_SAME = "The new password is the old one. Take another."


def why_not(password: str, *about: str) -> str:
    """Why this cannot be somebody's password, in a sentence; empty when it can. `about`: e-mail address and name."""
    if len(password) < SHORTEST:
        return TOO_SHORT
    if len(password) > LONGEST:
        return TOO_LONG
    if not password.isprintable():
        return UNTYPABLE
    if _is_all(password, {"udgam", *_words_of(*about)}):
        return YOUR_NAME
    return TOO_COMMON if _is_guessed(password) else ""


def _words_of(*about: str) -> set[str]:
    """The e-mail address, its parts and the words of the name, in small letters."""
    wholes = {text.strip().lower() for text in about} - {""}
    return wholes | {word for text in wholes for word in re.split(r"[\W_]+", text) if len(word) > 2}


def _is_all(password: str, words: set[str]) -> bool:
    """Is nothing left that matters when these words are taken out? Digits and signs alone do not save it."""
    rest = password.lower()
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word, " ")
    return len(re.findall(r"[^\W\d_]", rest)) < 4 and rest != password.lower()


def _is_guessed(password: str) -> bool:
    """One letter or group again and again, a row of the keyboard, or a common word with digits and signs around it."""
    small = password.lower()
    plain = _bare(small)
    if len(set(small)) < 5 or re.fullmatch(r"(.{1,8}?)\1+.{0,3}", small):
        return True
    if _is_rows(plain) or plain.isdigit():
        return True
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", small)
    return any(_is_few_words(_bare(text)) for text in (core, core.translate(READ_AS)))


def _bare(text: str) -> str:
    """Without signs and spaces."""
    return re.sub(r"[\W_]+", "", text)


def _is_rows(text: str) -> bool:
    """Do pieces of keyboard or alphabet rows, forwards or backwards, make up all but three letters?"""
    rest, left = text, 0
    rows = [*ROWS, *(row[::-1] for row in ROWS)]
    while rest:
        length = next((n for n in range(len(rest), 3, -1) if any(rest[:n] in row for row in rows)), 0)
        left, rest = (left, rest[length:]) if length else (left + 1, rest[1:])
    return left <= 3 < len(text)


def _is_few_words(text: str) -> bool:
    """At most two common words, with digits around them: «Welcome2026India»; three make a phrase."""
    return any(_common(text[:cut]) and _common(text[cut:]) for cut in range(len(text) + 1))


def _common(word: str) -> bool:
    return not word or re.sub(r"^\d+|\d+$", "", word) in COMMON


BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"),
            ("FxiOS", "Firefox"), ("Chrome", "Chrome"), ("CriOS", "Chrome"), ("Safari", "Safari"))  # fmt: skip
SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS X", "Mac"),
           ("CrOS", "ChromeOS"), ("Linux", "Linux"))  # fmt: skip


def browser_words(said: str) -> tuple[str, str]:
    """What a browser says of itself (User-Agent) as people name it: («Firefox», «Windows»); empty where it cannot be told."""
    browser = next((name for mark, name in BROWSERS if mark in said), "")
    return browser, next((name for mark, name in SYSTEMS if mark in said), "")
