"""The families of codes: how each is printed, and which label a printed code gets."""

from faultbook.recognise.families import data, identity, services
from faultbook.recognise.families.family import Family, Form, Hit, Names, form_after

FAMILIES: tuple[Family, ...] = (*identity.FAMILIES, *services.FAMILIES, *data.FAMILIES)
"""Every family that is told by the way it is printed."""

__all__ = ["FAMILIES", "Family", "Form", "Hit", "Names", "form_after"]
