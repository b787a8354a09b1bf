"""Decoding that cannot leave the language: the grammar of ``nlsq.query``, run by llguidance, the same for every engine.

Most tokens that a model wants are allowed, and asking for one token takes microseconds; the mask of all tokens, which
takes about 0.2 ms on a vocabulary of 49,152, is made only where the first choice is not. Text that the grammar forces
is not asked of the model at all.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from nlsq.errors import ModelError, missing_package
from nlsq.prompt import STYLES, PromptStamp
from nlsq.query.grammar import NO_SLOTS, Limits, SlotCharacters, grammar

ANSWERS_PER_LEXER = 2000
# What a request names is hardly ever left out of its query, and hardly ever there twice. In nats, chosen on validation.
LEFT_OUT, TWICE = 3.0, 3.0


def slots_of(stamp: PromptStamp) -> SlotCharacters:
    """The characters that stand for something in the answers of a model with this prompt."""
    from nlsq.reading.slots import CHARACTERS

    return CHARACTERS if STYLES[stamp.style].reading_version else NO_SLOTS


def _slot_tokens(written: Iterable[tuple[str, int]], slots: SlotCharacters) -> dict[str, list[int]]:
    """The tokens that write each slot, of ``(text, token)`` pairs."""
    if slots == NO_SLOTS:
        return {}
    from nlsq.reading.slots import all_characters

    found: dict[str, list[int]] = {character: [] for character in all_characters()}
    for text, token in written:
        if text and text[-1] in found:
            found[text[-1]].append(token)
    return found


class _Wrapper:
    """A tokenizer as llguidance wants it: these attributes, and text to tokens when it is called."""

    def __init__(self, pieces: Sequence[bytes], end: int, special: Sequence[int], encode: Callable[[str], list[int]]):
        self.eos_token_id = end
        self.bos_token_id = None
        self.tokens = list(pieces)
        self.special_token_ids = list(special)
        self._encode = encode

    def __call__(self, text: str | bytes) -> list[int]:
        return self._encode(text.decode("utf-8", "ignore") if isinstance(text, bytes) else text)


def _llguidance() -> Any:
    try:
        import llguidance
    except ImportError:
        raise missing_package("llguidance", "llama") from None
    return llguidance


class Constraint:
    """The grammar over one model's tokens. Made once per model; ``begin`` starts an answer.

    ``tokenizer``: an ``llguidance.LLTokenizer``. ``ends``: all tokens that end an answer; the grammar knows the first.
    ``slot_tokens``: the tokens of each slot's character.
    """

    def __init__(
        self,
        tokenizer: Any,
        ends: Sequence[int],
        slots: SlotCharacters = NO_SLOTS,
        slot_tokens: Mapping[str, Sequence[int]] = MappingProxyType({}),
    ):
        self._tokenizer = tokenizer
        self.end, self.ends = ends[0], frozenset(ends)
        self.size = tokenizer.vocab_size
        self.all_ends = [end for end in ends if end < self.size]
        self._begun = 0
        self._slots = slots
        self._slot_tokens = slot_tokens
        self._text = grammar(slots=slots)
        self._matcher = self._compile(self._text)
        self._limited: tuple[Limits, str, Any] | None = None  # the last one: an answer's alternatives share it

    @classmethod
    def of_pieces(
        cls,
        pieces: Sequence[bytes],
        ends: Sequence[int],
        special: Sequence[int],
        encode: Callable[[str], list[int]],
        slots: SlotCharacters = NO_SLOTS,
    ) -> "Constraint":
        """Over tokens that are given as bytes. ``special``: those without text. ``encode``: adds nothing."""
        llguidance = _llguidance()
        wrapper = llguidance.TokenizerWrapper(_Wrapper(pieces, ends[0], special, encode))
        written = ((piece.decode("utf-8", "ignore"), token) for token, piece in enumerate(pieces))
        return cls(llguidance.LLTokenizer(wrapper), ends, slots, _slot_tokens(written, slots))

    @classmethod
    def of_hugging_face(cls, tokenizer: Any, ends: Sequence[int], slots: SlotCharacters = NO_SLOTS) -> "Constraint":
        """Over a fast tokenizer of transformers."""
        _llguidance()
        from llguidance import hf

        added = tokenizer.get_added_vocab().items()
        return cls(hf.from_tokenizer(tokenizer, eos_token=ends[0]), ends, slots, _slot_tokens(added, slots))

    def _compile(self, text: str) -> Any:
        matcher = _llguidance().LLMatcher(self._tokenizer, text)
        if matcher.is_error():
            raise ModelError(
                f"llguidance refuses the grammar ({matcher.get_error().splitlines()[0]})",
                "install the version of llguidance that constraints.txt names",
            )
        return matcher

    def begin(self, content: str = "", limits: Limits | None = None) -> "Walk":
        """The beginning of an answer to ``content``, whose slots alone may be written.

        With new ``limits`` a grammar of its own is made, which takes about 20 ms.
        """
        absent = [token for slot, tokens in self._slot_tokens.items() if slot not in content for token in tokens]
        present = {slot: tokens for slot, tokens in self._slot_tokens.items() if slot in content}
        if limits is None:
            self._begun += 1
            if self._begun % ANSWERS_PER_LEXER == 0:  # the lexer that copies share keeps what it has learnt, to a limit
                self._matcher = self._compile(self._text)
            return Walk(self, self._matcher.deep_copy(), self._text, absent, present)
        if self._limited is None or self._limited[0] != limits:
            text = grammar(limits, self._slots)
            self._limited = (limits, text, self._compile(text))
        _, text, matcher = self._limited
        return Walk(self, matcher.deep_copy(), text, absent, present)

    def again(self, text: str, tokens: list[int]) -> Any:
        """A fresh matcher for the grammar ``text`` after ``tokens``: an old one's lexer may be at its limit."""
        matcher = self._compile(text)
        matcher.consume_tokens(tokens)
        return matcher


