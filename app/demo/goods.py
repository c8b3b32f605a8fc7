"""What the firms of the demonstration sell, line by line, with the code, unit, price, weight and packing of each."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Article:
    """Something sold: price in dollars and net weight in kilograms for one unit; how many units make a package."""

    itc_hs: str
    name: str
    kinds: tuple[str, ...]
    uqc: str
    price: float
    kg: float
    package: str
    units: int  # in one package; 0 when the kind says how many kg a bag holds
    packages: tuple[int, int]  # fewest and most in one line
    criterion: str = "M"
    origin: str = "IN"


SHIRTS = ("navy, sizes S to XL", "white, sizes S to XXL", "olive, sizes M to XL", "striped, sizes S to XL")
TOWELS = ("70 x 140 cm, ivory", "50 x 100 cm, teal", "90 x 180 cm, jacquard border")
SLABS = ("polished, 20 mm", "honed, 20 mm", "leathered, 30 mm", "flamed, 30 mm")
SIZES = ("DN 25", "DN 50", "DN 80", "DN 150")
RUGS = ("160 x 230 cm, madder red", "200 x 300 cm, indigo", "240 x 300 cm, ivory field", "90 x 150 cm, moss green")

GOODS: dict[str, tuple[Article, ...]] = {
    "textiles": (
        Article("61091000", "Men's T-shirts, knitted, 100% cotton, 180 g/m²", SHIRTS, "PCS", 3.4, 0.19, "CT", 60,
                (20, 160)),
        Article("62052090", "Men's shirts, woven, 100% cotton poplin", SHIRTS, "PCS", 6.8, 0.26, "CT", 40, (15, 120)),
        Article("63026090", "Cotton terry towels, 500 g/m²", TOWELS, "PCS", 2.9, 0.42, "CT", 48, (20, 140)),
        Article("63041910", "Cotton bed spreads, hand-block printed", ("single, floral", "double, paisley",
                "king, geometric"),
                "PCS", 11.5, 1.35, "CT", 12, (15, 80)),
        Article("54075290", "Dyed woven fabric of textured polyester yarn, width 147 cm", ("crêpe, wine",
                "satin, gold", "georgette, aqua"),
                "MTR", 1.7, 0.14, "RO", 100, (40, 260)),
        Article("50072010", "Silk sarees, zari border", ("maroon", "peacock blue", "mustard"), "PCS", 48.0, 0.62,
                "CT", 20, (4, 30)),
        Article("62142090", "Woollen shawls, woven", ("plain, 70 x 200 cm", "embroidered, 70 x 200 cm"), "PCS", 9.5,
                0.24, "CT", 50, (5, 40)),
        Article("61046200", "Women's trousers, knitted, 95% cotton 5% elastane", SHIRTS, "PCS", 5.2, 0.31, "CT", 40,
                (15, 90)),
    ),
    "spices": (
        Article("09024020", "Black tea, leaf, in bulk, Nilgiri", ("grade OP", "grade FOP", "grade BOP"), "KGS", 3.6,
                1, "SA", 50, (80, 400), "W"),
        Article("09024040", "Black tea, dust, in bulk", ("grade PD", "grade SRD"), "KGS", 2.4, 1, "SA", 50, (80,
                400), "W"),
        Article("09023020", "Black tea, leaf, in packets of 250 g", ("orange pekoe", "masala blend"), "KGS", 6.2, 1,
                "CT", 20, (40, 300)),
        Article("09041130", "Black pepper, garbled, 550 g/l", ("MG1", "TGSEB"), "KGS", 7.9, 1, "BG", 50, (60, 480),
                "W"),
        Article("09083120", "Small cardamom, Alleppey green", ("8 mm bold", "7 mm", "6 mm"), "KGS", 24.0, 1, "CT",
                25, (20, 160), "W"),
        Article("09103020", "Turmeric fingers, dry, polished", ("curcumin 3%", "curcumin 5%"), "KGS", 1.9, 1, "BG",
                50, (100, 500), "W"),
        Article("09042211", "Chilli powder, 60,000 to 80,000 SHU", ("steam-sterilised", "regular"), "KGS", 3.1, 1,
                "MS", 25, (100, 600)),
        Article("09109100", "Curry powder, mixture of spices", ("Madras, hot", "mild"), "KGS", 4.4, 1, "CT", 20, (50,
                300)),
        Article("09081110", "Nutmeg in shell, sound", ("80 to 85 count",), "KGS", 6.6, 1, "BG", 50, (20, 120), "W"),
    ),
    "castings": (
        Article("84818030", "Gate valve, cast steel, flanged, PN 16", SIZES, "PCS", 74.0, 18.5, "CS", 4, (3, 40)),
        Article("84818030", "Butterfly valve, ductile iron, wafer type", SIZES, "PCS", 41.0, 7.6, "CS", 8, (3, 30)),
        Article("73259930", "Castings of alloy steel, machined, pump casing", ("type A", "type C", "type F"), "PCS",
                96.0, 27.0, "CR", 6, (2, 24)),
        Article("73251000", "Manhole covers of ductile iron, EN 124", ("class B125", "class C250", "class D400"),
                "PCS", 38.0, 42.0, "8A", 14, (4, 30)),
        Article("73072100", "Stainless steel flanges, SS 304, slip-on", SIZES, "PCS", 14.5, 3.2, "CS", 30, (3, 25)),
        Article("84139190", "Impellers for centrifugal pumps, bronze", ("200 mm", "260 mm", "315 mm"), "PCS", 52.0,
                9.4, "CS", 10, (2, 18)),
        Article("87089900", "Brake drums for trailers, grey iron", ("16.5 x 7 in", "15 x 8.6 in"), "PCS", 33.0, 44.5,
                "8A", 16, (4, 28)),
        Article("84821020", "Ball bearings, assembled with imported rings", ("6204", "6208", "6310"), "PCS", 3.3,
                0.28, "CT", 100, (5, 40), "P"),
    ),
    "stone": (
        Article("68022190", "Marble tiles, 60 x 60 x 2 cm, Makrana white", SLABS, "SQM", 34.0, 54.0, "CR", 22, (10,
                60), "W"),
        Article("25151220", "Marble slabs, rough edge", ("Rainforest green", "Rainforest brown", "Agaria white"),
                "SQM", 27.0, 55.0, "CR", 40, (4, 22), "W"),
        Article("68022310", "Granite slabs", ("Black Galaxy", "Absolute black", "Steel grey"), "SQM", 42.0, 81.0,
                "CR", 36, (4, 20), "W"),
        Article("68029300", "Granite monuments, worked and polished", ("upright", "heart-shaped", "double"), "PCS",
                240.0, 210.0, "CR", 3, (4, 18)),
        Article("68029900", "Sandstone paving, calibrated", ("Raj green", "Modak", "Kandla grey"), "SQM", 16.0, 52.0,
                "CR", 19, (8, 50), "W"),
        Article("68022190", "Mosaic of marble on mesh, 30 x 30 cm", ("herringbone", "hexagon", "basket weave"),
                "SQM", 58.0, 24.0, "CT", 1, (80, 400)),
    ),
    "rice": (
        Article("10063020", "Basmati rice, Pusa 1121, white sella", ("crop 2025-26, 20 kg bags",
                "crop 2025-26, 10 kg bags"), "MTS", 1080.0, 1000, "BG", 0, (1000, 5400), "W"),
        Article("10063020", "Basmati rice, traditional, aged 18 months", ("5 kg bags", "10 kg bags"), "MTS", 1420.0,
                1000, "BG", 0, (1000, 2800), "W"),
        Article("10063010", "Parboiled rice, 5% broken, IR 64", ("25 kg bags", "50 kg bags"), "MTS", 430.0, 1000,
                "BG", 0, (2000, 10400), "W"),
        Article("10063090", "Sona Masuri rice, raw", ("10 kg bags", "25 kg bags"), "MTS", 560.0, 1000, "BG", 0,
                (1000, 2600), "W"),
        Article("10062000", "Brown basmati rice, husked", ("20 kg bags",), "MTS", 1010.0, 1000, "BG", 0, (500, 1300),
                "W"),
    ),
    "carpets": (
        Article("57011010", "Hand-knotted woollen carpets, 80 knots/in²", RUGS, "SQM", 62.0, 3.9, "BL", 40, (4, 30)),
        Article("57011010", "Hand-knotted carpets, wool and silk, 150 knots/in²", RUGS, "SQM", 140.0, 3.4, "BL", 30,
                (2, 12)),
        Article("57031010", "Hand-tufted carpets of wool", RUGS, "SQM", 24.0, 3.2, "BL", 60, (6, 40)),
        Article("57050024", "Cotton durries, handloom", RUGS, "SQM", 9.0, 1.4, "BL", 100, (5, 40)),
        Article("57029290", "Flat-woven rugs of jute blend", RUGS, "SQM", 11.5, 1.9, "BL", 90, (5, 30)),
    ),
    "gems": (
        Article("71131913", "Gold jewellery, 18 ct, studded with diamonds", ("rings", "ear studs", "pendants",
                "bangles"), "GMS", 92.0, 0.001, "BX", 400, (1, 4)),
        Article("71131120", "Silver jewellery, 925, set with gemstones", ("bracelets", "rings", "necklaces"), "GMS",
                2.3, 0.001, "BX", 2000, (1, 8)),
        Article("71039120", "Emeralds, cut and polished", ("oval", "octagon", "pear"), "GMS", 260.0, 0.001, "BX", 60,
                (1, 3)),
        Article("71171990", "Imitation jewellery, brass, gold-plated", ("necklace sets", "jhumka ear-rings",
                "anklets"), "PCS", 2.6, 0.06, "CT", 300, (2, 25)),
        Article("71031029", "Semi-precious stones, tumbled, agate and jasper", ("20 to 30 mm", "30 to 40 mm"), "KGS",
                9.5, 1, "CT", 25, (4, 40), "W"),
    ),
    "leather": (
        Article("42022110", "Ladies' hand-bags of goat leather", ("tan", "black", "bordeaux"), "PCS", 23.0, 0.74,
                "CT", 20, (8, 60)),
        Article("42023120", "Wallets of bovine leather, RFID lined", ("brown", "black"), "PCS", 5.9, 0.11, "CT", 100,
                (4, 40)),
        Article("64039110", "Men's leather boots, rubber sole", ("EU 40 to 45, brown", "EU 40 to 46, black"), "PRS",
                27.0, 1.45, "CT", 10, (20, 140)),
        Article("42031010", "Leather jackets, sheep nappa", ("men's, black", "women's, cognac"), "PCS", 58.0, 1.7,
                "CT", 12, (5, 40)),
        Article("42033000", "Leather belts", ("35 mm, black", "35 mm, brown"), "PCS", 4.7, 0.21, "CT", 120, (3, 25)),
        Article("41071200", "Finished bovine leather, grain splits", ("1.2 to 1.4 mm, chestnut",
                "1.0 to 1.2 mm, black"), "SQF", 1.8, 0.09, "BE", 900, (3, 20)),
    ),
    "pharma": (
        Article("30049099", "Metformin hydrochloride tablets IP 500 mg", ("10 x 10 blisters", "bottles of 100"),
                "PAC", 1.4, 0.12, "CT", 144, (20, 160)),
        Article("30042019", "Amoxicillin capsules BP 500 mg", ("10 x 10 blisters",), "PAC", 3.2, 0.1, "CT", 120, (20,
                120)),
        Article("30049066", "Paracetamol and ibuprofen tablets", ("10 x 10 blisters", "bottles of 500"), "PAC", 1.1,
                0.13, "CT", 144, (20, 140)),
        Article("29222933", "Paracetamol BP, fine powder", ("DC grade", "fine powder"), "KGS", 4.1, 1, "DR", 25, (40,
                320)),
        Article("29411030", "Amoxicillin trihydrate, compacted", ("compacted", "powder"), "KGS", 27.0, 1, "DR", 25,
                (20, 120), "P"),
        Article("30039014", "Triphala churna, Ayurvedic medicament", ("100 g jars", "500 g jars"), "PAC", 1.9, 0.14,
                "CT", 96, (10, 60)),
    ),
    "chemicals": (
        Article("32041650", "Reactive dyes, blue", ("Blue 19", "Blue 21", "Black 5 mixture"), "KGS", 5.4, 1, "DR",
                25, (40, 320)),
        Article("32041751", "Pigment blue 15:3, phthalocyanine", ("beta crystal", "easily dispersed"), "KGS", 7.2, 1,
                "5M", 25, (40, 400)),
        Article("28151110", "Caustic soda flakes, 98%", ("25 kg bags",), "MTS", 460.0, 1000, "BG", 0, (400, 1040)),
        Article("29173500", "Phthalic anhydride, flakes", ("99.8%",), "MTS", 980.0, 1000, "BG", 0, (400, 880)),
        Article("38089199", "Neem-based insecticide, azadirachtin 0.15% EC", ("1 l bottles", "5 l cans"), "LTR", 4.8,
                0.95, "CT", 12, (60, 500)),
        Article("29214390", "Ortho-toluidine derivatives", ("99% min.",), "KGS", 3.9, 1, "DR", 200, (20, 80), "P"),
    ),
    "coir": (
        Article("08013220", "Cashew kernels, whole", ("W 240", "W 320", "W 450"), "KGS", 8.4, 1, "CT", 22, (120,
                700)),
        Article("08013210", "Cashew kernels, broken", ("LWP", "SWP"), "KGS", 5.9, 1, "CT", 22, (60, 400)),
        Article("57022010", "Coir matting, handwoven, width 100 cm", ("natural", "herringbone, two-tone"), "SQM",
                6.2, 1.8, "RO", 25, (10, 80), "W"),
        Article("57022020", "Coir door mats, printed", ("40 x 60 cm", "45 x 75 cm"), "PCS", 2.7, 1.3, "BL", 25, (20,
                160)),
        Article("53081010", "Coir yarn, two-ply, baled", ("Vycome", "Anjengo"), "KGS", 1.2, 1, "BL", 100, (40, 200),
                "W"),
    ),
}  # fmt: skip

# Foreign goods sent on from India: a back-to-back certificate names where they come from.
FOREIGN: dict[str, tuple[Article, ...]] = {
    "spices": (
        Article("09041110", "Black pepper, Vietnamese origin, 500 g/l, in original bags", ("FAQ",), "KGS", 6.9, 1,
                "BG", 50, (120, 480), "F", "VN"),
        Article("09061910", "Cassia bark, Indonesian origin, in original bales", ("KABC",), "KGS", 3.7, 1, "BL", 50,
                (80, 300), "F", "ID"),
    ),
    "stone": (
        Article("25151220", "Marble slabs, Turkish origin, Burdur beige, unopened crates", ("2 cm",), "SQM", 39.0,
                54.0, "CR", 40, (4, 18), "F", "TR"),
    ),
    "gems": (
        Article("71039110", "Rubies, cut and polished, Thai origin", ("oval",), "GMS", 310.0, 0.001, "BX", 50, (1,
                3), "F", "TH"),
    ),
    "castings": (
        Article("84821020", "Ball bearings, Korean origin, in maker's boxes", ("6205", "6306"), "PCS", 2.9, 0.25,
                "CT", 100, (8, 40), "F", "KR"),
    ),
    "chemicals": (
        Article("29173500", "Phthalic anhydride, Korean origin, in original bags", ("99.8%",), "MTS", 940.0, 1000,
                "BG", 0, (400, 880), "F", "KR"),
    ),
}  # fmt: skip
