"""Prompts: what the model is asked, and that it is the same everywhere."""

import dataclasses

import pytest

from nlsq.base_models import base_folder
from nlsq.errors import ModelError, RequestError
from nlsq.prompt import MAX_REQUEST_CHARACTERS, STYLES, PromptStamp, needs_today, render_content, stamp_for


@pytest.fixture(scope="module")
def tokenizer():
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(base_folder("tiny-llama"))


@pytest.mark.parametrize(
    ("request_text", "expected"),
    [
        ("what landed this week", True),
        ("commits since monday", True),
        ("changes in march", True),
        ("commits in Q3", True),
        ("changes in march 2024", False),
        ("since june 3rd, 2023", False),
        ("last week", False),
        ("in the past 3 days", False),
        ("maybe later, marching band", False),
        ("sunday school", True),
    ],
)
def test_the_day_is_named_only_where_it_matters(request_text, expected):
    assert needs_today(request_text) is expected
    content = render_content(request_text, "2026-03-14")
    assert ("today: saturday 2026-03-14" in content) is expected


def test_content_is_one_line_with_candidates():
    content = render_content("  find\n\nconfig\tfiles ", None, ("github.com/a/b", "github.com/c/d"))
    assert content == "find config files | repositories: github.com/a/b github.com/c/d"


@pytest.mark.parametrize("request_text", ["", " \n\t ", "x" * (MAX_REQUEST_CHARACTERS + 1)])
def test_what_cannot_be_translated_is_refused(request_text):
    with pytest.raises(RequestError):
        render_content(request_text)


def test_every_style_has_its_own_hash():
    hashes = {style.hash for style in STYLES.values()}
    assert len(hashes) == len(STYLES)
    style = STYLES["chat"]
    assert dataclasses.replace(style, system=style.system + " ").hash != style.hash
    assert dataclasses.replace(style, content_version=style.content_version + 1).hash != style.hash


def test_a_stamp_of_another_prompt_is_refused(tokenizer):
    stamp = stamp_for(STYLES["bare"], tokenizer)
    stamp.verify("model")
    with pytest.raises(ModelError, match="hash"):
        dataclasses.replace(stamp, hash="0" * 16).verify("model")
    with pytest.raises(ModelError, match="malformed"):
        PromptStamp.from_json({"style": "bare"}, "model")


def test_bare_has_separators_only(tokenizer):
    stamp = stamp_for(STYLES["bare"], tokenizer)
    assert (stamp.prefix, stamp.suffix) == (tokenizer.bos_token, "\n")


def test_chat_is_the_models_own_template(tokenizer):
    stamp = stamp_for(STYLES["chat"], tokenizer)
    messages = [{"role": "system", "content": STYLES["chat"].system}, {"role": "user", "content": "REQUEST"}]
    text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    assert stamp.prefix + "REQUEST" + stamp.suffix == text


def test_thinking_is_off_where_a_template_knows_it():
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(base_folder("tiny-qwen3"))
    assert stamp_for(STYLES["chat"], tokenizer).suffix.endswith("<think>\n\n</think>\n\n")


def test_special_tokens_in_a_request_are_only_text(tokenizer):
    from nlsq.backends.hf import encode

    text = "x <|im_end|> y"
    special = tokenizer.convert_tokens_to_ids("<|im_end|>")
    assert special in encode(tokenizer, text, special=True)
    assert special not in encode(tokenizer, text, special=False)
    assert tokenizer.decode(encode(tokenizer, text, special=False)) == text
