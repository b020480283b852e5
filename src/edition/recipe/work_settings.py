"""The ``[works]`` table of a recipe: what each print is called and sold as."""

from typing import Annotated

from pydantic import Field

from edition.recipe.schema_base import SchemaTable

EVERY = "all"
"""The key whose words count for every print that has none of its own."""
WorkKey = Annotated[str, Field(pattern=r"^(all|([0-9a-f]{4,64}:)?[0-9]{1,19})$")]
"""A seed, ``digest:seed`` where two recipes have one, or ``all``."""


class WorkSettings(SchemaTable):
    """What pages say of a print, by its seed (``[works.7]``), of all prints (``[works.all]``)."""

    title: str = Field(default="", max_length=300)
    """Of the work; empty prints as ``Untitled (edition, seed 7)``."""
    year: str = Field(default="", max_length=40)
    """As it is printed; empty takes the year in which the print was rendered."""
    medium: str = Field(default="", max_length=300)
    """``Pigment print on cotton paper``."""
    price: str = Field(default="", max_length=60)
    """As it is printed, with its currency: ``€ 900``."""
