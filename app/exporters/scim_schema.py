"""What the SCIM door says of itself: its abilities, its one kind of resource and the attributes it keeps (RFC 7643)."""

from typing import Any

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
FIRM = "urn:ietf:params:scim:schemas:extension:udgam:1.0:User"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
_CORE = "urn:ietf:params:scim:schemas:core:2.0:"
MOST = 200  # resources in one answer

# Attributes of RFC 7643 that clients send and Udgam has no use for: taken without complaint, and not kept.
NOT_KEPT = frozenset({
    "nickname", "profileurl", "title", "usertype", "preferredlanguage", "locale", "timezone", "password", "ims", "photos",
    "addresses", "groups", "entitlements", "roles", "x509certificates", "phonenumbers",
})  # fmt: skip


def _attribute(name: str, about: str, **more: Any) -> dict[str, Any]:
    return {
        "name": name, "type": "string", "multiValued": False, "description": about, "required": False, "caseExact": False,
        "mutability": "readWrite", "returned": "default", "uniqueness": "none",
    } | more  # fmt: skip


_NAME = [
    _attribute("formatted", "The whole name; what Udgam keeps."),
    _attribute("givenName", "The first word of the name."),
    _attribute("familyName", "The rest of the name."),
]
_EMAIL = [
    _attribute("value", "The address; the same as userName."),
    _attribute("type", "work", canonicalValues=["work"]),
    _attribute("primary", "The one address is the primary one.", type="boolean"),
]
USER_ATTRIBUTES = [
    _attribute("userName", "The e-mail address with which the person logs in.", required=True, uniqueness="server"),
    _attribute("name", "The person's name.", type="complex", subAttributes=_NAME),
    _attribute("displayName", "The whole name."),
    _attribute("emails", "The one address of the person.", type="complex", multiValued=True, subAttributes=_EMAIL),
    _attribute("active", "Whether the person may log in.", type="boolean"),
]
FIRM_ATTRIBUTES = [
    _attribute("iec", "The Importer-Exporter Code the person works under; empty while none is linked."),
    _attribute("firmRole", "What the person may do there.", canonicalValues=["PRIMARY", "APPLICANT", "VIEWER"]),
    _attribute("mobile", "The Indian mobile number, ten digits."),
]


def provider(base: str) -> dict[str, Any]:
    """ServiceProviderConfig (RFC 7643, section 5)."""
    no = {"supported": False}
    return {
        "schemas": [_CORE + "ServiceProviderConfig"],
        "patch": {"supported": True},
        "bulk": no | {"maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": True, "maxResults": MOST},
        "changePassword": no,
        "sort": no,
        "etag": {"supported": True},
        "authenticationSchemes": [
            {"type": "oauthbearertoken", "name": "Bearer secret", "description": "The secret of SCIM_SECRET as bearer token."}
        ],
        "meta": {"resourceType": "ServiceProviderConfig", "location": f"{base}/ServiceProviderConfig"},
    }


def types(base: str) -> list[dict[str, Any]]:
    """ResourceTypes (RFC 7643, section 6)."""
    return [
        {
            "schemas": [_CORE + "ResourceType"],
            "id": "User",
            "name": "User",
            "endpoint": "/Users",
            "description": "A person as DGFT knows them",
            "schema": USER,
            "schemaExtensions": [{"schema": FIRM, "required": False}],
            "meta": {"resourceType": "ResourceType", "location": f"{base}/ResourceTypes/User"},
        }
    ]


def schemas(base: str) -> list[dict[str, Any]]:
    """Schemas (RFC 7643, section 7)."""
    said = ((USER, "User", "A person", USER_ATTRIBUTES), (FIRM, "Firm", "The person's place in a firm", FIRM_ATTRIBUTES))
    return [
        {
            "schemas": [_CORE + "Schema"],
            "id": urn,
            "name": name,
            "description": about,
            "attributes": attributes,
            "meta": {"resourceType": "Schema", "location": f"{base}/Schemas/{urn}"},
        }
        for urn, name, about, attributes in said
    ]
