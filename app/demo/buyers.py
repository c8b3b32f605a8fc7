"""Who buys in the demonstration: invented firms in many countries, with the port or airport their goods arrive at."""

import re
from dataclasses import dataclass

SEA, ROAD, AIR = 1, 3, 4


@dataclass(frozen=True, slots=True)
class Buyer:
    """A consignee, the currency it pays in, and how goods reach it (by air where the goods are small and dear)."""

    country: str
    name: str
    street: str
    city: str
    port: str
    currency: str = "USD"
    mode: int = SEA
    buys: str = ""  # kinds of goods; empty for a house that buys anything

    @property
    def mark(self) -> str:
        """What is painted on the packages: the first letters of the name, and the town."""
        words = [word for word in self.name.replace("&", " ").replace("-", " ").split() if word[0].isupper()]
        return "".join(word[0] for word in words[:4]).upper()

    @property
    def town(self) -> str:
        """The city without its post code."""
        words = self.city.split(",")[0].split()
        return " ".join(word for word in words if not (re.search(r"\d", word) or (word.isupper() and len(word) < 4)))

    def wants(self, goods: str) -> bool:
        """Would this house buy such goods?"""
        return not self.buys or goods in self.buys.split()


BUYERS = (
    Buyer("AE", "Gulf Lantern General Trading LLC", "Warehouse 14, Al Quoz Industrial 3", "Dubai", "AEJEA", "AED"),
    Buyer("AE", "Saffron Gate Foodstuff Trading LLC", "Shop 6, Al Buhaira Street", "Sharjah", "AESHJ",
          buys="rice spices coir"),
    Buyer("SA", "Najd Harvest Company for Trading", "King Fahd Road 2210", "Dammam", "SADMM", buys="rice spices"),
    Buyer("SA", "Tihama Home Stores Est.", "Palestine Street 71", "Jeddah", "SAJED", buys="textiles carpets coir"),
    Buyer("OM", "Dhofar Bright Star Trading LLC", "Way 4415, Ghala", "Muscat", "OMSOH"),
    Buyer("QA", "Pearl Causeway Trading WLL", "Salwa Road, Building 118", "Doha", "QAHMD"),
    Buyer("KW", "Burgan Bazaar General Trading Co.", "Block 2, Shuwaikh Industrial", "Kuwait City", "KWSWK"),
    Buyer("US", "Prairie & Harbor Imports Inc.", "4120 Ferry Landing Drive", "Houston, TX 77015", "USHOU"),
    Buyer("US", "Bluestone Home Textiles LLC", "88 Canal Wharf, Suite 310", "New York, NY 10013", "USNYC",
          buys="textiles carpets"),
    Buyer("US", "Redwood Coast Surfaces LLC", "1705 Terminal Way", "Long Beach, CA 90802", "USLGB", buys="stone"),
    Buyer("CA", "Maple Junction Distributors Ltd.", "2290 rue de l'Entrepôt", "Montréal, QC H3C 1K4", "CAMTR"),
    Buyer("GB", "Thornbury & Vale Ltd.", "Unit 7, Dockside Park", "Felixstowe IP11 3SY", "GBFXT", "GBP"),
    Buyer("GB", "Pennine Tea Merchants Ltd.", "15 Mill Brow", "Leeds LS1 4DY", "GBSOU", "GBP", buys="spices"),
    Buyer("DE", "Elbwind Handelsgesellschaft mbH", "Kattrepelbrücke 11", "20095 Hamburg", "DEHAM", "EUR"),
    Buyer("DE", "Rheinlicht Naturstein GmbH", "Uferstraße 230", "40221 Düsseldorf", "DEBRV", "EUR", buys="stone"),
    Buyer("NL", "Van der Meulen Specerijen B.V.", "Maashavenkade 48", "3072 AA Rotterdam", "NLRTM", "EUR",
          buys="spices rice coir"),
    Buyer("BE", "Scheldegoud Diamant NV", "Pelikaanlaan 62", "2018 Antwerpen", "BEANR", "EUR", AIR, buys="gems"),
    Buyer("FR", "Maison Verdelune SAS", "27 quai des Tisserands", "76600 Le Havre", "FRLEH", "EUR",
          buys="textiles leather gems carpets"),
    Buyer("IT", "Fratelli Collebianco S.r.l.", "Via della Conceria 9", "56029 Santa Croce sull'Arno", "ITGOA", "EUR",
          buys="leather"),
    Buyer("ES", "Azulmar Importaciones S.L.", "Calle del Muelle 33", "46011 Valencia", "ESVLC", "EUR"),
    Buyer("PL", "Wisłok Hurt Sp. z o.o.", "ul. Portowa 18", "81-350 Gdynia", "PLGDY", "EUR"),
    Buyer("SE", "Norrhamn Interiör AB", "Packhusgatan 4", "411 13 Göteborg", "SEGOT", "EUR",
          buys="carpets textiles coir stone"),
    Buyer("TR", "Kuzey Yıldızı Dış Ticaret A.Ş.", "Liman Caddesi 51", "33020 Mersin", "TRMER"),
    Buyer("RU", "Severny Prichal OOO", "ul. Portovaya 14", "353900 Novorossiysk", "RUNVS"),
    Buyer("EG", "Delta Papyrus for Import and Export", "26 Corniche Road", "Alexandria", "EGALY"),
    Buyer("KE", "Kilindini Hardware & Supplies Ltd.", "Moi Avenue, Godown 3", "Mombasa", "KEMBA",
          buys="castings chemicals"),
    Buyer("TZ", "Bahari Medical Stores Ltd.", "Nyerere Road, Plot 19", "Dar es Salaam", "TZDAR", buys="pharma"),
    Buyer("NG", "Lagoon Crest Pharmacy & Allied Ltd.", "12 Wharf Road, Apapa", "Lagos", "NGAPP", buys="pharma"),
    Buyer("ZA", "Highveld Spice & Grain (Pty) Ltd.", "41 Maydon Road", "Durban 4001", "ZADUR",
          buys="spices rice coir"),
    Buyer("BD", "Karnaphuli Agro Traders", "Strand Road, Majhirghat", "Chattogram", "BDCGP",
          buys="rice spices chemicals"),
    Buyer("NP", "Annapurna Udyog Suppliers Pvt. Ltd.", "Adarsha Nagar 8", "Birgunj", "Birgunj", mode=ROAD,
          buys="castings pharma textiles rice"),
    Buyer("LK", "Ruhunu Blossom Imports (Pvt) Ltd.", "Sea Street 96", "Colombo 11", "LKCMB",
          buys="textiles spices castings"),
    Buyer("VN", "Công ty TNHH Sao Biển", "12 Nguyễn Tất Thành, Quận 4", "Thành phố Hồ Chí Minh", "VNSGN"),
    Buyer("MY", "Selat Permata Trading Sdn. Bhd.", "Jalan Pelabuhan 27", "Port Klang", "MYPKG"),
    Buyer("SG", "Merlin Straits Commodities Pte. Ltd.", "70 Keppel Lane #04-02", "Singapore 098999", "SGSIN"),
    Buyer("HK", "Jade Harbour Jewellery Ltd.", "9/F, 38 Hok Yuen Street", "Kowloon", "HKHKG", mode=AIR, buys="gems"),
    Buyer("JP", "Minato Hikari Trading K.K.", "3-14 Kaigan-dori", "Yokohama 231-0002", "JPYOK", "JPY"),
    Buyer("KR", "Hanbada Trading Co., Ltd.", "88 Jungang-daero", "Busan 48931", "KRPUS"),
    Buyer("AU", "Wattle & Reef Pty Ltd.", "56 Dock Link Road", "Melbourne VIC 3003", "AUMEL", "AUD"),
    Buyer("BR", "Serra Clara Importadora Ltda.", "Rua do Comércio 145", "11010-141 Santos", "BRSSZ"),
    Buyer("MX", "Comercial Piedra Azul S.A. de C.V.", "Av. del Puerto 300", "28200 Manzanillo", "MXZLO"),
    Buyer("CL", "Andes Costa Importaciones SpA", "Blanco 1041", "Valparaíso", "CLVAP"),
)  # fmt: skip

CURRENCY_FOR_A_DOLLAR = {"USD": 1.0, "EUR": 0.92, "GBP": 0.79, "AED": 3.67, "JPY": 149.0, "AUD": 1.52}
