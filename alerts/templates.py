"""Approved templates: mainland clouds send no free text, only a template's code and its variables. Pure.

A variable holds at most 20 characters, no 【】, no brackets that look like one, no link and no phone number.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

LONGEST_VARIABLE = 20
"""Characters in one variable (Aliyun's and Tencent's rules for notice templates)."""
_FORBIDDEN = re.compile(r"[【】\[\]{}<>]|https?://\S+|(?<!\d)1\d{10}(?!\d)")


@dataclass(frozen=True, kw_only=True)
class CloudTemplate:
    """One approved template: for rules and notices that fit these shell patterns.

    `params` names, for each variable of the template, the field of the message it is filled with; for providers with
    numbered variables the order counts.
    """

    code: str
    rule: str = "*"
    notice: str = "*"
    language: str = "zh"
    params: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """A template's code and its variables, in the template's order."""

    code: str
    params: Mapping[str, str]


def render(
    templates: Sequence[CloudTemplate], rule: str, notice: str, language: str, fields: Mapping[str, str]
) -> Rendered | None:
    """Return the first template that fits and whose fields are all known, filled in; None when none does."""
    for template in templates:
        fits = fnmatchcase(rule, template.rule) and fnmatchcase(notice, template.notice)
        if fits and template.language == language and all(name in fields for name in template.params.values()):
            params = {variable: variable_text(fields[name]) for variable, name in template.params.items()}
            return Rendered(code=template.code, params=params)
    return None


def variable_text(text: str) -> str:
    """Return a field as a provider takes it: forbidden parts gone, cut to 20 characters with an ellipsis."""
    clean = re.sub(r"\s+", " ", _FORBIDDEN.sub("", text)).strip() or "-"
    return clean if len(clean) <= LONGEST_VARIABLE else clean[: LONGEST_VARIABLE - 1] + "…"
