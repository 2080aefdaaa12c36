"""Safe reading and writing of the platform's small XML documents."""

import re
from collections.abc import Mapping
from typing import Any

import xmltodict

MAX_BODY_BYTES = 64 * 1024

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_DECLARATION = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)


class XmlError(ValueError):
    """The document is not one that the platform sends; `str()` is a short code without any content."""


def clean(text: str) -> str:
    """Text without control characters (tab, LF, CR stay) and lone surrogates: fit for XML."""
    return _SURROGATES.sub("", _CONTROLS.sub("", text))


def cdata(text: str) -> str:
    """A CDATA section that shows exactly `clean(text)`; `]]>` cannot end it early."""
    return f"<![CDATA[{clean(text).replace(']]>', ']]]]><![CDATA[>')}]]>"


def read_root(document: str) -> Mapping[str, Any]:
    """Children of the `<xml>` root: name → str, dict (nested), list (repeated) or None (empty).

    Real phones send raw control characters, which are no well-formed XML: they are removed first.
    Declarations that could define entities are refused before the parser sees them.
    Raises XmlError.
    """
    document = clean(document)
    if _DECLARATION.search(document):
        raise XmlError("declaration")
    try:
        root = xmltodict.parse(document, disable_entities=True).get("xml")
    except Exception as error:  # expat and xmltodict raise several unrelated types
        raise XmlError("not_well_formed") from error
    if not isinstance(root, dict):
        raise XmlError("no_root")
    return root
