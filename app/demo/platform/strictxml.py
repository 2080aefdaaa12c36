"""Strict reading and plain writing of small XML documents: no declarations, no attributes needed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

Value = str | int | Sequence["Field"]
Field = tuple[str, Value]


@dataclass
class Node:
    """One element: its own text joined, children in order."""

    name: str
    text: str = ""
    children: list["Node"] = field(default_factory=list)

    def only(self, name: str) -> str:
        """The text of the single child of this name; ValueError if there is none or more than one."""
        found = [child for child in self.children if child.name == name]
        if len(found) != 1:
            raise ValueError(f"{name} occurs {len(found)} times")
        return found[0].text


def read(document: bytes | str) -> Node:
    """The root; ValueError if the document is not well-formed or declares a document type."""
    root = Node("")
    stack = [root]
    parser = expat.ParserCreate()

    def start(name: str, _attributes: dict[str, str]) -> None:
        node = Node(name)
        stack[-1].children.append(node)
        stack.append(node)

    def end(_name: str) -> None:
        stack.pop()

    def text(data: str) -> None:
        stack[-1].text += data

    def doctype(*_details: Any) -> None:
        raise ValueError("document type")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(document, True)
    except expat.ExpatError as error:
        raise ValueError(str(error)) from error
    return root.children[0]


def write(fields: Sequence[Field], *, root: str = "xml") -> str:
    """A document as the platform writes it: strings in CDATA, integers bare, sequences nested."""
    return f"<{root}>{''.join(_element(name, value) for name, value in fields)}</{root}>"


def _element(name: str, value: Value) -> str:
    if isinstance(value, int):
        return f"<{name}>{value}</{name}>"
    if isinstance(value, str):
        return f"<{name}><![CDATA[{value.replace(']]>', ']]]]><![CDATA[>')}]]></{name}>"
    return write(value, root=name)
