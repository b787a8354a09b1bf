"""Natural language to Sourcegraph code-search queries, on your own machine.

from nlsq import Translator
Translator.load().translate("find config files").query
"""

from nlsq.errors import RequestError, UserError
from nlsq.translator import Translation, Translator
from nlsq.version import __version__

__all__ = ["RequestError", "Translation", "Translator", "UserError", "__version__"]
