"""What goes wrong in a way that whoever asked can do something about: said in their language, with a status for programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from controller.texts import T, Text


class Refusal(Exception):
    """What was asked cannot be done. `text` says why and what to do; `fields`: which field of a form is wrong, and how.

    `more`: what a page needs to offer a way on (where something is used, say), as JSON.
    """

    status = 422

    def __init__(
        self,
        text: Text,
        *,
        status: int | None = None,
        fields: Mapping[str, Text] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(str(text))
        self.text = text
        self.fields = dict(fields or {})
        self.more = dict(more or {})
        if status is not None:
            self.status = status

    def told(self, language: str) -> dict[str, Any]:
        """As it goes to a browser."""
        fields = {name: text.render(language) for name, text in self.fields.items()}
        return {"message": self.text.render(language), "fields": fields, **self.more}


class NotSignedIn(Refusal):
    status = 401

    def __init__(self, text: Text = T("Please sign in.")) -> None:  # noqa: B008 - a text is never changed
        super().__init__(text)


class NotAllowed(Refusal):
    status = 403

    def __init__(self, text: Text = T("You are not allowed to do this. Ask whoever manages Careline.")) -> None:  # noqa: B008
        super().__init__(text)


class NotFound(Refusal):
    status = 404

    def __init__(self, text: Text = T("This is not here any more. Somebody may have removed it.")) -> None:  # noqa: B008
        super().__init__(text)


class Conflict(Refusal):
    """Something has changed meanwhile."""

    status = 409
