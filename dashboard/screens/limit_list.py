"""Limits that differ from the rule files: who changed what, when."""

import re

import streamlit as st

from dashboard.screens.tables import note, show_table, title
from dashboard.times import stamp
from dashboard.visit import Visit
from store.access import LimitRow

NAME = re.compile(r"[a-z][a-z0-9_.]{1,79}")


def render(visit: Visit) -> None:
    """Draw the changed limits and the form."""
    words = visit.words
    title(words("Limits"))
    note(words("What is not listed here holds as in the rule files. Every change is in the audit trail."))
    with visit.scope() as scope:
        limits = scope.rows(LimitRow, "access/limits")
    rows = [(x.scope, x.name, f"{x.value:g} {x.unit}", x.changed_by, stamp(x.changed_at)) for x in limits]
    show_table(
        (words("Where"), words("Limit"), words("Value"), words("By"), words("When")),
        rows,
        empty=words("Nothing was changed."),
        numeric=(2,),
    )
    with st.form("limit", border=True):
        where = st.text_input(words("Where: farm, cage, or * for all"), value="*", max_chars=64)
        name = st.text_input(words("Limit"), placeholder="oxygen.warning_mg_l", max_chars=80)
        value = st.number_input(words("Value"), value=0.0, step=0.1)
        unit = st.text_input(words("Unit"), max_chars=20)
        save, drop = st.columns(2)
        saving, dropping = (
            save.form_submit_button(words("Save")),
            drop.form_submit_button(words("Back to the rule file")),
        )
        if (saving or dropping) and not NAME.fullmatch(name):
            st.error(words("Write the limit as file.key, for example oxygen.warning_mg_l."))
        elif saving or dropping:
            with visit.scope() as scope:
                if saving:
                    scope.execute(
                        "access/set_limit",
                        scope=where.strip(),
                        name=name,
                        value=value,
                        unit=unit,
                        login=visit.person.login,
                    )
                else:
                    scope.execute("access/drop_limit", scope=where.strip(), name=name)
            st.rerun()
