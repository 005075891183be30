"""What a section of the settings is made of."""

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

T = TypeVar("T")


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _listed(value: Any) -> Any:
    """A variable of the environment is one text: "5, 1"."""
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


Listed = Annotated[tuple[T, ...], BeforeValidator(_listed)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,64}$")]  # as variables of the environment can spell it