class Walk:
    """One answer as it is written. ``tokens``: so far; ``accepted``: how many of them are a whole query.

    ``absent``: tokens that may never come, whatever the grammar says. ``slots``: the tokens of each of the request's.
    """

    def __init__(
        self,
        constraint: Constraint,
        matcher: Any,
        text: str,
        absent: list[int],
        slots: Mapping[str, Sequence[int]],
    ):
        self._constraint, self._matcher, self._text = constraint, matcher, text
        self._absent, self._absent_set = absent, frozenset(absent)
        self._unwritten = dict(slots)
        self._written: list[int] = []  # tokens of slots that are there already
        self.tokens: list[int] = []
        self.accepted = 0

    @property
    def ends(self) -> frozenset[int]:
        """The tokens that end an answer."""
        return self._constraint.ends

    @property
    def is_whole(self) -> bool:
        """True when the tokens so far are a query."""
        return bool(self._matcher.is_accepting())

    @property
    def is_finished(self) -> bool:
        """True when nothing can be added. A matcher that gave up says so, too; the next mask makes it anew."""
        return bool(self._matcher.is_stopped()) and not self._matcher.is_error()

    def take(self, tokens: Iterable[int]) -> None:
        """Add ``tokens``, which have to be allowed."""
        added = list(tokens)
        if not self._matcher.consume_tokens(added):
            self._matcher = self._constraint.again(self._text, [*self.tokens, *added])
            self._require_health()
        self.tokens += added
        for slot in [slot for slot, tokens in self._unwritten.items() if not set(added).isdisjoint(tokens)]:
            self._written += self._unwritten.pop(slot)
        if self.is_whole:
            self.accepted = len(self.tokens)

    def forced(self) -> list[int]:
        """The tokens that have to come next, whatever the model says; empty where it has a choice."""
        return list(self._matcher.compute_ff_tokens())

    def allows(self, token: int) -> bool:
        """True when ``token`` may come next; an end may where the query is whole."""
        if token in self._constraint.ends:
            return self.is_whole
        if token in self._absent_set or token >= self._constraint.size:
            return False
        return self.allows_all([token])

    def allows_all(self, tokens: Sequence[int]) -> bool:
        """True when ``tokens`` may come next, one after the other; none of them an end."""
        return bool(self._matcher.validate_tokens(list(tokens)) == len(tokens))

    def mask(self) -> Any:
        """Which tokens may come next: a boolean array, shape (vocabulary,)."""
        import numpy

        found = self._matcher.compute_bitmask()
        if self._matcher.is_error():
            self._matcher = self._constraint.again(self._text, self.tokens)
            found = self._matcher.compute_bitmask()
            self._require_health()
        bits = numpy.frombuffer(found, dtype=numpy.uint8)
        mask = numpy.unpackbits(bits, count=self._constraint.size, bitorder="little").astype(bool)
        if mask[self._constraint.end]:
            mask[self._constraint.all_ends] = True
        mask[self._absent] = False
        return mask

    def _require_health(self) -> None:
        if self._matcher.is_error():
            raise ModelError(
                f"the grammar does not go on ({self._matcher.get_error().splitlines()[0]})",
                "report the request, and ask with --free meanwhile",
            )

    @property
    def leans(self) -> bool:
        """True when the request has slots, whose use weighs on what comes next."""
        return bool(self._unwritten or self._written)

    def leaning(self, scores: Any) -> Any:
        """``scores`` of shape (vocabulary,), lower for an end too early and for what is there already."""
        if not self.leans:
            return scores
        found = scores.copy()
        if self._unwritten:
            found[self._constraint.all_ends] -= LEFT_OUT
        found[self._written] -= TWICE
        return found

    def masked(self, scores: Any) -> Any:
        """``scores`` of shape (vocabulary,), leaning, with minus infinity where a token may not come next."""
        import numpy

        scores = self.leaning(scores)
        found = numpy.full_like(scores, -numpy.inf)
        mask = self.mask()[: len(scores)]
        found[: len(mask)][mask] = scores[: len(mask)][mask]
        return found

    def best(self, scores: Any) -> int:
        """The allowed token with the highest of ``scores``, leaning."""
        first = int(self.leaning(scores).argmax())
        return first if self.allows(first) else int(self.masked(scores).argmax())
