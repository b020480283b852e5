"""The common ground of every part of a recipe."""

from pydantic import BaseModel, ConfigDict


class SchemaTable(BaseModel):
    """A frozen table of a recipe. Unknown keys are faults; numbers are finite, and no strings."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        use_attribute_docstrings=True,
        allow_inf_nan=False,
    )
