"""The desk agent: a small program beside the officer's USB token that signs what this server orders, and nothing else.

    __main__   started by hand, at a terminal           pairing   which server it believes
    door       what a browser on this computer may ask  sealed    is this order the server's, fresh, and for us?
    work       orders one after the other               sitting   one PIN, within bounds
    token      the key                                  bound     what may be signed at all
    ed25519    the server's seal                        desk      what the officer sees and types

It runs alone: the standard library and python-pkcs11 (which brings asn1crypto) are all it needs. The PIN is typed at its own
terminal; no page and no server ever has it.
"""
