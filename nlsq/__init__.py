"""Natural language to Sourcegraph code-search queries, on your own machine.

from nlsq import Translator
Translator.load().translate("find config files").query
"""

from typing import TYPE_CHECKING, Any

from nlsq.errors import RequestError, UserError
from nlsq.version import __version__

if TYPE_CHECKING:
    from nlsq.translator import Translation, Translator

__all__ = ["RequestError", "Translation", "Translator", "UserError", "__version__"]


def __getattr__(name: str) -> Any:
    """The translator on first use: help and completion do without it, and start in half the time."""
    if name in ("Translation", "Translator"):
        from nlsq import translator

        return getattr(translator, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
